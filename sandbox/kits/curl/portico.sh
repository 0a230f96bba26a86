# What the scripts beside it share: a token, and asking with patience. To be read by them (`. ./portico.sh`).

answer=$(mktemp)
headers=$(mktemp)
trap 'rm -f "$answer" "$headers"' EXIT

# The value of a field of a JSON text on one line.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# The secret goes in by standard input: a command line is for everybody on the machine to read.
token=$(printf 'grant_type=client_credentials&client_id=%s&client_secret=%s' "$CLIENT_ID" "$CLIENT_SECRET" |
  curl -sS "$PORTICO_URL/oauth/token" --data-binary @- | field access_token)
[ -n "$token" ] || { echo 'No token: look at CLIENT_ID and CLIENT_SECRET.' >&2; exit 1; }

# Asks with the JSON body on standard input; the answer is in $answer.
ask() {
  body=$(cat)
  for attempt in 1 2 3 4 5 6; do
    status=$(printf 'header = "Authorization: Bearer %s"' "$token" |
      curl -sS -K - -o "$answer" -D "$headers" -w '%{http_code}' "$PORTICO_URL/graphql" \
        -H 'Content-Type: application/json' -H 'Accept: application/graphql-response+json' --data-binary "$body")
    case "$status" in
      200) return 0 ;;
      429 | 503)
        seconds=$(tr -d '\r' <"$headers" | sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]*\)$/\1/p')
        echo "waiting ${seconds:-1} s: $(field code <"$answer")" >&2
        sleep "${seconds:-1}"
        ;;
      *) break ;;
    esac
  done
  echo "Refused with $status: $(cat "$answer")" >&2
  exit 1
}
