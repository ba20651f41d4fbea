#!/usr/bin/env bash
# Compares a demo's answers with its own /openapi.json: schemathesis with all its checks and phases, on loopback, in
# under four minutes. usage: Tests/Fuzz/run.sh [BINARY]; SEED=N sends other requests.
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

# fuzz NAME PHASES: what it remembers between runs goes with its folder, so one seed sends the same requests every time.
fuzz() {
    mkdir "$work/$1"
    cd "$work/$1"
    PYTHONPATH=$root/Tests/Fuzz SCHEMATHESIS_HOOKS=hooks NO_PROXY='*' exec timeout 600 \
        "$fuzzer/bin/schemathesis" --config-file "$root/Tests/Fuzz/schemathesis.toml" run "$base/openapi.json" \
        --checks all --phases "$2" --seed "$seed" --continue-on-failure \
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
