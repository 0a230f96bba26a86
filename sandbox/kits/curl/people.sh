#!/bin/sh
# Prints the email addresses of the people who let you read them. What they have not agreed to is null, with an error
# beside the data: no failure, and nothing to try again.
set -eu
. "$(dirname "$0")/portico.sh"

after=null
while :; do
  ask <<BODY
{"query":"query People(\$after: String) { sharedCustomers(purpose: \"order_support\", first: 50, after: \$after) { nodes { email } pageInfo { hasNextPage endCursor } } }","variables":{"after":$after}}
BODY
  # An answer with errors has them first, one for each reason.
  grep -o '"code":"CONSENT_REQUIRED","reason":"[A-Z_]*"' "$answer" | sed 's/.*"reason":"\(.*\)"/no consent: \1/' >&2 || true
  grep -o '"email":"[^"]*"' "$answer" | sed 's/^"email":"\(.*\)"$/\1/' || true
  grep -q '"hasNextPage":true' "$answer" || break
  after="\"$(field endCursor <"$answer")\""
done
