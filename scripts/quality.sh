#!/usr/bin/env bash
# Compares thumbnails of JPEG, PNG and WebP files, ours and libvips' own, with a reference in full precision.
# usage: scripts/quality.sh [--linear] [--sheet FILE.png] [FOLDER]
#   --linear all three resize in linear light, as renditions with linear_light are made
#   --sheet  also writes a contact sheet: reference, libvips, ours, side by side
#   FOLDER   real images (*.jpg, *.png, *.webp) to judge beside the synthetic ones
# Prints a table of SSIM (luma; higher is better) and colour difference (mean dE76; lower is better).
# Exits with 1 when one of ours is worse.
set -euo pipefail
arguments=()
while [ $# -gt 0 ]; do
    case $1 in
        --sheet) arguments+=(--sheet "$(realpath -m "$2")"); shift 2 ;;
        --linear) arguments+=(--linear); shift ;;
        --help) sed -n '2,8s/^# //p' "$0"; exit 0 ;;
        -*) echo "quality.sh: unknown option $1; see --help" >&2; exit 2 ;;
        *) arguments+=("$(realpath "$1")"); shift ;;
    esac
done

cd "$(dirname "$0")/.."
cmake --preset bench >/dev/null
cmake --build --preset bench --target quality
build/bench/bin/quality "${arguments[@]}"
