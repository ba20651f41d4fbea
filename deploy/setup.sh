#!/usr/bin/env bash
# Installs the Debian packages that building and running Rollcall needs, but only those that are missing: on a
# machine that has them all it changes nothing and needs no root. Swift itself is not among them.
set -euo pipefail

# libcurl, SQLite, simdjson and zlib are linked; jemalloc is preloaded where Rollcall is deployed and measured; g++
# brings the C++ headers and libstdc++ that simdjson and Swift's linker need; pkg-config tells SwiftPM where libcurl
# and zlib are; curl and git fetch; python3-venv is for the fuzzer of `make fuzz` and the pagers
# of `make pagers`; nginx-light stands in front of the gateway in both and in a test; tzdata has the zones.
packages=(
    ca-certificates curl g++ git libcurl4-openssl-dev libjemalloc2 libsimdjson-dev libsqlite3-dev
    libstdc++-12-dev make nginx-light pkg-config python3-venv tzdata zlib1g-dev
)
# Further packages given as arguments, such as those of `make bench`.
packages+=("$@")

command -v dpkg-query >/dev/null || {
    echo "setup: dpkg not found; install the equivalents of: ${packages[*]}" >&2
    exit 1
}

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
    echo "setup: installing ${missing[*]}"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "setup: run as root: apt-get update && apt-get install ${missing[*]}" >&2
            exit 1
        }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
fi

command -v swift >/dev/null || {
    echo "setup: Swift 6.3 is not on the PATH: https://www.swift.org/install/linux/" >&2
    exit 1
}
