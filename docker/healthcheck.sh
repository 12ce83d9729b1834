#!/bin/bash
# Exits with 0 if the thumbd of this container answers its health check (`/livez`), else with 1.
# usage: thumbd-healthcheck
# The image has no HTTP client; bash can speak to a port. Behind TLS the port only has to be open.
port=${THUMBD_LISTEN##*:}
exec 3<>"/dev/tcp/127.0.0.1/${port:-8080}" || exit 1
[ -z "${THUMBD_TLS_CERT:-}" ] || exit 0
printf 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
