#!/bin/sh
# Installs what building and testing Airial needs on Debian 12. Safe to run again.
set -eu
export DEBIAN_FRONTEND=noninteractive
need="gcc pkg-config libgl1-mesa-dev xorg-dev libxkbcommon-dev softhsm2 openssl"
dpkg -s $need >/dev/null 2>&1 && exit 0
apt-get update -qq
apt-get install -y -qq $need
