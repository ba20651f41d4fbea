# Servers on loopback for the measurements: sourced, with `binary` set. Whatever is started is ended at the exit, by its
# process id.

work=$(mktemp -d)
pids=()
# The process of each name; of several servers of one name, the last one.
declare -A pid_of
stop() {
    local pid
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    pids=()
}
trap 'stop; rm -rf "$work"' EXIT

fail() {
    echo "$(basename "$0"): $1" >&2
    tail -n 5 "$work"/*.log >&2 || true
    exit 1
}

fetch() { curl -sS --noproxy '*' --max-time 10 "$@"; }
is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# listen NAME PATH COMMAND…: starts it with PORT replaced by a free port, waits until PATH answers, sets `port`
# and `pid_of[NAME]`.
listen() {
    local name=$1 path=$2 pid
    shift 2
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        is_free "$port" || continue
        sed -i "s/127\.0\.0\.1:[0-9]* *; # ours/127.0.0.1:$port; # ours/" "$work/nginx.conf" 2>/dev/null || true
        "${@//PORT/$port}" >"$work/$name.log" 2>&1 &
        pid=$!
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            if fetch -f -o /dev/null "http://127.0.0.1:$port$path" 2>/dev/null; then
                pids+=("$pid")
                pid_of[$name]=$pid
                return
            fi
            sleep 0.1
        done
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    fail "$name does not start"
}

# start_sandbox ROWS: the made-up platforms, whose deployments stand still; sets `sandbox`.
start_sandbox() {
    listen sandbox /_faults "$binary" sandbox --port PORT --rows "$1" --still
    sandbox=http://127.0.0.1:$port
}

# start_nginx WORKERS PATH: with standard input in its `http` section, one server of which has
# `listen 127.0.0.1:1; # ours`; waits until PATH answers, sets `nginx`.
start_nginx() {
    mkdir -p "$work/nginx"
    {
        cat <<NGINX
daemon off;
user $(id -un) $(id -gn);
worker_processes $1;
pid $work/nginx/pid;
error_log stderr crit;
events { worker_connections 256; }
http {
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path $work/nginx/body; proxy_temp_path $work/nginx/proxy;
    fastcgi_temp_path $work/nginx/fastcgi; uwsgi_temp_path $work/nginx/uwsgi; scgi_temp_path $work/nginx/scgi;
NGINX
        cat
        echo "}"
    } >"$work/nginx.conf"
    listen nginx "$2" nginx -p "$work/nginx" -c "$work/nginx.conf"
    nginx=http://127.0.0.1:$port
}

# start_rollcall TTL [NAME=VALUE]…: over the sandbox's deploy-list and DashScope, with this `ttl` and these variables;
# sets `rollcall`.
start_rollcall() {
    cat >"$work/rollcall.yaml" <<YAML
version: 1
adapters: $PWD/adapters.d
store: "memory:"
log: {level: warning}
cache: {ttl: $1}
sources:
  - {name: backend, adapter: deploy-list, base_url: "$sandbox/deploy-list"}
  - {name: ali, adapter: dashscope, base_url: "$sandbox/dashscope", secrets: {token: {env: BENCH_TOKEN}}}
YAML
    listen rollcall /readyz env BENCH_TOKEN=none "${@:2}" "$binary" serve \
        --config "$work/rollcall.yaml" --listen 127.0.0.1:PORT
    rollcall=http://127.0.0.1:$port
}
