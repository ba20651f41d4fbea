#!/usr/bin/env bash
# Throughput from upstream bytes to a published snapshot beside JSONDecoder on the same bytes: five paired runs,
# each in a process of its own, medians and the ratio of this one run. Both use the allocator that deploy/ ships.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows="${1:-100000}"
swift build -c release --product rollcall-bench 2>&1 | tail -1
swift build -c release --product rollcall 2>&1 | tail -1
binaries=$(swift build -c release --show-bin-path)
bench=$binaries/rollcall-bench
allocator=$(PATH=$PATH:/sbin ldconfig -p | awk '/libjemalloc.so.2/ { path = $NF } END { print path }')
ours=() ; base=()
for _ in 1 2 3 4 5; do
    ours+=("$(LD_PRELOAD=$allocator "$bench" ours "$rows")")
    base+=("$(LD_PRELOAD=$allocator "$bench" jsondecoder "$rows")")
done
median() { printf '%s\n' "${@:2}" | awk -v f="$1" '{print $f}' | sort -g | sed -n 3p; }
bytes=$(awk '{print $3}' <<<"${ours[0]}")
awk -v rows="$rows" -v bytes="$bytes" -v allocator="${allocator:-the system allocator}" \
    -v os="$(median 1 "${ours[@]}")" -v om="$(median 2 "${ours[@]}")" \
    -v bs="$(median 1 "${base[@]}")" -v bm="$(median 2 "${base[@]}")" 'BEGIN {
    printf "%d NeMo records, %.1f MB; medians of 5 paired runs; %s\n", rows, bytes / 1e6, allocator
    printf "%-38s %8s %9s %12s\n", "", "seconds", "MB/s", "peak, MiB"
    printf "%-38s %8.3f %9.0f %12.0f\n", "rollcall: bytes to published snapshot", os, bytes / 1e6 / os, om / 1048576
    printf "%-38s %8.3f %9.0f %12.0f\n", "JSONDecoder into plain structs", bs, bytes / 1e6 / bs, bm / 1048576
    printf "rollcall is %.1f times as fast\n", bs / os
}'
echo
for sources in 1 10; do
    LD_PRELOAD=$allocator "$bench" queries "$rows" "$sources"
    echo
done
./Tests/Bench/speed.sh "$binaries/rollcall" "$bench"
echo
./Tests/Bench/refresh.sh readers "$binaries/rollcall" "$bench"
./Tests/Bench/refresh.sh soak "$binaries/rollcall" "$bench"
./Tests/Bench/refresh.sh shrink "$binaries/rollcall" "$bench" 200000
LD_PRELOAD=$allocator "$bench" peak "$rows" nemo
LD_PRELOAD=$allocator "$bench" peak 1000000 tiny
LD_PRELOAD=$allocator "$bench" lookups 1000
echo
exec ./Tests/Bench/calls.sh "$binaries/rollcall"
