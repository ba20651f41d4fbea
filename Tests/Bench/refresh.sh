#!/usr/bin/env bash
# The cost of refreshes of a large list to its readers, and the growth of memory over many of them.
#
# The platform is nginx with pages of NeMo's list as files, a thousand rows each, of which one page is another at nearly
# every refresh, so that the whole source is mapped, encoded and indexed again. 8 readers ask distinct filtered and
# sorted queries, each every 10 ms or so (paced.lua).
#
# usage: refresh.sh readers|soak|shrink ROLLCALL ROLLCALL-BENCH [ROWS [REFRESHES]]
#   readers   requests and latency without a refresh, and while one follows another
#   soak      resident memory over REFRESHES refreshes, at least a second apart; an hour has 120 at the default ttl.
#             The first third fills the caches up to their limits and is not compared. The peak is that of the last
#             third: what a refresh takes while the old list is still served.
#   shrink    resident memory and the store's size of two sources that grow from 10 to ROWS rows each and shrink
#             again, with glibc's allocator and with jemalloc. nginx serves the pages of either size as they are.
set -euo pipefail
cd "$(dirname "$0")/../.."
what=$1 binary=$2 bench=$3
rows=${4:-100000} refreshes=${5:-120}
seconds=${SECONDS_A_TURN:-10} variants=10
. Tests/Bench/servers.sh
PATH=$PATH:/usr/sbin:/sbin

# One model provider, which is the platform's second list.
providers='location /apis/models/v2/workspaces/-/providers {
            default_type application/json;
            return 200 "{\"data\":[{\"name\":\"p\",\"workspace\":\"w\"}],\"pagination\":{\"total_results\":1}}";
        }'

start_platform() {
    local variant
    mkdir -p "$work/pages"
    "$bench" pages "$rows" "$work/pages"
    for ((variant = 0; variant < variants; variant++)); do
        sed "s/\"config_version\": *\([0-9]*\)/&$variant/" "$work/pages/1.json" >"$work/pages/1.$variant.json"
    done
    start_nginx 1 "/apis/models/v2/workspaces/-/deployments?page=1" <<NGINX
    types { application/json json; }
    split_clients \$request_id \$variant {
$(for ((variant = 1; variant < variants; variant++)); do echo "        10% $variant;"; done)
        * 0;
    }
    map \$arg_page \$page { 1 1.\$variant; default \$arg_page; }
    server {
        listen 127.0.0.1:1; # ours
        root $work/pages;
        $providers
        location / { try_files /\$page.json =404; }
    }
NGINX
}

# A platform whose list has 10 rows, or ROWS once `grow few|many` was called.
start_growing_platform() {
    mkdir -p "$work/few" "$work/many"
    "$bench" pages 10 "$work/few"
    "$bench" pages "$rows" "$work/many"
    grow few
    start_nginx 1 "/apis/models/v2/workspaces/-/deployments?page=1" <<NGINX
    types { application/json json; }
    server {
        listen 127.0.0.1:1; # ours
        root $work/pages;
        $providers
        location / { try_files /\$arg_page.json =404; }
    }
NGINX
}

grow() { ln -sfn "$1" "$work/pages"; }

# start_gateway TTL [SOURCES [ALLOCATOR]]
start_gateway() {
    local number preload=${3-$(allocator)}
    cat >"$work/rollcall.yaml" <<YAML
version: 1
adapters: $PWD/adapters.d
store: "sqlite:$work/store-$1.sqlite"
log: {level: warning}
cache: {ttl: $1, min_interval: 1s}
sources:
$(for ((number = 1; number <= ${2:-1}; number++)); do
    echo "  - {name: nemo-$number, adapter: nemo, base_url: \"$nginx\"}"
done)
YAML
    listen rollcall /readyz env LD_PRELOAD="$preload" "$binary" serve --config "$work/rollcall.yaml" \
        --listen 127.0.0.1:PORT
    rollcall=http://127.0.0.1:$port
    gateway=${pids[-1]}
    for _ in $(seq 600); do
        fetch "$rollcall/v1/deployments?page_size=1" | grep -q '"complete":true' && return
        sleep 0.1
    done
    fail "rollcall has no list"
}

allocator() { ldconfig -p | awk '/libjemalloc.so.2/ { path = $NF } END { print path }'; }

# Complete refreshes so far: each requests every page.
refreshed() {
    local calls
    calls=$(fetch "$rollcall/v1/sources" | grep -o '"day":[0-9]*' | cut -d: -f2)
    echo $((calls * 1000 / rows))
}

# read_for SECONDS: requests a second, milliseconds at the median and at the 99th percentile, answers that are errors.
read_for() { PLATFORM=nemo wrk -t1 -c8 -d"$1s" --latency -s Tests/Bench/paced.lua "$rollcall" | sed -n 's/^figures //p'; }

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$gateway/status"; }

