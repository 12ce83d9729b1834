#!/usr/bin/env bash
# Holds the files by which a desktop knows the app to their formats and to each other, and the
# program to its command line.
# usage: desktop_files_test.sh SOURCE-FOLDER PROGRAM
set -euo pipefail

resources=$1/apps/desktop/resources
program=$2
wrong=0
complain() {
    echo "$*" >&2
    wrong=$((wrong + 1))
}

desktop-file-validate "$resources/thumbjobs-desktop.desktop" || complain "the .desktop file is wrong"
# AppStream 1.0 and newer warn where no homepage is named; this project has none.
report=$(appstreamcli validate --no-net --pedantic --no-color \
    "$resources/io.github.thumbjobs.desktop.metainfo.xml" 2>&1) || true
[ -n "$report" ] || complain "appstreamcli said nothing of the metainfo"
if grep -E '^[EW]: ' <<<"$report" | grep -v ': url-homepage-missing$'; then
    complain "the metainfo is wrong"
fi

# Both name the same types of images, but for folders, which are none.
types=$(grep '^MimeType=' "$resources/thumbjobs-desktop.desktop" | cut -d= -f2 | tr ';' '\n' |
    grep -v '^inode/' | sed '/^$/d' | sort)
told=$(sed -n 's/.*<mediatype>\(.*\)<\/mediatype>.*/\1/p' "$resources"/*.metainfo.xml | sort)
[ "$types" = "$told" ] || complain "the types differ: $types / $told"

version=$(sed -n 's/^    VERSION \([0-9.]*\)$/\1/p' "$1/CMakeLists.txt")
grep -q "<release version=\"$version\"" "$resources"/*.metainfo.xml ||
    complain "the metainfo does not know version $version"

# Without a display, too.
unset DISPLAY WAYLAND_DISPLAY QT_QPA_PLATFORM
[ "$("$program" --version)" = "thumbjobs-desktop $version" ] || complain "--version prints another"
"$program" --help | grep -q -- '--server' || complain "--help says nothing of --server"
if "$program" --help --nonsense >/dev/null 2>&1; then complain "--nonsense is taken"; fi
LC_ALL=C.UTF-8 LANGUAGE=de "$program" --help >/dev/null || complain "--help fails in German"

[ "$wrong" -eq 0 ]
