#!/usr/bin/env bash
# Builds projects of somebody else's with thumbjobs, in every way that the README names, without a
# network, and runs each: shared and static x find_package, pkg-config, and as a part of their own
# build (add_subdirectory, FetchContent; there without Qt, Redis and S3).
# usage: strangers_test.sh SOURCE-FOLDER BUILD-FOLDER COMPILER [CCACHE]
# Takes the shared library from the build folder, whose build has to be complete. What it builds
# anew takes seconds where ccache knows the objects already, and minutes elsewhere: it is compiled
# with the same flags, and as deep in the file system, since ccache keeps relative paths.
set -euo pipefail

if [ -z "${STRANGERS_OFFLINE:-}" ]; then
    export STRANGERS_OFFLINE=1
    if unshare --net true 2>/dev/null; then exec unshare --net bash "$0" "$@"; fi
    if unshare --map-root-user --net true 2>/dev/null; then
        exec unshare --map-root-user --net bash "$0" "$@"
    fi
    echo "a network of its own is not allowed here: proxies that are not there stand in for it"
    export http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9
fi

source=$1
build=$2
compiler=$3
ccache=${4:-}
here=$source/tests/packaging
work=$(mktemp -d)
trees=$build-strangers
cleanup() { rm -rf "$work" "$trees-static" "$trees-parent"; }
trap cleanup EXIT
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$source} CCACHE_NOHASHDIR=1
unset CXXFLAGS CFLAGS LDFLAGS

fail() {
    echo "$*" >&2
    exit 1
}

# quietly COMMAND...: what it says is shown only when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        fail "failed: $*"
    }
}

cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

compiler_options=(-G Ninja "-DCMAKE_CXX_COMPILER=$compiler")
# As the build folder's objects are compiled.
same=("${compiler_options[@]}" "-DCMAKE_CXX_COMPILER_LAUNCHER=$ccache" "-DCMAKE_C_COMPILER_LAUNCHER=$ccache"
    "-DCMAKE_BUILD_TYPE=$(cached CMAKE_BUILD_TYPE)"
    "-DCMAKE_CXX_FLAGS_DEBUG=$(cached CMAKE_CXX_FLAGS_DEBUG)"
    "-DTHUMBJOBS_FAIL_POINTS=$(cached THUMBJOBS_FAIL_POINTS)"
    "-DTHUMBJOBS_WERROR=$(cached THUMBJOBS_WERROR)"
    -DCMAKE_DISABLE_FIND_PACKAGE_Qt6=ON)

vips black "$work/photo.jpg" 1600 1200 --bands 3

# try NAME PROGRAM: runs it in a folder of its own.
try() {
    local said
    said=$("$2" "$work/photo.jpg" "$work/jobs-$1") || fail "$1 failed: $said"
    [ "$(head -n 1 <<<"$said")" = 320x240 ] || fail "$1 said: $said"
    ldd "$2" >"$work/ldd"
    if grep -i 'libqt' "$work/ldd"; then fail "$1 carries Qt"; fi
    echo "$1: ${said//$'\n'/, }"
}

# with_package NAME PREFIX shared|static: find_package() and pkg-config.
with_package() {
    local name=$1 prefix=$2 kind=$3 flags pc
    quietly cmake -S "$here/stranger" -B "$work/find-$name" "${compiler_options[@]}" \
        -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
    grep -q "shared: $([ "$kind" = shared ] && echo ON || echo OFF)" "$work/log" || fail "not $kind"
    [ -x "$(sed -n 's/^-- worker: //p' "$work/log")" ] || fail "thumbjobs::worker leads nowhere"
    quietly cmake --build "$work/find-$name"
    try "find_package-$name" "$work/find-$name/stranger"

    # Installed trees may be moved.
    mv "$prefix" "$prefix-moved"
    pc=$(dirname "$(find "$prefix-moved" -name thumbjobs.pc)")
    mapfile -t flags < <(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs thumbjobs | tr ' ' '\n' | grep .)
    quietly "$compiler" -std=c++20 "$here/stranger/main.cpp" -o "$work/pkg-$name" "${flags[@]}" \
        "-Wl,-rpath,$(dirname "$pc")"
    try "pkg-config-$name" "$work/pkg-$name"
    [ "$(PKG_CONFIG_PATH=$pc pkg-config --modversion thumbjobs)" = "$(cached CMAKE_PROJECT_VERSION)" ] ||
        fail "pkg-config has another version"
    [ -x "$(PKG_CONFIG_PATH=$pc pkg-config --variable worker thumbjobs)" ] || fail "pkg-config's worker"
}

