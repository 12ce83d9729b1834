#!/usr/bin/env bash
# Compiles what depends on the processor for another one: the sandbox, its helper and the image
# paths. Nothing is linked or run; it shows that system calls, flags and intrinsics are right there.
# usage: scripts/cross-check.sh [TRIPLET]
#   TRIPLET  of a cross-compiler (aarch64-linux-gnu, of the package g++-aarch64-linux-gnu)
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
-*) usage_error "unknown option '$1'" ;;
esac
triplet=${1:-aarch64-linux-gnu}
compiler=$triplet-g++
command -v "$compiler" >/dev/null || die "$compiler is missing: apt-get install g++-$triplet"

# The other processor's C library comes with its compiler. Headers of other libraries are the same
# on all 64-bit ones, and are borrowed from this machine, one by one: /usr/include has this
# machine's C library as well.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/include"
for name in boost vips fontconfig isa-l webp seccomp.h seccomp-syscalls.h jpeglib.h jerror.h jmorecfg.h; do
    ln -s "/usr/include/$name" "$work/include/"
done
for name in jconfig.h openssl; do
    file=$(find /usr/include/*-linux-gnu -maxdepth 1 -name "$name" | head -n 1)
    if [ -n "$file" ]; then ln -s "$file" "$work/include/"; fi
done
read -ra glib < <(pkg-config --cflags glib-2.0 gmodule-2.0)

compile() {
    "$compiler" -std=c++20 -O1 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
        -Ilibthumbjobs/include -Ilibthumbjobs -isystem "$work/include" "${glib[@]/#-I/-isystem}" "$1"
}

cd "$ROOT"
count=0
for file in libthumbjobs/{worker,backends/{common,fast,jpeg,png,sandbox,vips,webp}}/*.cpp; do
    compile "$file" || die "$file does not compile for $triplet"
    count=$((count + 1))
done
say "$count files compile for $triplet"