# The largest resident memory since forget_peak.
peak() { awk '/^VmHWM/ { print $2 }' "/proc/$gateway/status"; }

forget_peak() { echo 5 >"/proc/$gateway/clear_refs"; }

# show TITLE FIGURES REFRESHES
show() {
    local rate median high rest
    read -r rate median high rest <<<"$2"
    printf '%-42s %10.0f %9.2f %9.2f %10s\n' "$1" "$rate" "$median" "$high" "$3"
}

readers() {
    local idle busy before
    start_gateway 1h
    read_for 3 >/dev/null
    idle=$(read_for "$seconds")
    stop_gateway
    start_gateway 1s
    read_for 3 >/dev/null
    before=$(refreshed)
    busy=$(read_for "$seconds")
    printf '%-42s %10s %9s %9s %10s\n' "8 readers of $rows rows" "a second" "p50, ms" "p99, ms" "refreshes"
    show "no refresh" "$idle" 0
    show "one refresh after another" "$busy" $(($(refreshed) - before))
    awk -v a="$idle" -v b="$busy" 'BEGIN {
        split(a, idle); split(b, busy)
        printf "99th percentile: %.1f times\n", busy[3] / idle[3]
    }'
    [ "$(cut -d' ' -f4 <<<"$idle")$(cut -d' ' -f4 <<<"$busy")" = 00 ] || fail "readers got errors"
}

# middle VALUE…
middle() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

soak() {
    local second=() last=() first done deadline=$((SECONDS + 60 + refreshes * 10))
    start_gateway 1s
    first=$(refreshed)
    while done=$(($(refreshed) - first)) && [ "$done" -lt "$refreshes" ]; do
        [ "$SECONDS" -lt "$deadline" ] || fail "only $done refreshes in time"
        read_for 1 >/dev/null
        if [ "$done" -ge $((refreshes * 2 / 3)) ]; then
            [ "${#last[@]}" -gt 0 ] || forget_peak
            last+=("$(resident)")
        elif [ "$done" -ge $((refreshes / 3)) ]; then
            second+=("$(resident)")
        fi
    done
    [ "${#second[@]}" -gt 0 ] && [ "${#last[@]}" -gt 0 ] || fail "too few refreshes to tell"
    awk -v a="$(middle "${second[@]}")" -v b="$(middle "${last[@]}")" -v n="$done" -v rows="$rows" -v peak="$(peak)" 'BEGIN {
        printf "%d refreshes of %d rows: %.0f MiB resident in the second third, %.0f MiB in the last: %.2f times\n",
            n, rows, a / 1024, b / 1024, b / a
        printf "%.2f KiB a row at the peak of a refresh\n", peak / rows
        exit b > a * 1.1
    }' || fail "memory grows"
}

# The number of deployments of each source.
served() { fetch "$rollcall/v1/sources" | grep -o '"count":[0-9]*' | cut -d: -f2; }

# wait_for few|many: until both sources have as many rows as the platform.
wait_for() {
    for _ in $(seq 1200); do
        [ "$(served | awk '{ print ($1 > 10 ? "many" : $1 > 0 ? "few" : "none") }' | uniq)" = "$1" ] && return
        sleep 0.1
    done
    fail "not $1 rows are served, but $(served)"
}

mebibytes() { awk -v kibibytes="$1" 'BEGIN { printf "%.0f", kibibytes / 1024 }'; }

stored() { du -ck "$work"/store-2s.sqlite* | awk 'END { print $1 }'; }

# shrink_with NAME LIBRARY
shrink_with() {
    local figures=()
    grow few
    rm -f "$work"/store-2s.sqlite*
    start_gateway 2s 2 "$2"
    wait_for few
    sleep 5
    figures+=("$(resident)")
    forget_peak
    grow many
    wait_for many
    sleep 10
    figures+=("$(peak)" "$(resident)" "$(stored)")
    grow few
    wait_for few
    sleep 12
    figures+=("$(resident)")
    sleep 50
    figures+=("$(resident)" "$(stored)")
    stop_gateway
    printf '%-10s' "$1"
    for figure in "${figures[@]}"; do printf ' %11s' "$(mebibytes "$figure")"; done
    echo
}

shrink() {
    printf 'MiB of two sources that grow from 10 to %s rows each and shrink again\n%-10s' "$rows" ""
    printf ' %11s' "before" "peak" "large" "its store" "10 s after" "60 s after" "its store"
    echo
    shrink_with glibc ""
    shrink_with jemalloc "$(allocator)"
}

stop_gateway() {
    kill -TERM "$gateway"
    wait "$gateway" || true
    unset 'pids[-1]'
}

case $what in
readers | soak)
    start_platform
    "$what"
    ;;
shrink)
    start_growing_platform
    shrink
    ;;
*) fail "readers, soak or shrink" ;;
esac
