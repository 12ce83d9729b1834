#!/usr/bin/env bash
# Submits an image to thumbd, fetches its thumbnail and deletes the job.
# usage: [TOKEN=...] [TLS=NAME [TLS_CA=FILE]] submit.sh HOST PORT
#   TLS     speaks HTTPS, to a server of this name
#   TLS_CA  and checks its certificate by that authority's
# `helm test` runs it inside thumbd's image, which has no HTTP client: bash speaks to the port, and
# openssl to one behind TLS.
set -euo pipefail

host=$1
port=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Connects: answers are read from 3, requests written to 4.
connect() {
    local check=()
    if [ -z "${TLS:-}" ]; then
        exec 3<>"/dev/tcp/$host/$port" 4>&3
        return
    fi
    if [ -n "${TLS_CA:-}" ]; then
        check=(-CAfile "$TLS_CA" -verify_hostname "$TLS" -verify_return_error)
    fi
    coproc CHANNEL {
        exec openssl s_client -quiet -nocommands -connect "$host:$port" -servername "$TLS" \
            "${check[@]}" 2>"$work/tls"
    }
    exec 3<&"${CHANNEL[0]}" 4>&"${CHANNEL[1]}"
}

# request METHOD PATH [FILE]: the answer's status; its body is in $work/body.
request() {
    local method=$1 path=$2 file=${3:-/dev/null} line status length
    connect
    {
        printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n' "$method" "$path" "$host"
        if [ -n "${TOKEN:-}" ]; then printf 'Authorization: Bearer %s\r\n' "$TOKEN"; fi
        printf 'Content-Type: application/octet-stream\r\nPrefer: wait=30\r\n'
        printf 'Content-Length: %d\r\n\r\n' "$(wc -c <"$file")"
        cat "$file"
    } >&4
    read -r _ status _ <&3 || { cat "$work/tls" >&2 && exit 1; }
    length=
    while IFS= read -r line <&3 && line=${line%$'\r'} && [ -n "$line" ]; do
        case ${line,,} in content-length:*) length=${line#*: } ;; esac
    done
    if [ -n "$length" ]; then head -c "$length" <&3 >"$work/body"; else cat <&3 >"$work/body"; fi
    exec 3>&- 4>&-
    echo "$status"
}

expect() { # expect WANTED GOT WHAT
    if [ "$2" != "$1" ]; then
        echo "$3 answers $2 instead of $1:" >&2
        head -c 2000 "$work/body" >&2
        exit 1
    fi
}

# A PNG of 64 times 48 pixels in one colour.
base64 -d >"$work/image.png" <<'PNG'
iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetIAAAAQ0lEQVR42u3PQQkAAAgEsItiNKMa
zQp+hcEKLNXzWgQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQErhaLwADi1V4M/wAA
AABJRU5ErkJggg==
PNG

expect 200 "$(request POST '/v1/jobs?width=32&height=32' "$work/image.png")" "submitting"
grep -q '"status":"succeeded"' "$work/body" || { cat "$work/body" >&2 && exit 1; }
job=$(sed -E 's/^\{"id":"([^"]+)".*/\1/' "$work/body")
expect 200 "$(request GET "/v1/jobs/$job/thumbnail")" "the thumbnail"
size=$(wc -c <"$work/body")
expect 204 "$(request DELETE "/v1/jobs/$job")" "deleting"
echo "job $job succeeded; its thumbnail has $size bytes"
