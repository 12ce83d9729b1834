#!/usr/bin/env bash
# Compares thumbd with services built of other parts: BullMQ and sharp (Node.js), and FastAPI, Redis and
# Pillow (Python). All take the same images by the same requests of the same 8 clients.
#
# usage: scripts/compare.sh [--seconds N] [--rounds N] [--image NAME] [--dir FOLDER]
#        scripts/compare.sh --try-out [--build FOLDER]
#   --seconds  how long each measurement runs (3)
#   --rounds   how often each is measured, in turns with the others (3)
#   --image    one row only: jpeg-0.3mp (with it the mix) jpeg-6mp jpeg-12mp jpeg-12mp-progressive
#              png-alpha-0.8mp webp-2mp
#   --dir      where the data folders go (build/bench/data): on the disk that is to be measured
#   --try-out  measures nothing: lets each service make a few thumbnails, and looks at them
#   --build    where the programs are, instead of building them
#
# The services stand in tests/bench/compare. Debian packages that are missing are installed
# (scripts/packages.sh compare), npm's by the lock file in tests/bench/bullmq.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

arguments=()
dir=
bin=
try_out=
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --try-out) try_out=yes && shift && continue ;;
    --seconds | --rounds | --image | --dir | --build) [ $# -ge 2 ] || usage_error "$1 wants a value" ;;
    *) usage_error "unknown option '$1'" ;;
    esac
    case $1 in
    --dir) dir=$2 ;;
    --build) bin=$2 ;;
    *) arguments+=("$1" "$2") ;;
    esac
    shift 2
done

if [ -z "$bin" ]; then
    ensure_packages compare
    build bench thumbd thumbjobs-worker bench_jobs bench_compare
    bin=$ROOT/build/bench/bin
fi
if [ -z "$dir" ]; then
    dir=$(mktemp -d "$(dirname "$bin")/compare.XXXXXX")
    trap 'rm -rf "$dir"' EXIT
fi
if [ -n "$try_out" ]; then arguments+=(--jobs 2); else arguments+=(--bare "$bin/bench_jobs"); fi

services=$ROOT/tests/bench/compare
export BULLMQ_MODULES
BULLMQ_MODULES=$(dirname "$bin")/tests/bench/bullmq
"$bin/bench_compare" --thumbd "$bin/thumbd" --dir "$dir" \
    --with "BullMQ, sharp=$services/bullmq_sharp.mjs" \
    --with "FastAPI, Redis, Pillow=$services/fastapi_pillow.py" "${arguments[@]}"
