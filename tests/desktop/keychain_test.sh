#!/usr/bin/env bash
# Runs a test of the desktop app beside an open keychain that nobody else uses.
# usage: keychain_test.sh TEST [ARGUMENTS...]
set -euo pipefail

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home XDG_RUNTIME_DIR=$home THUMBJOBS_TEST_KEYCHAIN=1
# The daemon ends with its bus.
# shellcheck disable=SC2016
dbus-run-session -- bash -c '
    printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
    "$@"' keychain "$@"
