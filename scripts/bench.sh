#!/usr/bin/env bash
# Builds and runs the benchmarks, and prints their tables.
# usage: scripts/bench.sh [--seconds N] [--rounds N] [--image NAME] [--only PART] [--dir FOLDER]
#   --seconds  how long each measurement runs (3)
#   --rounds   how often each whole job is measured, in turns with the bare loop (3)
#   --image    one image only: jpeg-0.3mp jpeg-6mp jpeg-12mp jpeg-12mp-progressive
#              jpeg-12mp-camera jpeg-12mp-camera-progressive png-alpha-0.8mp webp-2mp
#   --only     one part only: jobs growth layers resizer sandbox daemon redis storage desktop
#   --dir      where the data folders go (build/bench/data): on the disk that is to be measured
# Figures of a shared machine drift: compare ratios within one run.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=3
rounds=3
only=
image=()
dir=$PWD/build/bench/data
while [ $# -gt 0 ]; do
    case $1 in
        --seconds) seconds=$2; shift 2 ;;
        --rounds) rounds=$2; shift 2 ;;
        --only) only=$2; shift 2 ;;
        --image) image=(--image "$2"); shift 2 ;;
        --dir) dir=$2; shift 2 ;;
        --help) sed -n '2,10s/^# //p' "$0"; exit 0 ;;
        *) echo "bench.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
done

cmake --preset bench >/dev/null
cmake --build --preset bench
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT

bin=build/bench/bin
part() { [ -z "$only" ] || [ "$only" = "$1" ]; }

if part jobs; then
    printf '\n## A whole job over HTTP, and its limits\n'
    "$bin/bench_jobs" --thumbd "$PWD/$bin/thumbd" --dir "$dir" --seconds "$seconds" \
        --rounds "$rounds" "${image[@]}"
fi
if part growth; then
    printf '\n## Memory at its most, for JPEG files\n'
    for size in "640 512" "1600 1200" "3000 2000"; do
        printf '\n%s\n\n' "${size/ /x}"
        "$bin/bench_growth" --thumbd "$PWD/$bin/thumbd" --dir "$dir" --jobs 1000 --every 500 \
            --growth 20 --wide "${size% *}" --high "${size#* }"
    done
    if [ -n "$only" ]; then # it takes a quarter of an hour
        printf '\n100,000 jobs of all kinds\n\n'
        "$bin/bench_growth" --thumbd "$PWD/$bin/thumbd" --dir "$dir"
    fi
fi
if part layers; then
    printf '\n## A job, layer by layer\n'
    "$bin/bench_pipeline" --thumbd "$PWD/$bin/thumbd" --dir "$dir" --seconds "$seconds" \
        "${image[@]}"
fi
if part resizer; then
    printf '\n## Decoding, resizing and encoding alone\n'
    "$bin/bench_resizer" "$seconds"
fi
if part sandbox; then
    printf '\n## The sandbox, one image at a time\n'
    "$bin/bench_sandbox" "$seconds"
    printf '\n## The memory of the sandbox\n'
    "$bin/bench_memory"
fi
if part daemon; then
    printf '\n## The daemon at rest, and the list of jobs\n'
    "$bin/bench_daemon" --thumbd "$PWD/$bin/thumbd" --dir "$dir"
    "$bin/bench_store" "$dir"
fi
if part redis; then
    printf '\n## The Redis job store, and BullMQ on the same server\n'
    "$bin/bench_redis" 10000
fi
if part storage; then
    printf '\n## A slow storage: two workers, 30 ms added to each storage call\n'
    "$bin/bench_slow_storage" "$dir" "$seconds"
fi
if part desktop; then
    printf '\n## The list of the desktop app\n'
    "$bin/bench_desktop"
fi
