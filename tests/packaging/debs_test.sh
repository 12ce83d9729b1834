#!/usr/bin/env bash
# Makes the Debian packages, installs them into a root of its own, uses what they brought, and removes
# them again.
# usage: debs_test.sh BUILD-FOLDER VERSION STRANGER-FOLDER COMPILER AS-UNIT PACKAGE...
# The build has to be complete. Dependencies are held against the packages of this machine.
set -euo pipefail

build=$1
version=$2
stranger=$3
compiler=$4
as_unit=$5
shift 5
work=$(mktemp -d)
root=$work/root
daemon=
cleanup() {
    if [ -n "$daemon" ]; then kill -KILL "$daemon" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "$*" >&2
    exit 1
}

# quietly COMMAND...: what it says is shown only when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log" >&2
        fail "failed: $*"
    }
}

# --- Made
quietly cpack --config "$build/CPackConfig.cmake" -B "$work/debs"
debs=()
for package in "$@"; do
    deb=$(echo "$work/debs/${package}_${version}"_*.deb)
    [ -f "$deb" ] || fail "there is no package $package"
    debs+=("$deb")
    echo "$package: $(stat -c %s "$deb") bytes, depends on $(dpkg-deb -f "$deb" Depends)"
done
[ "$(find "$work/debs" -maxdepth 1 -name '*.deb' | wc -l)" = $# ] || fail "there are other packages as well"
[[ $(dpkg-deb -f "${debs[0]}" Depends) == *libvips* ]] || fail "the library's own libraries are missing"

if command -v lintian >/dev/null; then
    as_root=()
    if [ "$(id -u)" = 0 ]; then as_root=(--allow-root); fi
    # A local build names this machine; its packager may name himself.
    quietly lintian "${as_root[@]}" --fail-on error \
        --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "${debs[@]}"
    cat "$work/log"
fi

# --- Installed, into a root that knows the packages of this machine and nothing else
mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers} "$root"/etc
cp /var/lib/dpkg/status "$root/var/lib/dpkg/status"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
in_root=(dpkg "--root=$root" --force-script-chrootless --force-not-root "--log=$work/dpkg.log")
quietly "${in_root[@]}" --install "${debs[@]}"

installed() { dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Status}' "$1" 2>/dev/null || true; }
for package in "$@"; do
    [ "$(installed "$package")" = "install ok installed" ] || fail "$package is: $(installed "$package")"
done

