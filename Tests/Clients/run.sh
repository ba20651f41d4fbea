#!/usr/bin/env bash
# Asks a demo for its models with OpenAI's Python client (from PyPI). usage: Tests/Clients/run.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-.build/release/rollcall}")
. deploy/demo.sh

clients=$PWD/.build/clients
if ! cmp -s Tests/Clients/requirements.txt "$clients/requirements.txt"; then
    rm -rf "$clients"
    python3 -m venv "$clients" || fail "no Python environment: deploy/setup.sh installs python3-venv"
    "$clients/bin/pip" install --quiet --disable-pip-version-check -r Tests/Clients/requirements.txt ||
        fail "openai cannot be had from PyPI"
    cp Tests/Clients/requirements.txt "$clients/requirements.txt"
fi

start_demo "$binary"
NO_PROXY='*' HOME=$work timeout 120 "$clients/bin/python" Tests/Clients/ask_openai.py "$base/v1" || fail "see above"
