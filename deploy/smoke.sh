#!/usr/bin/env bash
# Starts the given binary as a user would, checks its main routes, and stops it; needs only bash, curl and awk.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-.build/release/rollcall}

. deploy/demo.sh

header() { tr -d '\r' <"$work/$1.head" | awk -F': ' -v name="$2" 'tolower($1) == name { print $2 }'; }

[[ $("$binary" --version) == rollcall\ * ]] || fail "--version says nothing"
start_demo "$binary"

list=$base/v1/deployments?page_size=1000
for _ in $(seq 100); do
    [ "$(get list "$list")" = 200 ] || fail "the list's status is $(head -1 "$work/list.head")"
    grep -q '"complete":true' "$work/list" && break
    sleep 0.1
done
grep -q '"complete":true' "$work/list" || fail "the list is not complete"
platforms=$(grep -o '"platform":"[^"]*"' "$work/list" | sort -u | wc -l)
[ "$platforms" -ge 3 ] || fail "$platforms platforms instead of 3"
rows=$(grep -o '"uid":"' "$work/list" | wc -l)
[ "$rows" -gt 0 ] || fail "no deployments"
[ "$(header list rollcall-complete)" = '?1' ] || fail "no Rollcall-Complete"

# The demo's rows may change between two requests, so there are ten attempts.
unchanged=
for _ in $(seq 10); do
    get list "$list" >/dev/null
    etag=$(header list etag)
    [ -n "$etag" ] || fail "no ETag"
    status=$(get again -H "If-None-Match: $etag" "$list")
    if [ "$status" = 304 ]; then unchanged=yes; break; fi
done
[ -n "$unchanged" ] || fail "If-None-Match never gets a 304"
[ ! -s "$work/again" ] || fail "a 304 with a body"

status=$(curl -sS --noproxy '*' --max-time 10 -I -o "$work/head.head" -w '%{http_code}' "$list")
[ "$status" = 200 ] || fail "the status of HEAD is $status"
[ -n "$(header head etag)" ] || fail "HEAD has no ETag"
[ "$(get wrong "$base/v1/deployments?stauts=READY")" = 400 ] || fail "a wrong parameter is no 400"
grep -q '"status"' "$work/wrong" || fail "a wrong parameter gets no hint"
[ "$(get csv "$base/v1/deployments?format=csv")" = 200 ] || fail "no CSV"
grep -q '^uid,source,platform,' "$work/csv" || fail "CSV without its header line"
[ "$(get health "$base/healthz")" = 200 ] || fail "/healthz"
[ "$(get sources "$base/v1/sources")" = 200 ] || fail "/v1/sources"
[ "$(get models "$base/v1/models")" = 200 ] || fail "/v1/models"

listed=$("$binary" list --gateway "$base" --output ndjson 2>>"$work/log" | wc -l) || fail "rollcall list failed"
[ "$listed" -gt 0 ] || fail "rollcall list shows nothing"

kill -TERM "$pid"
for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
! kill -0 "$pid" 2>/dev/null || fail "still running 30 s after SIGTERM"
code=0
wait "$pid" || code=$?
pid=
[ "$code" = 0 ] || fail "exit code $code after SIGTERM"
echo "smoke: $rows deployments of $platforms platforms, complete; 304, HEAD, 400, CSV, list; stopped cleanly"
