# Functions for scripts that send requests to a running demo; source it after `set -euo pipefail`. `start_demo BINARY`
# sets `base` and `pid`; the demo ends with the script.

work=$(mktemp -d)
pid=
trap end_demo EXIT

end_demo() {
    [ -z "$pid" ] || { kill -9 "$pid" && wait "$pid"; } 2>/dev/null || true
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

# Another process may take the port between the check and the start; then another port is tried.
start_demo() {
    local port try
    for try in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        is_free "$port" || continue
        base=http://127.0.0.1:$port
        "$1" serve --demo --listen "127.0.0.1:$port" >"$work/out" 2>"$work/log" &
        pid=$!
        for _ in $(seq 300); do
            kill -0 "$pid" 2>/dev/null || { pid=; break; }
            if [ "$(get ready "$base/readyz" 2>/dev/null || true)" = 200 ]; then return 0; fi
            sleep 0.1
        done
        [ -z "$pid" ] || fail "not ready after 30 s"
    done
    fail "it does not start"
}
