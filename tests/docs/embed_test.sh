#!/usr/bin/env bash
# Installs the library, builds examples/embed against it as a stranger's project would, and runs it.
# usage: embed_test.sh SOURCE-FOLDER BUILD-FOLDER COMPILER
set -euo pipefail

source=$1
build=$2
compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/usr" >"$work/install.log"
cmake -S "$source/examples/embed" -B "$work/embed" -G Ninja \
    -DCMAKE_PREFIX_PATH="$work/usr" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_CXX_FLAGS="${EMBED_CXX_FLAGS:-}" >"$work/configure.log" ||
    { cat "$work/configure.log" && exit 1; }
cmake --build "$work/embed"

# The library alone carries no Qt.
if ldd "$work"/usr/lib*/libthumbjobs.so "$work"/usr/lib*/*/libthumbjobs.so 2>/dev/null |
    grep -i libqt; then
    echo "the library links Qt" >&2
    exit 1
fi

cd "$work"
vips black photo.jpg 1600 1200 --bands 3
./embed/embed photo.jpg thumbnail.jpg
size="$(vipsheader -f width thumbnail.jpg)x$(vipsheader -f height thumbnail.jpg)"
[ "$size" = 320x240 ] || { echo "the thumbnail is $size, not 320x240" >&2 && exit 1; }

echo "not an image" >text.txt
if ./embed/embed text.txt none.jpg; then
    echo "a text became a thumbnail" >&2
    exit 1
fi
