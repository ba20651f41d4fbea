#!/usr/bin/env bash
# Calls of a platform for 10,000 questions "what is deployed?" that 20 keep-alive clients ask within 45 s: without a
# cache, by nginx's proxy cache, and by Rollcall. Everything on loopback, the platform being `rollcall sandbox` with 120
# deployments that stand still; its own counter gives the number of calls, from before the cache starts.
#
# Two lists, requested at the same time and counted separately:
#   one page     /deploy/list: one question is one request for everyone.
#   three pages  DashScope's list in pages of 50: Rollcall answers the question with one request, while a client of
#                nginx or of the platform itself walks three pages, and nothing in their answers shows that they belong
#                together. The platform's calls are counted, so three for each question without a cache.
#
# The windows are paired: nginx keeps an answer as valid for as long as Rollcall's `ttl`, and then serves it on while one
# request renews it (proxy_cache_use_stale updating, proxy_cache_background_update: Rollcall's stale_while_revalidate);
# first requests wait for one (proxy_cache_lock). 30 s is Rollcall's default.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:-.build/release/rollcall}
clients=20 questions=500 seconds=45
. Tests/Bench/servers.sh

# One client: each URL in turn, `questions` times over, evenly over the time; a status a line on standard error.
client() {
    local turn url
    for ((turn = 0; turn < questions; turn++)); do
        for url in "$@"; do printf 'url = "%s"\n' "$url"; done
    done | curl -s --noproxy '*' --max-time 20 --rate $((questions * $# * 60 / seconds))/m \
        -w '%{stderr}%{http_code}\n' -K - >/dev/null
}

# ask ONE-PAGE-URL PAGED-URL…: 10,000 questions of each list.
ask() {
    local running=() number pid one=$1
    shift
    rm -f "$work"/status.*
    for ((number = 0; number < clients; number++)); do
        client "$one" 2>"$work/status.one.$number" &
        running+=($!)
        client "$@" 2>"$work/status.paged.$number" &
        running+=($!)
    done
    for pid in "${running[@]}"; do wait "$pid" || fail "a client failed"; done
    local answers wrong
    answers=$(cat "$work"/status.* | wc -l)
    wrong=$(cat "$work"/status.* | grep -vc '^200$' || true)
    [ "$wrong" = 0 ] || fail "$wrong of $answers answers are no 200"
    [ "$answers" = $((clients * questions * (1 + $#))) ] || fail "$answers answers"
}

calls() { fetch "$sandbox/_faults" | grep -o '"requests":{[^}]*}' | grep -o "\"$1\":[0-9]*" | cut -d: -f2; }

# row NAME ONE-PAGE-URL PAGED-URL…
row() {
    local name=$1 began=$SECONDS
    shift
    ask "$@"
    printf '%-46s %9d %12d %9d\n' "$name" "$(calls deploy-list)" "$(calls dashscope)" $((SECONDS - began))
}

pages() { printf "$1/api/v1/deployments?page_size=50&page_no=%d " 1 2 3; }

without_cache() {
    start_sandbox 120
    # shellcheck disable=SC2046
    row "no cache" "$sandbox/deploy-list/deploy/list" $(pages "$sandbox/dashscope")
    stop
}

by_nginx() {
    start_sandbox 120
    start_nginx 1 /here <<NGINX
    proxy_cache_path $work/nginx/cache keys_zone=lists:1m;
    upstream platform { server ${sandbox#http://}; keepalive 16; }
    server {
        listen 127.0.0.1:1; # ours
        location = /here { return 204; }
        location / {
            proxy_pass http://platform;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_cache lists;
            proxy_cache_valid 200 $1;
            proxy_cache_lock on;
            proxy_cache_background_update on;
            proxy_cache_use_stale updating error timeout http_500 http_502 http_503 http_504 http_429;
        }
    }
NGINX
    # shellcheck disable=SC2046
    row "nginx, valid $1, lock, stale while updating" \
        "$nginx/deploy-list/deploy/list" $(pages "$nginx/dashscope")
    rm -rf "$work/nginx/cache"
    stop
}

by_rollcall() {
    start_sandbox 120
    start_rollcall "$1"
    local list=$rollcall/v1/deployments?page_size=1000
    row "rollcall, ttl $1${2:-}" "$list&source=backend" "$list&source=ali"
    stop
}

echo "Calls of the platform for $((clients * questions)) questions, $clients clients, $seconds s"
printf '%-46s %9s %12s %9s\n' "" "one page" "three pages" "seconds"
without_cache
PATH=$PATH:/usr/sbin:/sbin
if command -v nginx >/dev/null; then
    by_nginx 10s
    by_nginx 30s
else
    echo "nginx is not installed (Debian: nginx-light), so it is not measured"
fi
by_rollcall 10s
by_rollcall 30s " (the default)"
