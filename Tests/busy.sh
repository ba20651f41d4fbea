#!/usr/bin/env bash
# Runs every test again and again while two loops keep two cores busy, and stops at the first run that fails:
# Tests/busy.sh [runs, 10 by default]. Each run's output is in .build/busy.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-10}

loops=()
stop() { kill "${loops[@]}" 2>/dev/null || true; }
trap stop EXIT
trap 'exit 130' INT TERM HUP

swift build --build-tests
mkdir -p .build/busy
for _ in 1 2; do
    while :; do :; done &
    loops+=($!)
done
for ((run = 1; run <= runs; run++)); do
    log=.build/busy/$run.log
    begin=$SECONDS
    if ! make --no-print-directory tests >"$log" 2>&1; then
        grep -E "✘|error:" "$log" | head -50 || true
        echo "run $run of $runs failed after $((SECONDS - begin)) s: $log"
        exit 1
    fi
    echo "run $run of $runs passed in $((SECONDS - begin)) s"
done
