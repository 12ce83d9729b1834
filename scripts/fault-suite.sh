#!/usr/bin/env bash
# Builds thumbd and runs the fault suite for longer than ctest does: several thumbd processes on one
# Redis and S3, killed, stopped, cut off, over and over. Prints how many jobs, kills and faults.
# usage: scripts/fault-suite.sh [--rounds N] [--seed N]
#   --rounds  how often each kind of fault comes (10)
#   --seed    repeats the choices of an earlier run, which printed it
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=10
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=${2:?--rounds wants a number}; shift 2 ;;
        --seed) export THUMBJOBS_FAULT_SEED=${2:?--seed wants a number}; shift 2 ;;
        --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
        *) usage_error "unknown option $1" ;;
    esac
done

cmake --preset dev >/dev/null
cmake --build --preset dev -- tst_faults
# Qt Test ends a test function after five minutes unless it is told otherwise.
export QTEST_FUNCTION_TIMEOUT=$((600000 * rounds))
THUMBJOBS_FAULT_ROUNDS=$rounds build/dev/bin/tst_faults
