#!/usr/bin/env bash
# Builds the libFuzzer targets with Clang and runs each for a while.
# usage: scripts/fuzz.sh [--seconds N] [--jobs N] [TARGET...]
#   --seconds N  how long each target runs (default 60)
#   --jobs N     how many targets run at a time (default: one a core)
#   TARGET       only these (default: all of build/fuzz/bin/fuzz_*)
#
# What the fuzzers learn is kept in build/fuzz/corpus/TARGET, to begin with next time; the seeds
# are in tests/fuzz/corpus/TARGET. An input that breaks a target is left in build/fuzz/crashes,
# and the run fails.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=60
jobs=$(nproc)
targets=()
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --seconds | --jobs)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || usage_error "$1 wants a number above zero"
        if [ "$1" = --seconds ]; then seconds=$2; else jobs=$2; fi
        shift
        ;;
    -*) usage_error "unknown option '$1'" ;;
    *) targets+=("$1") ;;
    esac
    shift
done

ensure_packages test
build fuzz fuzzers
out=$ROOT/build/fuzz
if [ ${#targets[@]} -eq 0 ]; then
    for program in "$out"/bin/fuzz_*; do
        [ -x "$program" ] && targets+=("$(basename "$program")")
    done
fi
[ ${#targets[@]} -gt 0 ] || die "there are no fuzz targets in $out/bin"
mkdir -p "$out/crashes" "$out/log"

# run_one TARGET: quiet unless it fails; then the end of its output says why.
run_one() {
    local target=$1 seeds=() dictionary=() corpus=$out/corpus/$1
    mkdir -p "$corpus"
    if [ -d "$ROOT/tests/fuzz/corpus/$target" ]; then seeds=("$ROOT/tests/fuzz/corpus/$target"); fi
    if [ -f "$ROOT/tests/fuzz/$target.dict" ]; then
        dictionary=("-dict=$ROOT/tests/fuzz/$target.dict")
    fi
    if "$out/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$out/crashes/$target-" -print_final_stats=1 "${dictionary[@]}" \
        "$corpus" "${seeds[@]}" >"$out/log/$target" 2>&1; then
        printf '%-28s passed  %10s inputs\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/log/$target")"
    else
        printf '%-28s FAILED\n' "$target"
        tail -n 40 "$out/log/$target"
        return 1
    fi
}

failed=0
running=0
for target in "${targets[@]}"; do
    [ -x "$out/bin/$target" ] || die "there is no fuzz target $target"
    if [ "$running" -ge "$jobs" ]; then
        wait -n || failed=$((failed + 1))
        running=$((running - 1))
    fi
    run_one "$target" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n || failed=$((failed + 1))
    running=$((running - 1))
done
say "${#targets[@]} fuzz targets, $failed failed"
[ "$failed" -eq 0 ]
