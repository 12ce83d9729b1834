#!/usr/bin/env bash
# Holds README.md to its examples: the C++ one is examples/cpp/submit_and_wait.cpp, which another
# test runs; the curl one is run here, against a thumbd of its own.
# usage: readme_test.sh SOURCE-FOLDER THUMBD
set -euo pipefail

source=$1
thumbd=$2
work=$(mktemp -d)
daemon=
cleanup() {
    if [ -n "$daemon" ]; then
        kill -TERM "$daemon" 2>/dev/null || true
        wait "$daemon" || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT

# block NAME: the fenced block after the line <!-- tested: NAME -->
block() {
    awk -v mark="<!-- tested: $1 -->" '
        $0 == mark { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$source/README.md"
}

block cpp >"$work/main.cpp"
diff -u "$source/examples/cpp/submit_and_wait.cpp" "$work/main.cpp"

block curl >"$work/curl.sh"
[ -s "$work/curl.sh" ] || { echo "README.md has no curl example" >&2 && exit 1; }
mkfifo "$work/out"
"$thumbd" --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/out" 2>"$work/log" &
daemon=$!
exec 3<"$work/out"
read -r -t 30 _ _ url <&3
sed -i "s|http://127.0.0.1:8080|${url%/}|" "$work/curl.sh"
cd "$work"
vips black photo.jpg 1600 1200 --bands 3
bash -euo pipefail curl.sh | tee curl.out
grep -qx succeeded curl.out
size="$(vipsheader -f width thumbnail.jpg)x$(vipsheader -f height thumbnail.jpg)"
[ "$size" = 320x240 ] || { echo "the thumbnail is $size, not 320x240" >&2 && exit 1; }