install_library() {
    quietly cmake --install "$1" --prefix "$2" --component thumbjobs_runtime
    quietly cmake --install "$1" --prefix "$2" --component thumbjobs_development
}

install_library "$build" "$work/shared"
with_package shared "$work/shared" shared
objdump -p "$work/pkg-shared" | grep 'NEEDED .*libthumbjobs\.so\.[0-9]*$' >/dev/null || fail "no SONAME"
if objdump -p "$work/pkg-shared" | grep -E 'NEEDED .*lib(vips|boost|hiredis|curl)'; then
    fail "a user of the shared library links what the library is made with"
fi

quietly cmake -S "$source" -B "$trees-static" "${same[@]}" -DBUILD_SHARED_LIBS=OFF \
    -DTHUMBJOBS_BUILD_SERVER=OFF -DTHUMBJOBS_BUILD_TESTS=OFF \
    -DTHUMBJOBS_BUILD_DESKTOP=OFF -DTHUMBJOBS_BUILD_PYTHON=OFF
quietly cmake --build "$trees-static"
install_library "$trees-static" "$work/static"
with_package static "$work/static" static
rm -rf "$trees-static"

# as_part WAY shared|static: a parent's own build, of the core alone.
as_part() {
    local way=$1 kind=$2 shared
    shared=$([ "$kind" = shared ] && echo ON || echo OFF)
    quietly cmake -S "$here/parent" -B "$trees-parent" "${same[@]}" "-DTHUMBJOBS_FOLDER=$source" \
        -DWAY="$way" -DTHUMBJOBS_SHARED="$shared" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
        -DTHUMBJOBS_WITH_REDIS=OFF -DTHUMBJOBS_WITH_S3=OFF \
        -DCMAKE_CXX_FLAGS=-D_FILE_OFFSET_BITS=64 # which hiredis asks for in the build folder
    grep -qi "type: $kind" "$work/log" || fail "the parent got no $kind library"
    quietly cmake --build "$trees-parent"
    try "$way-$kind" "$trees-parent/stranger"
    if find "$trees-parent" \( -type f -name stranger -o -name 'libthumbjobs.so' \) -exec objdump -p {} + |
        grep -E 'NEEDED .*(curl|hiredis|Qt)'; then
        fail "the core carries more than it should"
    fi
    if jq -r '.[] | select(.file | endswith("stranger/main.cpp")).command' \
        "$trees-parent/compile_commands.json" | grep -- '-W[a-z]'; then
        fail "the parent's sources are compiled with our warnings"
    fi
    quietly cmake --install "$trees-parent" --prefix "$work/parent-$kind"
    [ "$(cd "$work/parent-$kind" && find . -type f)" = ./bin/stranger ] ||
        fail "the parent installs more than its own: $(find "$work/parent-$kind" -type f)"
    rm -rf "$trees-parent"
}
as_part add_subdirectory shared
as_part FetchContent static

# What README.md says of it; above, the same was compiled.
block() { # block NAME: the fenced block after the line <!-- tested: NAME -->
    awk -v mark="<!-- tested: $1 -->" '
        $0 == mark { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$source/README.md"
}
for way in add_subdirectory FetchContent; do
    mkdir "$work/readme-$way"
    cp "$source/examples/cpp/submit_and_wait.cpp" "$work/readme-$way"
    ln -s "$source" "$work/readme-$way/thumbjobs"
    block "$way" >"$work/readme-$way/CMakeLists.txt"
    quietly cmake -S "$work/readme-$way" -B "$work/readme-$way/build" "${same[@]}"
    ninja -C "$work/readme-$way/build" -t inputs app >"$work/log"
    grep -q '/libthumbjobs\.so' "$work/log" || fail "README.md's $way does not link the library"
done
