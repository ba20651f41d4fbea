#!/usr/bin/env bash
# Compares a demo's answers, and those of a gateway with updates, with its own /openapi.json: schemathesis with all its
# checks and phases, on loopback, in under five minutes. usage: Tests/Fuzz/run.sh [BINARY]; SEED=N sends other requests.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
binary=$(realpath "${1:-.build/release/rollcall}")
seed=${SEED:-1}
. deploy/demo.sh

fuzzer=$root/.build/fuzz
if ! cmp -s Tests/Fuzz/requirements.txt "$fuzzer/requirements.txt"; then
    rm -rf "$fuzzer"
    python3 -m venv "$fuzzer" || fail "no Python environment: deploy/setup.sh installs python3-venv"
    "$fuzzer/bin/pip" install --quiet --disable-pip-version-check -r Tests/Fuzz/requirements.txt ||
        fail "schemathesis cannot be had from PyPI"
    cp Tests/Fuzz/requirements.txt "$fuzzer/requirements.txt"
fi

# fuzz NAME PHASES ARGS…: what it remembers between runs goes with its folder, so one seed sends the same requests every time.
fuzz() {
    mkdir "$work/$1"
    cd "$work/$1"
    PYTHONPATH=$root/Tests/Fuzz SCHEMATHESIS_HOOKS=hooks NO_PROXY='*' exec timeout 600 \
        "$fuzzer/bin/schemathesis" --config-file "$root/Tests/Fuzz/schemathesis.toml" run "$base/openapi.json" \
        --checks all --phases "$2" "${@:3}" --seed "$seed" --continue-on-failure \
        --no-color --output-truncate true --warnings off
}

# passes CODE: fails unless a fuzzer ended with success.
passes() {
    [ "$1" != 124 ] || fail "not done within its time"
    [ "$1" = 0 ] || fail "the answers are not as the description says (seed $seed)"
}

start_demo "$binary"
# Every value of every schema, on one core, while the other draws at random and follows links.
(FUZZ_WITH_AN_END=1 fuzz values coverage) >"$work/values.out" 2>&1 &
values=$!
code=0
(fuzz random examples,fuzzing,stateful) || code=$?
values_code=0
wait "$values" || values_code=$?
cat "$work/values.out"
passes "$code"
passes "$values_code"
kill -0 "$pid" 2>/dev/null || fail "the gateway is gone"

# The demo has no tokens and no store, so it refuses every update: the same for a gateway that allows them.
start_sandbox "$binary" --rows 12
sandbox=$base
cat >"$work/updates.yaml" <<END
version: 1
adapters: $root/adapters.d
store: sqlite:$work/updates.sqlite
cache: {min_interval: 100ms, ttl: 5s}
auth: {tokens: [{name: fuzz, token: {env: FUZZ_TOKEN}, may: [read, refresh, write, audit]}]}
sources:
  - {name: research, adapter: nemo, base_url: "$sandbox/nemo", writes: true}
  - {name: ali, adapter: dashscope, base_url: "$sandbox/dashscope", secrets: {token: {env: FUZZ_TOKEN}}, writes: true}
  - {name: closed, adapter: nemo, base_url: "$sandbox/nemo"}
END
export FUZZ_TOKEN=a-token-of-the-fuzzer
start_gateway "$binary" serve --config "$work/updates.yaml"
bearer="Authorization: Bearer $FUZZ_TOKEN"
[ "$(get rows -H "$bearer" "$base/v1/deployments?page_size=1000&max_age=60&strict=true")" = 200 ] ||
    fail "the lists to update are not complete"
# members NAME MEMBER: the values of this member in an answer.
members() { grep -o "\"$2\":\"[^\"]*\"" "$work/$1" | cut -d'"' -f4 | tr '\n' ' '; }

code=0
(FUZZ_UIDS=$(members rows uid) FUZZ_WITH_AN_END=1 fuzz updates examples,coverage,fuzzing -H "$bearer" \
    --include-operation-id updateDeployment) || code=$?
passes "$code"
[ "$(get records -H "$bearer" "$base/v1/audit?outcome=applied,refused&fields=id,outcome")" = 200 ] || fail "no audit log"
grep -q '"outcome":"applied"' "$work/records" || fail "no update has reached a platform"
(FUZZ_RECORDS=$(members records id) fuzz audit examples,fuzzing -H "$bearer" \
    --include-operation-id listAudit --include-operation-id getAuditRecord) || code=$?
passes "$code"
kill -0 "$pid" 2>/dev/null || fail "the gateway with updates is gone"
