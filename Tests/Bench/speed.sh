#!/usr/bin/env bash
# Requests a second, by wrk on loopback with keep-alive connections, everything in one run on one machine; each figure is
# the median of three turns, in which those that are compared take turns.
#
#   the same query   Rollcall beside its own framework answering one constant of the same headers and bytes (the floor),
#                    and beside nginx sending those bytes as a file: 200s, compressed 200s, and 304s
#   any query        filtered and sorted queries over two platforms of 5,000 rows, hardly two alike (requests.lua), beside
#                    a FastAPI aggregator that does the same (Aggregator)
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:-.build/release/rollcall}
bench=${2:-.build/release/rollcall-bench}
seconds=${SECONDS_A_TURN:-4} connections=16
. Tests/Bench/servers.sh
PATH=$PATH:/usr/sbin:/sbin
for command in wrk nginx python3; do
    command -v "$command" >/dev/null || fail "$command is missing: ./deploy/setup.sh wrk nginx-light python3-venv"
done

# turn SCRIPT URL: requests a second, milliseconds at the median and at the 99th percentile, answers that are errors.
turn() {
    wrk -t1 -c"$connections" -d"${seconds}s" --latency -s "Tests/Bench/$1" "$2" | sed -n 's/^figures //p'
}

median() { sort -g | sed -n 2p; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# compare TITLE SCRIPT NAME=URL…: three turns of each; the first name's requests a second as a ratio to each other's.
compare() {
    local title=$1 script=$2 pair name figures first=""
    shift 2
    rm -f "$work"/turns.*
    for _ in 1 2 3; do
        for pair in "$@"; do turn "$script" "${pair#*=}" >>"$work/turns.${pair%%=*}"; done
    done
    for pair in "$@"; do
        name=${pair%%=*}
        figures=$work/turns.$name
        [ "$(awk '{ sum += $4 } END { print sum + 0 }' "$figures")" = 0 ] || fail "$title: $name answered with errors"
        local rate
        rate=$(cut -d' ' -f1 "$figures" | median)
        first=${first:-$rate}
        printf '%-34s %-10s %10.0f %9.2f %9.2f %8s\n' "$title" "$name" "$rate" "$(cut -d' ' -f2 "$figures" | median)" \
            "$(cut -d' ' -f3 "$figures" | median)" "$(ratio "$first" "$rate")"
        title=""
    done
}

# Returns when Rollcall has every list.
await_lists() {
    for _ in $(seq 100); do
        fetch "$rollcall/v1/deployments?page_size=1" | grep -q '"complete":true' && return
        sleep 0.1
    done
    fail "rollcall has no list"
}

# start_constants URL [HEADER]: the framework and nginx, each with what Rollcall answers there.
start_constants() {
    fetch -i "${@:2}" "$1" >"$work/answer"
    listen floor / env LD_PRELOAD="$allocator" "$bench" floor PORT "$work/answer"
    floor=http://127.0.0.1:$port
    mkdir -p "$work/nginx/files"
    sed '1,/^\r$/d' "$work/answer" >"$work/nginx/files/answer.json"
    start_nginx 2 /answer.json <<NGINX
    sendfile on;
    open_file_cache max=10;
    types { application/json json; }
    server {
        listen 127.0.0.1:1; # ours
        root $work/nginx/files;
    }
NGINX
}

same_query() {
    local query=$1 title=$2 url etag
    url=$rollcall/v1/deployments?$query
    start_constants "$url"
    compare "$title, $(sed '1,/^\r$/d' "$work/answer" | wc -c | numfmt --to=si) bytes" same.lua \
        rollcall="$url" floor="$floor/" nginx="$nginx/answer.json"
    etag=$(sed -n 's/^[Ee][Tt]ag: \(.*\)\r$/\1/p' "$work/answer")
    ETAG=$etag compare "$title, 304" same.lua rollcall="$url" floor="$floor/"
    end_last 2
    start_constants "$url" -H "Accept-Encoding: gzip"
    ENCODING=gzip compare "$title, gzip" same.lua rollcall="$url" floor="$floor/"
    end_last 2
}

# end_last COUNT: ends the servers that were started last.
end_last() {
    local pid
    for _ in $(seq "$1"); do
        pid=${pids[-1]}
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        unset 'pids[-1]'
    done
}

start_aggregator() {
    local venv=.build/aggregator
    [ -x "$venv/bin/uvicorn" ] || {
        python3 -m venv "$venv"
        "$venv/bin/pip" install -q -r Tests/Bench/Aggregator/requirements.txt
    }
    listen aggregator "/v1/deployments?page_size=1" env DEPLOY_LIST_URL="$sandbox/deploy-list" \
        DASHSCOPE_URL="$sandbox/dashscope" "$venv/bin/uvicorn" --app-dir Tests/Bench/Aggregator aggregator:app \
        --port PORT --log-level warning
    aggregator=http://127.0.0.1:$port
}

allocator=$(ldconfig -p | awk '/libjemalloc.so.2/ { path = $NF } END { print path }')
printf '%-34s %-10s %10s %9s %9s %8s\n' "requests, wrk with $connections connections" "" "a second" "p50, ms" "p99, ms" "ratio"
start_sandbox 5000
start_rollcall 1h LD_PRELOAD="$allocator"
await_lists
same_query "page_size=100" "100 rows"
same_query "status=FAILED&page_size=5&fields=uid,status" "5 short rows"
start_aggregator
compare "filtered and sorted, 10,000 rows" requests.lua rollcall="$rollcall" fastapi="$aggregator"
