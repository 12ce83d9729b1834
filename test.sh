#!/usr/bin/env bash
# Builds and runs all tests with ctest.
#
# usage: ./test.sh [--asan | --tsan] [--filter REGEX] [-- CTEST-OPTIONS...]
#
#   --asan          under the address and undefined-behaviour sanitizers (build/asan)
#   --tsan          the core and the stores under the thread sanitizer (build/tsan)
#   --filter REGEX  only the tests whose names match, and only what they need is built
#   -- OPTIONS      go to ctest, for example -- -L browser or -- --repeat until-fail:20
#
# Installs the Debian packages that are missing (as root or by sudo). With CI set in the
# environment, output of failed tests is the same and nothing asks a question.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/scripts/lib.sh"

preset=dev
filter=()
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --asan) preset=asan ;;
    --tsan) preset=tsan ;;
    --filter)
        [ $# -ge 2 ] || usage_error "--filter wants a regular expression"
        filter=(--tests-regex "$2")
        shift
        ;;
    --)
        shift
        break
        ;;
    *) usage_error "unknown option '$1'" ;;
    esac
    shift
done

ensure_packages test
configure "$preset"
cd "$ROOT"
# Of the programs, those that are wanted; all of them where a test is none of its own (a page in a
# browser, a script).
targets=()
if [ ${#filter[@]} -gt 0 ]; then
    mapfile -t targets < <(ctest --preset "$preset" --show-only "${filter[@]}" |
        sed -n 's/^ *Test *#[0-9]*: //p')
    for target in "${targets[@]}"; do
        if ! ninja -C "build/$preset" -t query "$target" >/dev/null 2>&1; then targets=(); fi
    done
fi
compile "$preset" "${targets[@]}"

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:detect_stack_use_after_return=0}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$ROOT/tests/lsan.supp:print_suppressions=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$ROOT/tests/tsan.supp:halt_on_error=1:second_deadlock_stack=1}

exec ctest --preset "$preset" --parallel 2 --no-tests=error "${filter[@]}" "$@"
