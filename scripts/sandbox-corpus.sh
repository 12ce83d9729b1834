#!/usr/bin/env bash
# Puts damaged variants of images through a sandboxed engine, and kills helpers at random under load:
# the long versions of tst_sandbox_corpus and tst_sandbox_load.
# usage: scripts/sandbox-corpus.sh [--dir FOLDER] [--variants N] [--seconds N]
#   --dir       images to damage (default: those that the test makes)
#   --variants  how many (4000)
#   --seconds   how long helpers are killed (60)
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

dir=
variants=4000
seconds=60
while [ $# -gt 0 ]; do
    case $1 in
    --help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
    --dir | --variants | --seconds)
        [ -n "${2:-}" ] || usage_error "$1 wants a value"
        case $1 in
        --dir) dir=$(realpath "$2") ;;
        --variants) variants=$2 ;;
        --seconds) seconds=$2 ;;
        esac
        shift
        ;;
    *) usage_error "unknown option '$1'" ;;
    esac
    shift
done

ensure_packages test
build dev tst_sandbox_corpus tst_sandbox_load
export THUMBJOBS_CORPUS_DIR=$dir THUMBJOBS_CORPUS_VARIANTS=$variants
export THUMBJOBS_STRESS_SECONDS=$seconds QTEST_FUNCTION_TIMEOUT=86400000
"$ROOT/build/dev/bin/tst_sandbox_corpus"
"$ROOT/build/dev/bin/tst_sandbox_load"
