#!/usr/bin/env bash
# Makes the Debian packages of a release build, for the Debian that it runs on.
# usage: scripts/package.sh [FOLDER]
# They are put into FOLDER, build/debs unless given: libthumbjobs0, libthumbjobs-dev, thumbd,
# thumbjobs-desktop and python3-thumbjobs. Who they are by is said as to Debian's own tools, by DEBFULLNAME
# and DEBEMAIL; otherwise they name thumbjobs@localhost.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
-*) usage_error "unknown option '$1'" ;;
esac
folder=$(realpath -m "${1:-$ROOT/build/debs}")

ensure_packages build
build package
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "${DEBEMAIL:-}" ]; then
    maintainer="${DEBFULLNAME:-thumbjobs} <$DEBEMAIL>"
    cmake "-DTHUMBJOBS_MAINTAINER=$maintainer" "$ROOT/build/package" >/dev/null
else
    cmake -UTHUMBJOBS_MAINTAINER "$ROOT/build/package" >/dev/null
fi
cpack --config "$ROOT/build/package/CPackConfig.cmake" -B "$work"
mkdir -p "$folder"
mv "$work"/*.deb "$folder"
say "Packages:"
ls "$folder"/*.deb
