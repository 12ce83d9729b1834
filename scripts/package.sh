#!/usr/bin/env bash
# Makes the Debian packages of a release build, for the Debian that it runs on.
# usage: scripts/package.sh [FOLDER]
# They are put into FOLDER, build/debs unless given: libthumbjobs0, libthumbjobs-dev, thumbd,
# thumbjobs-desktop and python3-thumbjobs. THUMBJOBS_MAINTAINER="Name <address>" names who they are by.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
-*) usage_error "unknown option '$1'" ;;
esac
folder=$(realpath -m "${1:-$ROOT/build/debs}")

ensure_packages build
if [ -n "${THUMBJOBS_MAINTAINER:-}" ]; then
    (cd "$ROOT" && cmake --preset package "-DTHUMBJOBS_MAINTAINER=$THUMBJOBS_MAINTAINER" >/dev/null)
fi
build package
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpack --config "$ROOT/build/package/CPackConfig.cmake" -B "$work"
mkdir -p "$folder"
mv "$work"/*.deb "$folder"
say "Packages:"
ls "$folder"/*.deb
