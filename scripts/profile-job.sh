#!/usr/bin/env bash
# Counts what thumbd's process does for one job, around the resize (the decoder processes are not in
# it): CPU, context switches, page faults and the system calls that matter. Needs perf, and rights to
# use its tracepoints (root). CPU is counted in a run of its own, since tracepoints cost some, and
# decoders that are started meanwhile are left out (--no-inherit).
# usage: scripts/profile-job.sh [IMAGE...]
#   IMAGE  names of scripts/bench.sh (jpeg-0.3mp png-alpha-0.8mp jpeg-12mp)
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    --help) sed -n '2,7s/^# //p' "$0"; exit 0 ;;
    -*) echo "profile-job.sh: unknown option $1; see --help" >&2; exit 2 ;;
esac
images=("$@")
[ ${#images[@]} -gt 0 ] || images=(jpeg-0.3mp png-alpha-0.8mp jpeg-12mp)

cmake --preset bench >/dev/null
cmake --build --preset bench
bin=build/bench/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

calls=(futex fsync fdatasync openat close linkat write pwrite64 pread64 read poll fcntl flock
    newfstatat sendmsg recvmsg sendto recvfrom)
events=raw_syscalls:sys_enter
for call in "${calls[@]}"; do
    events+=,syscalls:sys_enter_$call
done

# usage: count IMAGE EVENTS: prints what each job had of them
count() {
    local jobs
    jobs=$("$bin/bench_jobs" --thumbd "$PWD/$bin/thumbd" --dir "$work" --image "$1" \
        --around "perf stat --no-inherit -x, -e $2 -o $work/counts -p {pid} -- sleep 4")
    awk -F, -v jobs="$jobs" '$3 != "" {
        name = $3
        sub(/raw_syscalls:sys_enter/, "all system calls", name)
        sub(/syscalls:sys_enter_/, "", name)
        printf "  %-17s %8.2f%s\n", name, $1 / jobs, name == "task-clock" ? " ms" : ""
    }' "$work/counts"
}

for image in "${images[@]}"; do
    printf '\n%s, for each job:\n' "$image"
    count "$image" task-clock,context-switches,page-faults
    count "$image" "$events"
done
