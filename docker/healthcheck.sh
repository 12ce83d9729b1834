#!/bin/bash
# Exits with 0 if the thumbd of this container answers its health check (`/livez`), else with 1.
# usage: thumbd-healthcheck
# The image has no HTTP client; bash can speak to a port, and openssl to one behind TLS (whose
# certificate is for others to judge: this is thumbd's own container).
port=${THUMBD_LISTEN##*:}
request=$'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'
if [ -n "${THUMBD_TLS_CERT:-}" ]; then
    read -r -t 4 _ status _ < <(printf %s "$request" |
        timeout 4 openssl s_client -quiet -nocommands -connect "127.0.0.1:${port:-8080}" 2>/dev/null)
else
    exec 3<>"/dev/tcp/127.0.0.1/${port:-8080}" || exit 1
    printf %s "$request" >&3
    read -r -t 4 _ status _ <&3
fi
[ "$status" = 200 ]
