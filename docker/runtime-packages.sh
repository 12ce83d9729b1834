#!/bin/sh
# Installs what thumbd and its helper load, and nothing that only people read.
# usage: runtime-packages.sh FILE
# FILE names packages, one a line. Run by the Dockerfile, in its second stage, as root.
set -eu

packages=$(cat "$1")
# Codecs that libheif loads at run time, where they are packages of their own.
. /etc/os-release
if [ "$VERSION_CODENAME" != bookworm ]; then
    packages="$packages libheif-plugin-aomenc libheif-plugin-dav1d libheif-plugin-libde265"
fi

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
