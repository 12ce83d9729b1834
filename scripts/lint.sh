#!/usr/bin/env bash
# Runs shellcheck over every shell script of the project.
# usage: scripts/lint.sh
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
'') ;;
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
*) usage_error "unknown option '$1'" ;;
esac
command -v shellcheck >/dev/null || die "shellcheck is missing: apt-get install shellcheck"

cd "$ROOT"
scripts=(.ci/run)
while IFS= read -r -d '' file; do
    scripts+=("$file")
done < <(git ls-files -z --cached --others --exclude-standard -- '*.sh')
shellcheck --external-sources "${scripts[@]}"
say "shellcheck: ${#scripts[@]} scripts are clean"
