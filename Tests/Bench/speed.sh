#!/usr/bin/env bash
# Requests a second, by wrk on loopback with keep-alive connections, everything in one run on one machine. Those that are
# compared take turns, one right after the other, so that a minute in which the machine is slower affects all of them;
# each figure is the median of the turns, each ratio that of the ratios within the turns. The processor time is the
# server's own, per request: it excludes all other processes.
#
#   the same query   Rollcall beside its own framework answering one constant of the same headers and bytes (the floor),
#                    and beside nginx sending those bytes as a file: 200s, compressed 200s, and 304s
#   any query        filtered and sorted queries over two platforms of 5,000 rows, hardly two alike (requests.lua), beside
#                    a FastAPI aggregator that does the same (Aggregator)
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:-.build/release/rollcall}
bench=${2:-.build/release/rollcall-bench}
seconds=${SECONDS_A_TURN:-2} turns=${TURNS:-9} connections=16
. Tests/Bench/servers.sh
PATH=$PATH:/usr/sbin:/sbin
for command in wrk nginx python3; do
    command -v "$command" >/dev/null || fail "$command is missing: ./deploy/setup.sh wrk nginx-light python3-venv"
done

# turn SCRIPT URL NAME: requests a second, milliseconds at the median and at the 99th percentile, answers that are errors,
# and microseconds of the named server's processors for each request.
turn() {
    local before figures
    before=$(processor_time "$3")
    figures=$(wrk -t1 -c"$connections" -d"${seconds}s" --latency -s "Tests/Bench/$1" "$2" | sed -n 's/^figures //p')
    awk -v spent="$(($(processor_time "$3") - before))" '{ print $1, $2, $3, $4, spent / $5 }' <<<"$figures"
}

# processor_time NAME: what a server and its children have used, in microseconds.
processor_time() {
    local pid=${pid_of[$1]} tick
    tick=$((1000000 / $(getconf CLK_TCK)))
    cat "/proc/$pid/stat" $(pgrep -P "$pid" | sed 's|.*|/proc/&/stat|') |
        awk -v tick="$tick" '{ sub(/.*[)] /, ""); sum += $12 + $13 } END { print sum * tick }'
}

median() { sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

# compare TITLE SCRIPT NAME=URL…: `turns` turns of each, the first name's requests a second as a ratio to each other's.
compare() {
    local title=$1 script=$2 first=${3%%=*} pair name figures ratio
    shift 2
    rm -f "$work"/turns.*
    for _ in $(seq "$turns"); do
        for pair in "$@"; do turn "$script" "${pair#*=}" "${pair%%=*}" >>"$work/turns.${pair%%=*}"; done
    done
    for pair in "$@"; do
        name=${pair%%=*}
        figures=$work/turns.$name
        [ "$(awk '{ sum += $4 } END { print sum + 0 }' "$figures")" = 0 ] || fail "$title: $name answered with errors"
        column() { cut -d' ' -f"$1" "$figures" | median; }
        ratio=$(paste -d' ' "$work/turns.$first" "$figures" | awk '{ print $1 / $6 }' | median)
        printf '%-34s %-10s %10.0f %9.2f %9.2f %9.0f %8.2f\n' \
            "$title" "$name" "$(column 1)" "$(column 2)" "$(column 3)" "$(column 5)" "$ratio"
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
    local path=v1/deployments?$1 title=$2 url etag
    url=$rollcall/$path
    start_constants "$url"
    compare "$title, $(sed '1,/^\r$/d' "$work/answer" | wc -c | numfmt --to=si) bytes" same.lua \
        rollcall="$url" floor="$floor/$path" nginx="$nginx/answer.json"
    etag=$(sed -n 's/^[Ee][Tt]ag: \(.*\)\r$/\1/p' "$work/answer")
    ETAG=$etag compare "$title, 304" same.lua rollcall="$url" floor="$floor/$path"
    end_last 2
    start_constants "$url" -H "Accept-Encoding: gzip"
    ENCODING=gzip compare "$title, gzip" same.lua rollcall="$url" floor="$floor/$path"
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
printf '%-34s %-10s %10s %9s %9s %9s %8s\n' \
    "requests, wrk, $connections connections" "" "a second" "p50, ms" "p99, ms" "CPU, µs" "ratio"
start_sandbox 5000
start_rollcall 1h LD_PRELOAD="$allocator"
await_lists
same_query "page_size=100" "100 rows"
same_query "status=FAILED&page_size=5&fields=uid,status" "5 short rows"
start_aggregator
compare "filtered and sorted, 10,000 rows" requests.lua rollcall="$rollcall" aggregator="$aggregator"
