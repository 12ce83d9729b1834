#!/usr/bin/env bash
# Counts what thumbd's process does for one job, around the resize (the decoder processes are not in
# it): CPU, context switches, page faults, the threads it wakes up, the system calls that matter, and
# the allocations. Needs perf, and rights to use its tracepoints and to set probes into libc (root).
# Each kind is counted in a run of its own, since tracepoints cost some and probes more, and
# decoders that are started meanwhile are left out (--no-inherit).
#
# usage: scripts/profile-job.sh [IMAGE...]
#   IMAGE  names of scripts/bench.sh (jpeg-0.3mp png-alpha-0.8mp jpeg-12mp)
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    -*) usage_error "unknown option '$1'" ;;
esac
images=("$@")
[ ${#images[@]} -gt 0 ] || images=(jpeg-0.3mp png-alpha-0.8mp jpeg-12mp)

build bench thumbd thumbjobs-worker bench_jobs
bin=$ROOT/build/bench/bin
work=$(mktemp -d)
probes=profile_job
remove_probes() { perf probe -q -d "$probes:*" 2>/dev/null || true; }
trap 'rm -rf "$work"; remove_probes' EXIT

calls=(futex fsync fdatasync openat close linkat write pwrite64 pread64 read poll fcntl flock
    newfstatat sendmsg recvmsg sendto recvfrom)
events=raw_syscalls:sys_enter
for call in "${calls[@]}"; do
    events+=,syscalls:sys_enter_$call
done

remove_probes # of a run that was killed
libc=$(ldd "$bin/thumbd" | awk '$1 == "libc.so.6" { print $3 }')
allocations=
for function in malloc calloc realloc aligned_alloc posix_memalign free; do
    perf probe -q -x "$libc" "$probes:$function=$function"
    allocations+=${allocations:+,}$probes:$function
done

# usage: count IMAGE EVENTS: prints what each job had of them
count() {
    local jobs
    jobs=$("$bin/bench_jobs" --thumbd "$bin/thumbd" --dir "$work" --image "$1" \
        --around "perf stat --no-inherit -x, -e $2 -o $work/counts -p {pid} -- sleep 4")
    awk -F, -v jobs="$jobs" '$3 != "" {
        name = $3
        sub(/raw_syscalls:sys_enter/, "all system calls", name)
        sub(/syscalls:sys_enter_/, "", name)
        sub(/sched:sched_wakeup/, "wake-ups", name)
        sub(/profile_job:/, "", name)
        printf "  %-17s %8.2f%s\n", name, $1 / jobs, name == "task-clock" ? " ms" : ""
    }' "$work/counts"
}

for image in "${images[@]}"; do
    printf '\n%s, for each job:\n' "$image"
    count "$image" task-clock,context-switches,page-faults
    count "$image" "sched:sched_wakeup,$events"
    count "$image" "$allocations"
done