multiarch=$(dpkg-architecture -q DEB_HOST_MULTIARCH)
export LD_LIBRARY_PATH=$root/usr/lib/$multiarch
for program in "$root"/usr/bin/* "$root/usr/lib/$multiarch"/{libthumbjobs.so.0,thumbjobs/*.so}; do
    if objdump -p "$program" | grep -E 'R(UN)?PATH'; then fail "$program has a path of its own"; fi
done

# --- To build with
quietly cmake -S "$stranger" -B "$work/stranger" -G Ninja "-DCMAKE_CXX_COMPILER=$compiler" \
    -DCMAKE_PREFIX_PATH="$root/usr"
quietly cmake --build "$work/stranger"
vips black "$work/photo.jpg" 1600 1200 --bands 3
"$work/stranger/stranger" "$work/photo.jpg" "$work/jobs"

# --- The daemon, as a package installs it: its user, its unit, its texts
grep -q '^thumbjobs:.*:/var/lib/thumbjobs:.*nologin$' "$root/etc/passwd" || fail "there is no user"
[ -L "$root/etc/systemd/system/multi-user.target.wants/thumbd.service" ] || fail "it is not enabled"
dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Conffiles}' thumbd | grep thumbd.conf >/dev/null ||
    fail "its configuration is no conffile"
unit=$root/usr/lib/systemd/system/thumbd.service
mkdir "$work/unit"
sed "s:^ExecStart=/usr:ExecStart=$root/usr:" "$unit" >"$work/unit/thumbd.service"
quietly systemd-analyze verify --man=no --recursive-errors=no "$work/unit/thumbd.service"
quietly systemd-analyze security --offline=yes --threshold=25 "$work/unit/thumbd.service"
tail -n 1 "$work/log"
zcat "$root/usr/share/man/man8/thumbd.8.gz" | grep '\\-\\-resize\\-timeout' >/dev/null || fail "the man page"
completed=$(bash -c ". '$root/usr/share/bash-completion/completions/thumbd'
    COMP_WORDS=(thumbd --role w) COMP_CWORD=2; _thumbd; echo \${COMPREPLY[*]}
    COMP_WORDS=(thumbd --max-p) COMP_CWORD=1; _thumbd; echo \${COMPREPLY[*]}")
[ "$completed" = $'worker\n--max-pixels' ] || fail "completed: $completed"

# --- The daemon at work, with the sandbox on, and under what its unit lets it do
# calls NAME...: the system calls behind names and groups of them.
calls() {
    local name
    for name in "$@"; do
        case $name in
        @*)
            mapfile -t members < <(systemd-analyze syscall-filter "$name" |
                awk '/^ / && $1 != "#" { print $1 }')
            calls "${members[@]}"
            ;;
        *) echo "$name" ;;
        esac
    done
}
read -r -a allowed < <(sed -n 's/^SystemCallFilter=//p' "$unit")
calls @default "${allowed[@]}" | sort -u >"$work/calls" # systemd always allows @default
thumbd=("$root/usr/bin/thumbd" --config "$root/etc/thumbjobs/thumbd.conf" --data-dir "$work/data")
"${thumbd[@]}" --print-config | grep '^sandbox = on' >/dev/null || fail "the sandbox is not on"
mkfifo "$work/out"
chmod 755 "$work"
mkdir -m 777 "$work/data"
"$as_unit" "$work/calls" "${thumbd[@]}" --listen 127.0.0.1:0 >"$work/out" 2>"$work/thumbd.log" &
daemon=$!
exec 3<"$work/out"
read -r -t 60 _ _ url <&3 || fail "thumbd did not start: $(cat "$work/thumbd.log")"
url=${url%/}
job=$(curl -sS --data-binary "@$work/photo.jpg" -H 'Content-Type: image/jpeg' \
    "$url/v1/jobs?width=320&height=320" | jq -r .id)
[ "$(curl -sS "$url/v1/jobs/$job?wait=60" | jq -r .status)" = succeeded ] || fail "no thumbnail"
curl -sS "$url/v1/jobs/$job/thumbnail" -o "$work/thumbnail.jpg"
[ "$(vipsheader -f width "$work/thumbnail.jpg")" = 320 ] || fail "another size"
mapfile -t children < <(cat /proc/"$daemon"/task/*/children | tr ' ' '\n' | grep .)
helpers=$(for child in "${children[@]}"; do readlink "/proc/$child/exe"; done)
[[ $helpers == *"$root/usr/libexec/thumbjobs/thumbjobs-worker"* ]] || fail "not made in the sandbox"
kill -TERM "$daemon"
wait "$daemon" || fail "thumbd ended with $?"
daemon=

# --- The others
for package in "$@"; do
    case $package in
    thumbjobs-desktop)
        QT_QPA_PLATFORM=offscreen "$root/usr/bin/thumbjobs-desktop" --version
        options() { grep -oE -- '--[a-z]+' | sort -u; }
        [ "$(QT_QPA_PLATFORM=offscreen "$root/usr/bin/thumbjobs-desktop" --help | options)" = \
            "$(zcat "$root/usr/share/man/man1/thumbjobs-desktop.1.gz" | sed 's/\\-/-/g' | options)" ] ||
            fail "its man page has other options than its help"
        ;;
    python3-thumbjobs)
        PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/usr/lib/python3/dist-packages \
            /usr/bin/python3 - "$work/photo.jpg" <<'PYTHON'
import sys, thumbjobs
assert thumbjobs.__file__.startswith(sys.path[1]), thumbjobs.__file__
print("python3:", len(thumbjobs.thumbnail(open(sys.argv[1], "rb").read(), 320, 320)), "bytes")
PYTHON
        ;;
    esac
done

# --- Removed, and purged
quietly "${in_root[@]}" --remove "$@"
[ -f "$root/etc/thumbjobs/thumbd.conf" ] || fail "removing took the configuration"
quietly "${in_root[@]}" --purge "$@"
left=$(find "$root/usr" "$root/etc/thumbjobs" "$root/etc/systemd" \( -type f -o -type l \) 2>/dev/null || true)
[ -z "$left" ] || fail "left behind: $left"
echo "installed, used, removed"
