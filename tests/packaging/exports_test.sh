#!/usr/bin/env bash
# Holds what libthumbjobs.so exports to the reviewed list, libthumbjobs/exports.txt, its SONAME to the
# number of the binary interface, and what it names to what is no decoder; these have a file that
# exports its table alone.
# usage: exports_test.sh SOURCE-FOLDER LIBRARY DECODERS ABI-NUMBER
set -euo pipefail

list=$1/libthumbjobs/exports.txt
library=$2
decoders=$3
abi=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

soname=$(objdump --private-headers "$library" | awk '/SONAME/ { print $2 }')
[ "$soname" = "libthumbjobs.so.$abi" ] || { echo "the SONAME is $soname" >&2 && exit 1; }

if objdump --private-headers "$library" | grep -E 'NEEDED .*lib(vips|glib|jpeg|webp|isal)'; then
    echo "who decodes in the sandbox would have these in the own process" >&2
    exit 1
fi
[ "$(nm --dynamic --defined-only "$decoders" | awk '{ print $3 }')" = thumbjobs_decoders ] || {
    nm --dynamic --defined-only --demangle "$decoders" >&2
    exit 1
}

# All but the name of the version, which every symbol has to carry.
nm --dynamic --defined-only --with-symbol-versions "$library" |
    awk -v version="THUMBJOBS_$abi" '$2 != "A" && $3 !~ "@@" version "$" { print $3; bad = 1 } END { exit bad }' ||
    { echo "these symbols have no version THUMBJOBS_$abi" >&2 && exit 1; }
nm --dynamic --defined-only --demangle --without-symbol-versions "$library" |
    sed -E 's/^[0-9a-f]+ //' | awk '$1 != "A" { $1 = ""; print substr($0, 2) }' |
    LC_ALL=C sort -u >"$work/exports.txt"

if grep -vE '^((typeinfo|typeinfo name|vtable) for )?thumbjobs::' "$work/exports.txt"; then
    echo "these are exported and are not of the namespace thumbjobs" >&2
    exit 1
fi
diff -u "$list" "$work/exports.txt" || {
    echo "The exports have changed. Where an addition is meant, put it into $list;" >&2
    echo "docs/abi.md says what a removal or a change takes." >&2
    exit 1
}
echo "$(wc -l <"$work/exports.txt") symbols, as reviewed"
