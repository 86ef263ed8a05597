#!/bin/sh
# Installs the package on a clean Debian, opens its window on a virtual screen and removes it: test.sh VERSION. The
# clean Debian is a chroot that debootstrap makes; AIRIAL_DEBIAN names another mirror.
set -eu
cd "$(dirname "$0")/../.."
deb=bin/airial_$1_$(dpkg --print-architecture).deb
desktop-file-validate packaging/linux/fr.alpi40.airial.desktop
root=$(mktemp -d)
cleanup() { umount "$root/proc" "$root/dev/shm" 2>/dev/null || true; rm -rf --one-file-system "$root"; }
trap cleanup EXIT
mirror=${AIRIAL_DEBIAN:-$(sed -n 's/^URIs: //p;s/^deb \(\[.*\] \)*\([^ ]*\).*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)}
debootstrap --variant=minbase bookworm "$root" "$mirror" >/dev/null
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm" && mount -t tmpfs tmpfs "$root/dev/shm"
cp /etc/resolv.conf "$root/etc/"
cp -r /etc/apt/. "$root/etc/apt/"
cp "$deb" "$root/tmp/airial.deb"
within() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 HOME=/root LIBGL_ALWAYS_SOFTWARE=1 "$@"; }
within apt-get update -qq
within apt-get install -y -qq --no-install-recommends /tmp/airial.deb xvfb xauth appstream imagemagick >/dev/null
within airialctl --version
within appstreamcli validate --no-net --pedantic /usr/share/metainfo/fr.alpi40.airial.metainfo.xml || [ $? = 3 ] # notes of style
within sh -c 'echo "{\"server\":\"https://alpi.exemple.fr\"}" >/etc/airial/airial.json && airialctl inventory --json | grep -q alpi.exemple.fr'
mkdir -p "$root/tmp/pages"
within xvfb-run -a -s '-screen 0 1366x768x24' airial --demo --screenshots /tmp/pages
for page in home parapheur council civilstatus settings; do test -s "$root/tmp/pages/$page.png"; done
within apt-get remove -y -qq airial >/dev/null
! within test -e /usr/bin/airial
within test -s /etc/airial/airial.json # the administrator's own
echo "Le paquet Debian s’installe, s’ouvre et s’en va."
