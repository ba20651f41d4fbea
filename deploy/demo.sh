# Functions for scripts that send requests to a running gateway; source it after `set -euo pipefail`. `start_demo BINARY`
# and `start_gateway BINARY ARGS…` set `base` and `pid`; what they start ends with the script.

work=$(mktemp -d)
pid=
pids=
trap end_demo EXIT

end_demo() {
    local each
    for each in $pids; do { kill -9 "$each" && wait "$each"; } 2>/dev/null || true; done
    rm -rf "$work"
}

fail() {
    echo "$(basename "$0" .sh): $1" >&2
    [ ! -s "$work/log" ] || { echo "--- the gateway's last lines" >&2; tail -20 "$work/log" >&2; }
    exit 1
}

# get NAME ARGS…: prints the status; writes the headers to NAME.head and the body to NAME.
get() {
    curl -sS --noproxy '*' --max-time 10 -o "$work/$1" -D "$work/$1.head" -w '%{http_code}' "${@:2}"
}

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start_demo() { start_gateway "$1" serve --demo; }

# Another process may take the port between the check and the start; then another port is tried.
start_gateway() { start_at --listen 127.0.0.1: /readyz "$@"; }

# start_sandbox BINARY ARGS…
start_sandbox() { start_at --port "" /_faults "$1" sandbox "${@:2}"; }

# start_at OPTION PREFIX PATH COMMAND…: adds the option with the prefix and a free port, and waits until the path is 200.
start_at() {
    local port try
    for try in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        is_free "$port" || continue
        base=http://127.0.0.1:$port
        "${@:4}" "$1" "$2$port" >"$work/out" 2>"$work/log" &
        pid=$!
        pids="$pids $pid"
        for _ in $(seq 300); do
            kill -0 "$pid" 2>/dev/null || { pid=; break; }
            if [ "$(get ready "$base$3" 2>/dev/null || true)" = 200 ]; then return 0; fi
            sleep 0.1
        done
        [ -z "$pid" ] || fail "not ready after 30 s"
    done
    fail "it does not start"
}
