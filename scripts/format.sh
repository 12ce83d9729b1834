#!/usr/bin/env bash
# Checks or mends the layout of the C++ files with clang-format 14.
# usage: scripts/format.sh --check | --fix
# Other versions of clang-format lay code out otherwise, so they are not used: where version 14
# is missing, this says so and succeeds.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
--check) how=(--dry-run --Werror) ;;
--fix) how=(-i) ;;
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
*) usage_error "--check or --fix is wanted" ;;
esac

formatter=
for candidate in clang-format-14 clang-format; do
    if command -v "$candidate" >/dev/null &&
        [[ $("$candidate" --version) =~ version\ 14\. ]]; then
        formatter=$candidate
        break
    fi
done
if [ -z "$formatter" ]; then
    say "skipped: clang-format 14 is not on this machine, and other versions differ"
    exit 0
fi

cd "$ROOT"
git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cpp' |
    xargs -0 --no-run-if-empty "$formatter" --style=file "${how[@]}"
