#!/usr/bin/env bash
# Builds thumbd and runs it on http://127.0.0.1:8080, or puts it through a smoke test; or builds and
# runs the desktop app.
#
# usage: ./start.sh [-- THUMBD-OPTIONS...]
#        ./start.sh --desktop [-- FILES-AND-OPTIONS...]
#        ./start.sh --build-only
#        ./start.sh --smoke-test [N] [--images DIR]
#        ./start.sh --kind [--smoke-test [N]] [--keep]
#
# The first run installs the Debian packages that are missing (as root or by sudo) and compiles
# into build/release; later runs take seconds. Jobs and images are kept in SQLite and a folder
# under ${XDG_DATA_HOME:-~/.local/share}/thumbjobs, which is thumbd's default. Ctrl-C stops thumbd
# once its running jobs have finished or have been given back.
#
#   -- OPTIONS          go to thumbd (build/release/bin/thumbd --help lists them), for example
#                       ./start.sh -- --listen 127.0.0.1:9000 --workers 4
#   --desktop           runs the desktop app instead (docs/desktop.md); OPTIONS go to it
#   --build-only        installs and builds both, and starts nothing
#   --smoke-test [N]    sends N images (default 10) through a thumbd of its own on a free port
#   --kind              runs it in a local Kubernetes cluster instead: see scripts/kind.sh --help
#   --images DIR        takes the smoke test's images from DIR instead of making them
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/scripts/lib.sh"

# Nothing is built or installed here for a cluster: its image is.
for word in "$@"; do
    if [ "$word" = -- ]; then break; fi
    if [ "$word" = --kind ]; then
        rest=()
        for other in "$@"; do
            if [ "$other" != --kind ]; then rest+=("$other"); fi
        done
        exec "$ROOT/scripts/kind.sh" "${rest[@]}"
    fi
done

mode=run
smoke_arguments=()
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --build-only) mode=build ;;
    --desktop) mode=desktop ;;
    --smoke-test)
        mode=smoke
        if [[ ${2:-} =~ ^[0-9]+$ ]]; then
            smoke_arguments+=("$2")
            shift
        fi
        ;;
    --images)
        [ $# -ge 2 ] || usage_error "--images wants a folder"
        smoke_arguments+=(--images "$2")
        shift
        ;;
    --)
        shift
        break
        ;;
    *) usage_error "unknown option '$1'; thumbd's or the app's own options come after --" ;;
    esac
    shift
done
if [ "$mode" != smoke ] && [ ${#smoke_arguments[@]} -gt 0 ]; then
    usage_error "--images goes with --smoke-test"
fi

if [ "$mode" = smoke ]; then ensure_packages smoke; else ensure_packages build; fi
thumbd=$ROOT/build/release/bin/thumbd
desktop=$ROOT/build/release/bin/thumbjobs-desktop

case $mode in
build)
    build release
    say "Built $thumbd"
    say "Built $desktop"
    exit 0
    ;;
desktop)
    build release thumbjobs-desktop
    exec "$desktop" "$@"
    ;;
esac
build release thumbd

case $mode in
smoke) exec "$ROOT/scripts/smoke-test.sh" --thumbd "$thumbd" "${smoke_arguments[@]}" ;;
esac

# Passes thumbd's output on and adds the addresses once thumbd says where it listens. It ends
# with thumbd's output, so a Ctrl-C that reaches the whole terminal group must not end it first.
announce() {
    trap '' INT TERM
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line"
        if [[ $line =~ ^listening\ on\ (https?://[^[:space:]]+) ]]; then
            local url=${BASH_REMATCH[1]%/}
            cat <<TEXT

  page      $url/
  API docs  $url/docs
  metrics   $url/metrics
  logs      $url/logs?format=text
  health    $url/readyz

Ctrl-C stops it.

TEXT
        fi
    done
}
exec "$thumbd" "$@" > >(announce)
