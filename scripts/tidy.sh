#!/usr/bin/env bash
# Runs clang-tidy, with the checks of .clang-tidy, over the sources of the dev preset.
# usage: scripts/tidy.sh [REGEX]
#   REGEX  only files whose paths match, for example apps/server
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
-*) usage_error "unknown option '$1'" ;;
esac
for tool in clang-tidy jq; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install $tool"
done

# Built, not only configured: generated headers have to be there.
build dev
cd "$ROOT"
jq -r '.[].file' build/dev/compile_commands.json | sort -u |
    grep -v "^$ROOT/build/" | grep -E "${1:-.}" |
    xargs -d '\n' --no-run-if-empty -n 4 -P "$(nproc)" clang-tidy -p build/dev --quiet
