#!/usr/bin/env bash
# Holds the documentation to the repository: relative links lead to files, and every test that
# docs/guarantees.md names (`program::function`) exists.
# usage: references_test.sh SOURCE-FOLDER
set -euo pipefail

cd "$1"
wrong=0
complain() {
    echo "$*" >&2
    wrong=$((wrong + 1))
}

links=0
for page in *.md docs/*.md; do
    while IFS= read -r target; do
        links=$((links + 1))
        [ -e "$(dirname "$page")/${target%%#*}" ] || complain "$page links to $target, which is not there"
    done < <(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//' | grep -vE '^(https?:|#)' || true)
done

tests=0
while IFS= read -r name; do
    tests=$((tests + 1))
    program=${name%%::*}
    function=${name##*::}
    # A program is the file of that name; a suite is a class that several programs run.
    mapfile -t files < <(find tests -name "$program.cpp" -o -name "$program.mjs" -type f)
    if [ ${#files[@]} -eq 0 ]; then
        mapfile -t files < <(grep -rlE "^void $program::" tests --include='*.cpp' || true)
    fi
    if [ ${#files[@]} -eq 0 ]; then
        complain "docs/guarantees.md names $program, which is not there"
    elif ! grep -qE "\b$function\(\)" "${files[@]}"; then
        complain "docs/guarantees.md names $name, which is not there"
    fi
done < <(grep -oE '[A-Za-z_][A-Za-z_0-9]*::[a-z_0-9]+' docs/guarantees.md | sort -u)

if [ "$links" -lt 10 ] || [ "$tests" -lt 20 ]; then
    complain "only $links links and $tests tests were found: has the form changed?"
fi
echo "$links links and $tests tests looked up, $wrong wrong"
[ "$wrong" -eq 0 ]
