#!/usr/bin/env bash
# Walks a demo's list with the pagers of dlt (from PyPI), directly and behind a path prefix of nginx.
# usage: Tests/Pagers/run.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-.build/release/rollcall}")
. deploy/demo.sh

pagers=$PWD/.build/pagers
if ! cmp -s Tests/Pagers/requirements.txt "$pagers/requirements.txt"; then
    rm -rf "$pagers"
    python3 -m venv "$pagers" || fail "no Python environment: deploy/setup.sh installs python3-venv"
    "$pagers/bin/pip" install --quiet --disable-pip-version-check -r Tests/Pagers/requirements.txt ||
        fail "dlt cannot be had from PyPI"
    cp Tests/Pagers/requirements.txt "$pagers/requirements.txt"
fi
command -v nginx >/dev/null || fail "no nginx: deploy/setup.sh installs nginx-light"

nginx=
end_both() {
    [ -z "$nginx" ] || { kill "$nginx" && wait "$nginx"; } 2>/dev/null || true
    end_demo
}

# start_prefix: sets `prefix` to the demo behind a path.
start_prefix() {
    local port try
    mkdir "$work/nginx"
    for try in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        is_free "$port" || continue
        prefix=http://127.0.0.1:$port/tools/rollcall
        cat >"$work/nginx.conf" <<NGINX
daemon off; $([ "$(id -u)" != 0 ] || echo "user $(id -un) $(id -gn);")
pid $work/nginx/pid; error_log stderr crit; worker_processes 1;
events {}
http {
    access_log off; client_body_temp_path $work/nginx/body; proxy_temp_path $work/nginx/proxy;
    fastcgi_temp_path $work/nginx/fastcgi; uwsgi_temp_path $work/nginx/uwsgi; scgi_temp_path $work/nginx/scgi;
    server { listen 127.0.0.1:$port; location /tools/rollcall/ { proxy_pass $base/; } }
}
NGINX
        nginx -p "$work/nginx" -c "$work/nginx.conf" 2>>"$work/log" &
        nginx=$!
        for _ in $(seq 100); do
            kill -0 "$nginx" 2>/dev/null || { nginx=; break; }
            if [ "$(get prefixed "$prefix/healthz" 2>/dev/null || true)" = 200 ]; then return 0; fi
            sleep 0.1
        done
        [ -z "$nginx" ] || fail "nginx does not answer"
    done
    fail "nginx does not start"
}

start_demo "$binary"
trap end_both EXIT
start_prefix
cd "$work"
NO_PROXY='*' HOME=$work RUNTIME__DLTHUB_TELEMETRY=false \
    timeout 300 "$pagers/bin/python" "$OLDPWD/Tests/Pagers/walk.py" "$base" "$prefix" || fail "see above"
