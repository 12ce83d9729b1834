#!/usr/bin/env bash
# Takes pictures of the desktop app's main states, on a display of its own (Xvfb), and checks that
# they came out.
#
# usage: scripts/desktop-screenshots.sh [--docs] [--images FOLDER] [FOLDER]
#
#   FOLDER           where the pictures go (default: build/screenshots)
#   --images FOLDER  photographs to be worked on, instead of those that it makes
#   --docs           also makes small versions of some for docs/desktop
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

folder=$ROOT/build/screenshots
images=()
docs=
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --docs) docs=yes ;;
    --images)
        [ $# -ge 2 ] || usage_error "--images wants a folder"
        images=("$(cd "$2" && pwd)")
        shift
        ;;
    -*) usage_error "unknown option '$1'" ;;
    *) folder=$1 ;;
    esac
    shift
done

ensure_packages test
command -v Xvfb >/dev/null || die "Xvfb is missing: apt-get install xvfb"
if [ -n "$docs" ]; then command -v vips >/dev/null || die "vips is missing: apt-get install libvips-tools"; fi
cmake --preset dev -S "$ROOT" >/dev/null
cmake --build "$ROOT/build/dev" --target desktop_screenshots -- -j"$(build_jobs)"
mkdir -p "$folder"

# The details show where a file is, so this is where anybody's could be.
work=$(mktemp -d /tmp/thumbjobs.XXXXXX)
server=
finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finish EXIT

# Xvfb says on which display it is once it can be used.
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 2880x1900x24 -dpi 96 -nolisten tcp 3>"$work/display" >/dev/null 2>&1 &
server=$!
read -r display <"$work/display"

shoot() {
    local home=$work/$1 output=$2
    shift 2
    mkdir -p "$home/run" "$output"
    chmod 700 "$home/run"
    env -u DBUS_SESSION_BUS_ADDRESS -u WAYLAND_DISPLAY DISPLAY=":$display" QT_QPA_PLATFORM=xcb \
        XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_RUNTIME_DIR="$home/run" \
        LC_ALL=C.UTF-8 LANGUAGE=en "$@" \
        "$ROOT/build/dev/bin/desktop_screenshots" "$output" "$home" "${images[@]}"
}
shoot once "$folder" env
shoot twice "$folder/2x" env QT_SCALE_FACTOR=2
shoot german "$folder/german" env LC_ALL= LANG=de_DE.UTF-8 LANGUAGE=de

for name in empty working finished failures server activity tiles dark reconnecting connect presets; do
    [ -s "$folder/$name.png" ] || die "$name.png is missing"
done
say "The pictures are in $folder"

if [ -n "$docs" ]; then
    mkdir -p "$ROOT/docs/desktop"
    for name in empty working failures server activity tiles dark connect presets; do
        vips pngsave "$folder/$name.png" "$ROOT/docs/desktop/$name.png" \
            --palette --Q 90 --compression 9 --effort 10 --strip
        size=$(stat -c %s "$ROOT/docs/desktop/$name.png")
        [ "$size" -lt 100000 ] || die "docs/desktop/$name.png has $size bytes"
    done
fi
