#!/usr/bin/env bash
# Holds a demo's answers against its own /openapi.json: schemathesis with all its checks, on loopback, in under three
# minutes. usage: Tests/Fuzz/run.sh [BINARY]; SEED=N asks other questions.
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

start_demo "$binary"
# What it remembers between runs goes with the script's folder: one seed asks the same questions every time.
cd "$work"
code=0
PYTHONPATH=$root/Tests/Fuzz SCHEMATHESIS_HOOKS=hooks NO_PROXY='*' timeout 175 \
    "$fuzzer/bin/schemathesis" --config-file "$root/Tests/Fuzz/schemathesis.toml" run "$base/openapi.json" \
    --checks all --phases examples,coverage,fuzzing --max-examples 20 --seed "$seed" --continue-on-failure \
    --no-color --output-truncate true --warnings off || code=$?
cd "$root"
[ "$code" != 124 ] || fail "not done within its time"
[ "$code" = 0 ] || fail "the answers are not as the description says (seed $seed)"
kill -0 "$pid" 2>/dev/null || fail "the gateway is gone"
