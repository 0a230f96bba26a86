"""A client for Portico: a token, answers, patience where there is no room, a word about what is on its way out and about
what people have not agreed to."""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

# A refusal that stands after so many attempts is for a person to look at.
ATTEMPTS = 6


class Refused(Exception):
    """The API's own errors. `codes` are stable; messages are for people."""

    def __init__(self, errors):
        super().__init__("; ".join(f"{error['extensions']['code']}: {error['message']}" for error in errors))
        self.codes = [error["extensions"]["code"] for error in errors]


class Portico:
    def __init__(self, url, client_id, client_secret):
        self.url = url.rstrip("/")
        self.credentials = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self.token = None
        self.warned = set()
        self.missing = set()

    def ask(self, query, variables=None):
        """The `data` of an answer. Raises Refused."""
        for attempt in range(1, ATTEMPTS + 1):
            status, headers, answer = self._send("/graphql", self._headers(), json.dumps({"query": query, "variables": variables or {}}))
            if status == 401 and attempt == 1:
                # The token has expired or was revoked: once more with a new one.
                self.token = None
                continue
            if status in (429, 503) and attempt < ATTEMPTS:
                seconds = int(headers.get("Retry-After", "1"))
                print(f"waiting {seconds} s: {answer['errors'][0]['extensions']['code']}", file=sys.stderr)
                time.sleep(seconds)
                continue
            break
        self._warn(answer)
        errors = answer.get("errors", [])
        if any(error["extensions"]["code"] != "CONSENT_REQUIRED" for error in errors):
            raise Refused(errors)
        self._note_missing(errors)
        return answer["data"]

    def pages(self, query, connection, variables=None):
        """The nodes of a connection, page by page; the query takes `$after`."""
        after = None
        while True:
            page = self.ask(query, {**(variables or {}), "after": after})[connection]
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    def _headers(self):
        if self.token is None:
            form = urllib.parse.urlencode(self.credentials)
            status, _, answer = self._send("/oauth/token", {"Content-Type": "application/x-www-form-urlencoded"}, form)
            if status != 200:
                raise SystemExit(f"No token: {answer.get('error_description', status)}")
            self.token = answer["access_token"]
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Accept": "application/graphql-response+json"}

    def _send(self, path, headers, body):
        request = urllib.request.Request(self.url + path, data=body.encode(), headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.headers, json.load(response)
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.headers, json.load(refusal)

    def _note_missing(self, errors):
        """What people have not agreed to is null, and the rest is served: no failure, and nothing to try again."""
        for error in errors:
            path = ".".join(str(part) for part in error["path"])
            reason = error["extensions"]["reason"]
            if (path, reason) not in self.missing:
                self.missing.add((path, reason))
                scopes = (error["extensions"]["consentRequest"] or {}).get("scopes", [])
                print(f"no consent: {path}: {reason}{'; ask for ' + ', '.join(scopes) if scopes else ''}", file=sys.stderr)

    def _warn(self, answer):
        for warning in answer.get("extensions", {}).get("warnings", []):
            coordinate = warning["data"]["coordinate"]
            if coordinate not in self.warned:
                self.warned.add(coordinate)
                print(f"deprecated: {coordinate}: {warning['message']}", file=sys.stderr)
