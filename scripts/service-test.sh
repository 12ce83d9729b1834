#!/usr/bin/env bash
# Installs the Debian packages into a fresh Debian, boots its systemd in namespaces of its own, and uses
# thumbd there as an administrator would: as its service, killed, reloaded, reconfigured, upgraded,
# removed and purged. Needs root, the network, and mmdebstrap.
# usage: scripts/service-test.sh [FOLDER]
#   FOLDER  with the packages that scripts/package.sh made; build/debs unless given
# THUMBJOBS_TEST_ROOT=FOLDER names a Debian that is there already; it is left as it is.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# --- Within the namespaces: what a container manager does before systemd
boot() {
    local root=$1
    mount --make-rprivate /
    mount --rbind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    else
        mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
        mkdir "$root/sys/fs/cgroup/systemd"
        mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
    fi
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mount -t tmpfs tmpfs "$root/tmp"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    # Nodes of its own: systemd gives the console to whoever logs in there, and must not do so with a
    # node of this machine's.
    mknod -m 666 "$root/dev/null" c 1 3
    mknod -m 666 "$root/dev/zero" c 1 5
    mknod -m 666 "$root/dev/full" c 1 7
    mknod -m 666 "$root/dev/random" c 1 8
    mknod -m 666 "$root/dev/urandom" c 1 9
    mknod -m 666 "$root/dev/tty" c 5 0
    mknod -m 600 "$root/dev/console" c 1 3
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    mount -t tmpfs tmpfs "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    ip link set lo up
    mkdir -p "$root/.old"
    cd "$root"
    pivot_root . .old
    umount -l /.old
    exec env -i container=thumbjobs PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --system systemd.unit=multi-user.target
}

case ${1:-} in
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
--boot) boot "$2" ;;
-*) usage_error "unknown option '$1'" ;;
esac
[ "$(id -u)" = 0 ] || die "only root can boot a system"
folder=$(realpath -m "${1:-$ROOT/build/debs}")
[ -n "$(find "$folder" -maxdepth 1 -name 'thumbd_*.deb' 2>/dev/null)" ] ||
    die "there is no package of thumbd in $folder: scripts/package.sh makes it"

work=$(mktemp -d)
init=
cleanup() {
    if [ -n "$init" ]; then kill -KILL "$init" 2>/dev/null || true; fi
    if [ -n "$init" ]; then tail --pid="$init" -f /dev/null; fi
    umount -q "$work/root" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# --- A Debian; what changes in it is thrown away
base=${THUMBJOBS_TEST_ROOT:-}
if [ -z "$base" ]; then
    command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: apt-get install mmdebstrap"
    base=$work/base
    say "Making a Debian"
    # shellcheck source=/dev/null
    mmdebstrap --quiet --variant=important \
        --include=systemd,systemd-sysv,dbus,curl,jq,man-db,bash-completion,libvips-tools,procps,python3 \
        "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$base" http://deb.debian.org/debian
fi
mkdir "$work/root" "$work/changes"
mount -t tmpfs tmpfs "$work/changes"
mkdir "$work/changes/upper" "$work/changes/work"
mount -t overlay -o "lowerdir=$base,upperdir=$work/changes/upper,workdir=$work/changes/work" \
    overlay "$work/root"
umount -l "$work/changes" # it lasts as long as the overlay
root=$work/root
mkdir "$root/debs"
cp "$folder"/*.deb "$root/debs"
debs=("$root"/debs/*.deb)
debs=("${debs[@]#"$root"}") # as the booted system sees them
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
say "Fetching what the packages depend on"
{ chroot "$root" apt-get update -q && chroot "$root" apt-get install -qy --download-only "${debs[@]}"; } \
    >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2 && die "apt-get could not fetch them"; }

# --- Booted, without a network
unshare --pid --mount --uts --ipc --net --cgroup --fork "${BASH_SOURCE[0]}" --boot "$root" \
    >"$work/console" 2>&1 </dev/null &
parent=$!
for _ in $(seq 100); do
    init=$(pgrep -P "$parent" || true)
    if [ -n "$init" ] && [ "$(cat "/proc/$init/comm")" = systemd ]; then break; fi
    sleep 0.1
done
[ -n "$init" ] || die "it did not boot: $(cat "$work/console")"
inside() { nsenter --target "$init" --all -- "$@"; }
state=
for _ in $(seq 600); do
    state=$(inside systemctl is-system-running 2>/dev/null || true)
    if [ "$state" = running ] || [ "$state" = degraded ]; then break; fi
    sleep 0.1
done
say "systemd $(inside systemctl --version | awk 'NR == 1 { print $2 }') is $state"

step() { say "- $*"; }
fail() {
    inside journalctl --no-pager -u thumbd 2>/dev/null | tail -n 40 >&2 || true
    die "$*"
}
apt() {
    inside env DEBIAN_FRONTEND=noninteractive apt-get -qy "$@" >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        fail "apt-get $*"
    }
}
property() { inside systemctl show --value --property "$1" thumbd; }
ready() {
    inside curl -fsS --retry 60 --retry-delay 1 --retry-connrefused -o /dev/null \
        http://127.0.0.1:8080/readyz 2>/dev/null || fail "thumbd is not ready"
}
# thumbnail NAME: has a job made of a photo, and looks at what it made.
thumbnail() {
    # shellcheck disable=SC2016
    inside sh -ec '
        vips black /tmp/photo.jpg 1600 1200 --bands 3
        id=$(curl -sS --data-binary @/tmp/photo.jpg -H "Content-Type: image/jpeg" \
            "http://127.0.0.1:8080/v1/jobs?width=320&height=320" | jq -r .id)
        [ "$(curl -sS "http://127.0.0.1:8080/v1/jobs/$id?wait=60" | jq -r .status)" = succeeded ]
        curl -sS "http://127.0.0.1:8080/v1/jobs/$id/thumbnail" -o /tmp/thumbnail.jpg
        [ "$(vipsheader -f width /tmp/thumbnail.jpg)" = 320 ]' || fail "no thumbnail $1"
}

apt install "${debs[@]}"
[ "$(property ActiveState)" = active ] || fail "the service is $(property ActiveState)"
ready
thumbnail "after installing"
step "installed: the service runs and makes thumbnails"

main=$(property MainPID)
[ "$(inside ps -o user= -p "$main")" = thumbjobs ] || fail "it runs as $(inside ps -o user= -p "$main")"
for process in $main $(inside pgrep -P "$main"); do
    inside cat "/proc/$process/status" >"$work/status"
    grep -q '^NoNewPrivs:.1$' "$work/status" || fail "process $process may gain privileges"
    grep -q '^Seccomp:.2$' "$work/status" || fail "process $process may make any system call"
    grep -q '^CapEff:.0*$' "$work/status" || fail "process $process has capabilities"
done
helpers=$(inside pgrep -c -P "$main" thumbjobs-work || true)
[ "$helpers" -gt 0 ] || fail "no images are decoded in helpers"
[ "$(inside stat -c '%U %a' /var/lib/thumbjobs)" = "thumbjobs 750" ] || fail "its folder is open"
! inside nsenter --target "$main" --mount -- touch /usr/made /etc/made 2>/dev/null ||
    fail "it may write where it has no business"
step "locked in: user thumbjobs, no capabilities, no new privileges, seccomp; $helpers helpers"

inside systemd-analyze security thumbd --no-pager | tail -n 1
inside man -w thumbd >/dev/null || fail "thumbd's manual page is missing"
inside bash -ic 'source /usr/share/bash-completion/bash_completion; _completion_loader thumbd
    complete -p thumbd' >/dev/null 2>&1 || fail "no completion"
inside python3 -c '
import thumbjobs
image = open("/tmp/photo.jpg", "rb").read()
assert thumbjobs.thumbnail(image, 64, 64).width == 64
assert thumbjobs.features().sandbox' || fail "the Python module"
if [[ ${debs[*]} == */thumbjobs-desktop_* ]]; then
    inside env QT_QPA_PLATFORM=offscreen thumbjobs-desktop --version >/dev/null || fail "the desktop app"
    inside man -w thumbjobs-desktop >/dev/null || fail "the desktop app's manual page is missing"
