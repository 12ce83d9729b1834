#!/usr/bin/env bash
# Brings the texts of the desktop app's source into its translations, or checks that they are there
# and translated.
# usage: scripts/desktop-translations.sh --update | --check
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mode=${1:-}
case $mode in
--update | --check) ;;
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
*) usage_error "--update or --check is wanted" ;;
esac

lupdate=
for candidate in /usr/lib/qt6/bin/lupdate lupdate6 lupdate; do
    if command -v "$candidate" >/dev/null; then
        lupdate=$candidate
        break
    fi
done
[ -n "$lupdate" ] || die "lupdate is missing: apt-get install qt6-l10n-tools"

source=$ROOT/apps/desktop
folder=$source/translations
if [ "$mode" = --check ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cp "$source"/translations/*.ts "$folder"
fi
common=("$source" -extensions "cpp,h" -locations none -no-obsolete -silent)
"$lupdate" "${common[@]}" -ts "$folder/thumbjobs-desktop_de.ts"
# English is the source; it needs its plural forms only.
"$lupdate" "${common[@]}" -pluralonly -ts "$folder/thumbjobs-desktop_en.ts"
if [ "$mode" = --update ]; then exit 0; fi

wrong=0
for file in "$folder"/*.ts; do
    name=$(basename "$file")
    if grep -n 'type="unfinished"' "$file" >&2; then
        note "$name: texts are not translated; scripts/desktop-translations.sh --update puts them in"
        wrong=1
    fi
    if grep -nE '<(translation|numerusform)>[[:space:]]*</' "$file" >&2; then
        note "$name: a translation is empty"
        wrong=1
    fi
    if ! diff -u "$source/translations/$name" "$file" >&2; then
        note "$name: the source has other texts; run scripts/desktop-translations.sh --update"
        wrong=1
    fi
done
[ "$wrong" -eq 0 ] || die "the translations are not complete"
say "$(grep -c '<message' "$folder/thumbjobs-desktop_de.ts") texts are translated"
