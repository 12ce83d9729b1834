#!/usr/bin/env bash
# Measures what thumbd's own process keeps in memory after a load, by malloc.
#
# usage: scripts/malloc-memory.sh [--thumbd PROGRAM] [N]
#   --thumbd PROGRAM  default: build/release/bin/thumbd
#   N                 uploads, 16 at a time (default 500)
#
# Prints resident memory before and after for the C library's malloc as it is, for the same with two
# arenas (MALLOC_ARENA_MAX=2) and, where it is installed (Debian: libjemalloc2),
# for jemalloc. Images are decoded in helper processes, whose malloc is not meant here.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

thumbd=$ROOT/build/release/bin/thumbd
count=500
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --thumbd)
        [ $# -ge 2 ] || usage_error "--thumbd wants a program"
        thumbd=$2
        shift
        ;;
    *)
        [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] || usage_error "'$1' is neither an option nor a number"
        count=$1
        ;;
    esac
    shift
done
[ -x "$thumbd" ] || die "$thumbd is not there; ./start.sh --build-only builds it"

work=$(mktemp -d)
daemon=
cleanup() {
    trap - EXIT INT TERM
    if [ -n "$daemon" ]; then
        kill -TERM "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

resident() { curl --silent "$1/metrics" | awk '/^process_resident_memory_bytes / { printf "%.1f", $2 / 1e6 }'; }

measure() { # measure NAME VARIABLE=VALUE...
    local name=$1 url before after
    shift
    mkfifo "$work/out"
    env "$@" "$thumbd" --listen 127.0.0.1:0 --data-dir "$work/data" --log-level error >"$work/out" &
    daemon=$!
    exec 3<"$work/out"
    read -r -t 60 _ _ url <&3 || die "thumbd did not start"
    before=$(resident "${url%/}")
    "$ROOT/scripts/load-test.sh" "${url%/}" "$count" 16 >"$work/load"
    after=$(resident "${url%/}")
    printf '%-20s %8s %8s   %s\n' "$name" "$before" "$after" "$(grep throughput "$work/load")"
    kill -TERM "$daemon"
    wait "$daemon" || die "thumbd did not end well"
    daemon=
    exec 3<&-
    rm -r "$work/out" "$work/data"
}

printf '%-20s %8s %8s   (MB resident, %s uploads)\n' malloc before after "$count"
measure "glibc" MALLOC_ARENA_MAX=
measure "glibc, two arenas" MALLOC_ARENA_MAX=2
jemalloc=$(ldconfig -p | awk '/libjemalloc\.so\.2/ && !n++ { print $NF }')
if [ -n "$jemalloc" ]; then measure "jemalloc" "LD_PRELOAD=$jemalloc"; else say "jemalloc is not installed"; fi
