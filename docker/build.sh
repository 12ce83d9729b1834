#!/usr/bin/env bash
# Builds thumbd and installs what has to be in the image.
# usage: docker/build.sh FOLDER
# Run by the Dockerfile, in its first stage.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

case ${1:-} in
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
/*) folder=$1 ;;
*) usage_error "the folder to install into is wanted, as an absolute path" ;;
esac

build release
cmake --install "$ROOT/build/release" --prefix "$folder" --strip
# Headers and CMake files are for developers.
rm -rf "$folder/include" "$folder"/lib/cmake "$folder"/lib/*/cmake
find "$folder" -type f
