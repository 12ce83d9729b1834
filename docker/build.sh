#!/usr/bin/env bash
# Builds thumbd and installs what has to be in the image.
# usage: docker/build.sh FOLDER
# Run by the Dockerfile, in its first stage. FOLDER.packages lists the Debian packages whose
# libraries the programs name, for the second stage to install.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

case ${1:-} in
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
/*) folder=$1 ;;
*) usage_error "the folder to install into is wanted, as an absolute path" ;;
esac

# The desktop app and the Python package are not for servers.
(cd "$ROOT" &&
    cmake --preset release -DTHUMBJOBS_BUILD_DESKTOP=OFF -DTHUMBJOBS_BUILD_PYTHON=OFF >/dev/null)
build release thumbd thumbjobs-worker thumbd-texts
for component in thumbjobs_runtime thumbd; do
    cmake --install "$ROOT/build/release" --prefix "$folder" --strip --component "$component"
done
rm -r "$folder/share" # what only people read

mapfile -t programs < <(find "$folder" -type f -name "*thumb*" ! -name "*.a")
[ ${#programs[@]} -ge 3 ] || die "only ${#programs[@]} programs and libraries were installed"
multiarch=$(dpkg-architecture --query DEB_HOST_MULTIARCH)
for library in $(objdump --private-headers "${programs[@]}" | awk '/NEEDED/ { print $2 }' | sort -u); do
    dpkg-query --search "*/$multiarch/$library" 2>/dev/null | sed 's/:.*//' || true
done | sort -u >"$folder.packages"
cat "$folder.packages"
