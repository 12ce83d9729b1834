#!/usr/bin/env bash
# Runs a test of the desktop app beside an open keychain that nobody else uses.
# usage: keychain_test.sh TEST [ARGUMENTS...]
#
# Exits with 77, which ctest counts as skipped, where there is no bus or no keyring to start.
set -euo pipefail

for program in dbus-run-session gnome-keyring-daemon; do
    if ! command -v "$program" >/dev/null; then
        echo "SKIP   : $program is missing (apt-get install dbus-daemon gnome-keyring)"
        exit 77
    fi
done

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home XDG_RUNTIME_DIR=$home THUMBJOBS_TEST_KEYCHAIN=1
# The daemon ends with its bus.
# shellcheck disable=SC2016
dbus-run-session -- bash -c '
    printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
    "$@"' keychain "$@"