fi
step "manual pages, completion, the Python module and (where it was packed) the desktop app are there"

inside kill -KILL "$main"
for _ in $(seq 100); do
    if [ "$(property MainPID)" != "$main" ] && [ "$(property ActiveState)" = active ]; then break; fi
    sleep 0.1
done
ready
thumbnail "after SIGKILL"
[ "$(property NRestarts)" = 1 ] || fail "it was restarted $(property NRestarts) times"
step "killed: it is back, and has its jobs"

inside systemctl reload thumbd || fail "it cannot be reloaded"
ready
inside sed -i 's/^#* *listen *=.*/listen = nonsense/' /etc/thumbjobs/thumbd.conf
inside systemctl restart thumbd 2>/dev/null || true
for _ in $(seq 100); do
    if [ "$(property ActiveState)" = failed ]; then break; fi
    sleep 0.1
done
[ "$(property ActiveState)" = failed ] || fail "with a bad configuration it is $(property ActiveState)"
[ "$(property ExecMainStatus)" = 2 ] || fail "a bad configuration ends with $(property ExecMainStatus)"
inside sed -i 's/^listen = nonsense/listen = 127.0.0.1:8080/' /etc/thumbjobs/thumbd.conf
inside systemctl restart thumbd || fail "it does not start again"
ready
step "reloaded; a bad configuration stops it, with exit code 2, until it is mended"

before=$(property MainPID)
apt install --reinstall "$(printf '%s\n' "${debs[@]}" | grep /thumbd_)"
ready
[ "$(property MainPID)" != "$before" ] || fail "an upgrade goes on running the old program"
inside grep -q '^listen = 127.0.0.1:8080$' /etc/thumbjobs/thumbd.conf || fail "the configuration is lost"
thumbnail "after an upgrade"
step "upgraded: restarted, with the administrator's configuration"

inside systemctl stop thumbd
[ "$(property Result)" = success ] || fail "it stopped with $(property Result)"
inside systemctl start thumbd
apt remove thumbd
! inside systemctl is-active --quiet thumbd || fail "it runs on"
inside test -f /etc/thumbjobs/thumbd.conf || fail "removing took the configuration"
apt purge thumbd
inside test ! -e /etc/thumbjobs || fail "purging left the configuration"
inside test -d /var/lib/thumbjobs/images || fail "purging took the images"
step "stopped, removed and purged; jobs and images are left"
say "The packages work"
