#!/usr/bin/env bash
# Installs the library, builds examples/cpp against it as a stranger's project would, without a
# warning, and runs every example.
# usage: examples_test.sh SOURCE-FOLDER BUILD-FOLDER COMPILER [CCACHE]
set -euo pipefail

source=$1
build=$2
compiler=$3
ccache=${4:-}
work=$(mktemp -d)
daemon=
cleanup() {
    if [ -n "$daemon" ]; then kill -KILL "$daemon" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap cleanup EXIT
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$source} CCACHE_NOHASHDIR=1

fail() {
    echo "$*" >&2
    exit 1
}

cmake --install "$build" --prefix "$work/usr" --component thumbjobs_runtime >"$work/log"
cmake --install "$build" --prefix "$work/usr" --component thumbjobs_development >>"$work/log"
cmake -S "$source/examples/cpp" -B "$work/built" -G Ninja -DCMAKE_PREFIX_PATH="$work/usr" \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_COMPILER_LAUNCHER="$ccache" \
    -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror" >>"$work/log" ||
    { cat "$work/log" && exit 1; }
cmake --build "$work/built" --parallel 2 >>"$work/log" || { cat "$work/log" && exit 1; }

cd "$work"
for number in 1 2 3 4 5; do
    vips black photo$number.jpg 1600 1200 --bands 3
done
echo "not an image" >text.txt
ran=" "

# example NAME ARGUMENTS...: runs it, shows and answers what it says.
example() {
    ran+="$1 "
    echo "--- $*"
    timeout 120 "$work/built/$1" "${@:2}" | tee said || fail "$1 failed"
}

# begin NAME ARGUMENTS...: starts it, its output to be read from descriptor 3.
begin() {
    ran+="$1 "
    echo "--- $*"
    rm -f out && mkfifo out
    "$work/built/$1" "${@:2}" >out &
    daemon=$!
    exec 3<out
}

# heard PATTERN: reads on to a line that matches.
heard() {
    local line
    while IFS= read -r -t 120 line <&3; do
        echo "$line"
        if [[ $line =~ $1 ]]; then return 0; fi
    done
    fail "nothing matched $1"
}

# ended: sends SIGTERM, on which it has to exit with 0.
ended() {
    kill -TERM "$daemon"
    wait "$daemon" || fail "ended with $?"
    daemon=
}

size_of() { echo "$(vipsheader -f width "$1" 2>/dev/null)x$(vipsheader -f height "$1" 2>/dev/null)"; }
is() { [ "$1" = "$2" ] || fail "'$1', not '$2'"; }

# --- In fifteen lines
example submit_and_wait photo5.jpg thumbnail.jpg
is "$(size_of thumbnail.jpg)" 320x240
is "$(grep -cvE '^ *(//|$)' "$source/examples/cpp/submit_and_wait.cpp")" 15
if "$work/built/submit_and_wait" text.txt none.jpg 2>/dev/null; then
    fail "a text became a thumbnail"
fi

# --- The same, built as README.md says
block() { # block NAME: the fenced block after the line <!-- tested: NAME -->
    awk -v mark="<!-- tested: $1 -->" '
        $0 == mark { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$source/README.md"
}
mkdir readme
cp "$source/examples/cpp/submit_and_wait.cpp" readme
block find_package >readme/CMakeLists.txt
cmake -S readme -B readme/build -G Ninja -DCMAKE_PREFIX_PATH="$work/usr" \
    -DCMAKE_CXX_COMPILER="$compiler" >log || fail "$(cat log)"
cmake --build readme/build >log || fail "$(cat log)"
readme/build/app photo1.jpg found.jpg
is "$(size_of found.jpg)" 320x240
block pkg-config >readme/build.sh
pc=$(find "$work/usr" -name thumbjobs.pc)
(cd readme && PKG_CONFIG_PATH=${pc%/*} bash -eu build.sh)
LD_LIBRARY_PATH=${pc%/pkgconfig/*} readme/app photo1.jpg configured.jpg
is "$(size_of configured.jpg)" 320x240

# --- Formats and crops
mkdir made
example renditions photo1.jpg made
is "$(size_of made/avatar.webp)" 256x256
is "$(size_of made/banner.jpeg)" 640x160
is "$(size_of made/card.png)" 320x320
is "$(size_of made/preview.avif)" 1200x900

# --- In programs with threads and loops of their own
example own_thread_pool pool photo*.jpg
is "$(grep -c ' succeeded$' said)" 5
example qt_event_loop loop photo*.jpg
is "$(grep -c ' succeeded$' said)" 5
if "$work/built/qt_event_loop" loop photo1.jpg text.txt >said; then fail "a text passed"; fi
grep -q '^text.txt: ' said

# --- Backends of one's own
example custom_storage photo1.jpg
grep -qE '^succeeded, [0-9]+ bytes from the vault$' said
example custom_job_store photo1.jpg
grep -q '^the same job$' said
grep -q '^succeeded at attempt 1$' said
grep -q '^debug: Attempt 1 begun' said

# --- A graceful end: whatever was left by the first run, the second does
begin graceful_shutdown durable photo*.jpg
heard '^5 to do$'
ended
begin graceful_shutdown durable photo1.jpg
heard '^all done$'
ended
heard '^6 succeeded, 0 left'

# --- Two processes on one store
begin worker sqlite:shared.db file:shared
heard '^working$'
example producer sqlite:shared.db file:shared photo*.jpg
is "$(grep -c ': succeeded$' said)" 5
is "$(find . -maxdepth 1 -name '*.thumbnail' | wc -l)" 5
ended

# --- A folder, with a file that was there before and one that comes later; and a second run, which
# has nothing to do but the new one
mkdir in watched
cp photo1.jpg in/first.jpg
begin watch_folder in watched
heard '^first.jpg$'
cp photo2.jpg in/.second && mv in/.second in/second.jpg
heard '^second.jpg$'
ended
is "$(size_of watched/first.jpg)" 320x240
cp photo3.jpg in/third.jpg
begin watch_folder in watched
read -r -t 120 line <&3
is "$line" third.jpg
ended

for program in "$source"/examples/cpp/*.cpp; do
    name=$(basename "$program" .cpp)
    grep -q '^int main' "$program" || continue
    [[ $ran == *" $name "* ]] || fail "$name is not run"
    [[ $(head -n 1 "$program") == "// Shows "* ]] || fail "$name does not say what it shows"
done
echo "every example ran"
