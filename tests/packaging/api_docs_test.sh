#!/usr/bin/env bash
# Writes the API's documentation, which fails at a warning, and looks up what has to be in it.
# usage: api_docs_test.sh SOURCE-FOLDER
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1/scripts/api-docs.sh" "$work" >/dev/null
pages=0
for header in "$1"/libthumbjobs/include/thumbjobs/*.h; do
    name=$(basename "$header" .h)
    [ -f "$work/html/${name//_/__}_8h.html" ] || { echo "$name.h has no page" >&2 && exit 1; }
    pages=$((pages + 1))
done
grep -q 'Submits images, runs jobs, answers questions' "$work/html/classthumbjobs_1_1Engine.html"
grep -q 'classthumbjobs_1_1Storage.html' "$work/html/index.html"

# A warning ends it: a name that leads nowhere, and names that are not documented.
mkdir -p "$work/faulty/libthumbjobs/include" "$work/faulty/docs/doxygen" "$work/faulty/scripts"
cp -r "$1/libthumbjobs/include/thumbjobs" "$work/faulty/libthumbjobs/include"
cp "$1"/docs/doxygen/* "$work/faulty/docs/doxygen"
cp "$1/scripts/lib.sh" "$1/scripts/api-docs.sh" "$work/faulty/scripts"
cp "$1/CMakeLists.txt" "$work/faulty"
cat >>"$work/faulty/libthumbjobs/include/thumbjobs/version.h" <<'END'
namespace thumbjobs {
/// See \ref no_such_thing.
struct Faulty {
    int bare_member;
};
void bare_function();
} // namespace thumbjobs
END
if "$work/faulty/scripts/api-docs.sh" "$work/faulty/out" >"$work/log" 2>&1; then
    echo "a warning passed" >&2
    exit 1
fi
for name in no_such_thing bare_member bare_function; do
    grep -q "$name" "$work/log" || { echo "$name passed" >&2 && exit 1; }
done
echo "$pages headers documented, no warning"
