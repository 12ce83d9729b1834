#!/bin/sh
# Installs the libraries that thumbd and its helper load, and nothing that only people read.
# usage: runtime-packages.sh
# Run by the Dockerfile, in its second stage, as root.
set -eu

. /etc/os-release
case $VERSION_CODENAME in
bookworm)
    packages="libqt6httpserver6 libqt6websockets6 libqt6network6 libqt6core6 libvips42
        libboost-json1.81.0 libprometheus-cpp-core1.0 libspdlog1.10 libsqlite3-0 libseccomp2
        libhiredis0.14 libcurl4 libhwy1 libssl3"
    ;;
trixie)
    packages="libqt6httpserver6 libqt6websockets6 libqt6network6 libqt6core6t64 libvips42t64
        libboost-json1.83.0 libprometheus-cpp-core1.3 libspdlog1.15 libsqlite3-0 libseccomp2
        libhiredis1.1.0 libcurl4t64 libhwy1t64 libssl3t64
        libheif-plugin-aomenc libheif-plugin-dav1d libheif-plugin-libde265"
    ;;
*)
    echo "runtime-packages.sh: $VERSION_CODENAME is not known; Debian 12 (bookworm) is" >&2
    exit 1
    ;;
esac

cat >/etc/dpkg/dpkg.cfg.d/no-documentation <<'CFG'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
CFG
apt-get update -q
# shellcheck disable=SC2086 # one word for each package
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    $packages fonts-dejavu-core ca-certificates
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt /var/cache/debconf/*-old
