#!/bin/sh
# Prints your milestones, page by page. Comes back when a refusal says so, and says what is deprecated.
set -eu
. "$(dirname "$0")/portico.sh"

after=null
warned=''
while :; do
  ask <<BODY
{"query":"query Milestones(\$after: String) { milestones(first: 5, after: \$after) { nodes { title progress(first: 1) { nodes { percentComplete } } } pageInfo { hasNextPage endCursor } } }","variables":{"after":$after}}
BODY
  grep -o '"title":"[^"]*"' "$answer" | sed 's/^"title":"\(.*\)"$/\1/'
  for coordinate in $(grep -o '"coordinate":"[^"]*"' "$answer" | sed 's/.*:"\(.*\)"/\1/'); do
    case " $warned " in *" $coordinate "*) continue ;; esac
    warned="$warned $coordinate"
    echo "deprecated: $coordinate" >&2
  done
  grep -q '"hasNextPage":true' "$answer" || break
  after="\"$(field endCursor <"$answer")\""
done
