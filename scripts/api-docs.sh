#!/usr/bin/env bash
# Writes the library's API as HTML, from its public headers, with Doxygen.
# usage: scripts/api-docs.sh [FOLDER]
# FOLDER is build/api-docs unless given; begin with html/index.html in it. A warning of Doxygen's is
# an error.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
-*) usage_error "unknown option '$1'" ;;
esac
command -v doxygen >/dev/null || die "doxygen is missing: apt-get install doxygen"

folder=$(realpath -m "${1:-$ROOT/build/api-docs}")
mkdir -p "$folder"
cd "$ROOT"
version=$(sed -n 's/^    VERSION \([0-9.]*\)$/\1/p' CMakeLists.txt)
THUMBJOBS_DOCS=$folder THUMBJOBS_VERSION=$version doxygen docs/doxygen/Doxyfile
say "$folder/html/index.html"
