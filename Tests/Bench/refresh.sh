#!/usr/bin/env bash
# What refreshes of a large list cost those who read it, and whether memory grows over many of them.
#
# The platform is nginx with pages of NeMo's list as files, a thousand rows each, of which one page is another at nearly
# every refresh, so that the whole source is mapped, encoded and indexed again. 8 readers ask distinct filtered and
# sorted queries, each every 10 ms or so (paced.lua).
#
# usage: refresh.sh ROLLCALL ROLLCALL-BENCH [ROWS [REFRESHES]]; an hour has 120 refreshes at the default ttl.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:-.build/release/rollcall}
bench=${2:-.build/release/rollcall-bench}
rows=${3:-100000} refreshes=${4:-120}
seconds=${SECONDS_A_TURN:-10} variants=10
. Tests/Bench/servers.sh
PATH=$PATH:/usr/sbin:/sbin

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
        location / { try_files /\$page.json =404; }
    }
NGINX
}

# start_gateway TTL
start_gateway() {
    cat >"$work/rollcall.yaml" <<YAML
version: 1
adapters: $PWD/adapters.d
store: "sqlite:$work/store-$1.sqlite"
log: {level: warning}
cache: {ttl: $1, min_interval: 1s}
sources:
  - {name: nemo, adapter: nemo, base_url: "$nginx"}
YAML
    listen rollcall /readyz env LD_PRELOAD="$(allocator)" "$binary" serve --config "$work/rollcall.yaml" \
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

# Complete refreshes so far: each asks for every page.
refreshed() {
    local calls
    calls=$(fetch "$rollcall/v1/sources" | grep -o '"day":[0-9]*' | cut -d: -f2)
    echo $((calls * 1000 / rows))
}

# read_for SECONDS: requests a second, milliseconds at the median and at the 99th percentile, answers that are errors.
read_for() { wrk -t1 -c8 -d"$1s" --latency -s Tests/Bench/paced.lua "$rollcall" | sed -n 's/^figures //p'; }

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$gateway/status"; }

show() { printf '%-42s %10.0f %9.2f %9.2f %10s\n' "$1" $(cut -d' ' -f1-3 <<<"$2") "$3"; }

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
    awk -v a="$idle" -v b="$busy" 'BEGIN { split(a, i); split(b, r); printf "99th percentile: %.1f times\n", r[3] / i[3] }'
    [ "$(cut -d' ' -f4 <<<"$idle")$(cut -d' ' -f4 <<<"$busy")" = 00 ] || fail "readers got errors"
}

# Memory after the first tenth of the refreshes against that at the end; the middle of the samples in each.
soak() {
    local readings=() first last deadline=$((SECONDS + refreshes * 30))
    local begin done tenth
    begin=$(refreshed)
    tenth=$(((refreshes + 9) / 10))
    while done=$(($(refreshed) - begin)) && [ "$done" -lt "$refreshes" ]; do
        [ "$SECONDS" -lt "$deadline" ] || fail "only $done refreshes in time"
        read_for 1 >/dev/null
        [ "$done" -lt "$tenth" ] || readings+=("$(resident)")
    done
    local third=$((${#readings[@]} / 3))
    [ "$third" -gt 0 ] || fail "too few readings of memory: ask for more refreshes"
    first=$(printf '%s\n' "${readings[@]:0:third}" | sort -n | sed -n "$(((third + 1) / 2))p")
    last=$(printf '%s\n' "${readings[@]: -third}" | sort -n | sed -n "$(((third + 1) / 2))p")
    awk -v f="$first" -v l="$last" -v n="$done" -v rows="$rows" 'BEGIN {
        printf "resident over %d refreshes: %.0f MiB in the first third, %.0f MiB in the last (%.2f times), %.1f KiB a row\n",
            n, f / 1024, l / 1024, l / f, l / rows
        exit l > f * 1.1
    }' || fail "memory grows"
}

stop_gateway() {
    kill -TERM "$gateway"
    wait "$gateway" || true
    unset 'pids[-1]'
}

start_platform
readers
[ "$refreshes" = 0 ] || soak
