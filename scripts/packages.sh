#!/usr/bin/env bash
# Prints the Debian packages that thumbjobs needs, one a line (Debian 12 and 13, Ubuntu 24.04).
# usage: scripts/packages.sh build|smoke|test|lint|compare
#   build    to build and run thumbd and the desktop app
#   smoke    build, and what the smoke test uses
#   test     smoke, and what ./test.sh uses
#   compare  build, and what scripts/compare.sh measures beside thumbd
#   lint     what scripts/format.sh, scripts/tidy.sh and .ci/run check with
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
build | smoke | test | lint | compare) ;;
--help) show_help "${BASH_SOURCE[0]}" && exit 0 ;;
*) usage_error "one of build, smoke, test, lint or compare is wanted, not '${1:-}'" ;;
esac

build=(
    build-essential ccache cmake ninja-build pkg-config
    qt6-base-dev qt6-httpserver-dev qt6-websockets-dev qt6-image-formats-plugins
    libvips-dev libjpeg-dev libwebp-dev libisal-dev libseccomp-dev libfontconfig-dev fonts-dejavu-core
    libsqlite3-dev libhiredis-dev libcurl4-openssl-dev libpugixml-dev libspdlog-dev libssl-dev
    zlib1g-dev prometheus-cpp-dev python3-dev pybind11-dev
    nodejs npm ca-certificates
    qt6-tools-dev qt6-l10n-tools qt6-translations-l10n qtkeychain-qt6-dev libqt6svg6
)
smoke=(curl jq libvips-tools)
tests=(clang libclang-rt-dev chromium python3 prometheus prometheus-redis-exporter openssl
    dbus-daemon gnome-keyring python3-pytest mypy python3-flask
    xvfb desktop-file-utils appstream)
compare=(redis-server python3-fastapi python3-uvicorn python3-uvloop python3-httptools python3-redis
    python3-pil)
tests+=("${compare[@]}")
# To look at the Debian packages, and to write the API's documentation.
tests+=(systemd lintian doxygen)
lint=(clang-format clang-tidy git shellcheck)

if [ "$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")" = bookworm ]; then
    # Debian 12 has Boost.JSON in 1.81 only, beside a default of 1.74 that apt removes for it.
    build+=(libboost-json1.81-dev)
else
    # From libheif 1.16 on, the AVIF and HEIC codecs are packages of their own; so are, later than
    # in Debian 12, Qt's SVG plugins.
    build+=(libboost-json-dev qt6-svg-plugins
        libheif-plugin-aomenc libheif-plugin-dav1d libheif-plugin-libde265)
    # For `pip install ./bindings/python`; Debian 12 has no scikit-build-core.
    tests+=(python3-scikit-build-core python3-pip python3-venv)
fi

case $1 in
build) printf '%s\n' "${build[@]}" ;;
smoke) printf '%s\n' "${build[@]}" "${smoke[@]}" ;;
test) printf '%s\n' "${build[@]}" "${smoke[@]}" "${tests[@]}" ;;
compare) printf '%s\n' "${build[@]}" "${compare[@]}" ;;
lint) printf '%s\n' "${lint[@]}" ;;
esac
