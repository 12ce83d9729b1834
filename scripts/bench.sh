#!/usr/bin/env bash
# Builds and runs the benchmarks, and prints their tables.
# usage: scripts/bench.sh [--seconds N] [--image NAME] [--dir FOLDER]
#   --seconds  how long each measurement runs (3)
#   --image    one image only: jpeg-0.3mp jpeg-6mp jpeg-12mp jpeg-12mp-progressive png-alpha-0.8mp webp-2mp
#   --dir      where the data folders go (build/bench/data): on the disk that is to be measured
# Figures of a shared machine drift: compare ratios within one run.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=3
image=()
dir=$PWD/build/bench/data
while [ $# -gt 0 ]; do
    case $1 in
        --seconds) seconds=$2; shift 2 ;;
        --image) image=(--image "$2"); shift 2 ;;
        --dir) dir=$2; shift 2 ;;
        --help) sed -n '2,7s/^# //p' "$0"; exit 0 ;;
        *) echo "bench.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
done

cmake --preset bench >/dev/null
cmake --build --preset bench
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT

bin=build/bench/bin
echo
echo "## A job, layer by layer"
"$bin/bench_pipeline" --thumbd "$PWD/$bin/thumbd" --dir "$dir" --seconds "$seconds" "${image[@]}"
echo
echo "## Decoding, resizing and encoding alone"
"$bin/bench_resizer" "$seconds"
echo
echo "## The sandbox, one image at a time"
"$bin/bench_sandbox" "$seconds"
echo
echo "## The sandbox's memory"
"$bin/bench_memory"
echo
echo "## The daemon at rest"
"$bin/bench_daemon" --thumbd "$PWD/$bin/thumbd" --dir "$dir"
echo
echo "## The Redis job store, and BullMQ on the same server"
"$bin/bench_redis" 10000
