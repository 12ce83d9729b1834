#!/usr/bin/env bash
# Prints the Debian packages that thumbjobs needs, one a line.
# usage: scripts/packages.sh build|test
set -euo pipefail

if [ "${1:-}" = "--help" ] || [ $# -ne 1 ]; then
    sed -n '2,3s/^# //p' "$0"
    exit 0
fi

# Boost.JSON: Debian 12 has it in 1.81 only, beside a default of 1.74.
boost_json=libboost-json-dev
if ! apt-cache show "$boost_json" >/dev/null 2>&1; then
    boost_json=libboost-json1.81-dev
fi

build=(
    build-essential ccache cmake ninja-build pkg-config
    qt6-base-dev qt6-httpserver-dev
    "$boost_json" libvips-dev libsqlite3-dev libspdlog-dev libssl-dev prometheus-cpp-dev
    nodejs npm
    curl jq
)
tests=(
    clang libclang-rt-dev chromium python3
)

printf '%s\n' "${build[@]}"
if [ "$1" = test ]; then
    printf '%s\n' "${tests[@]}"
fi
