#!/bin/sh
# Installs the packages on a clean Debian, opens the program's window on a virtual screen, has the server answer, and removes
# both: test.sh VERSION. The clean Debian is a chroot that debootstrap makes; AIRIAL_DEBIAN names another mirror.
set -eu
cd "$(dirname "$0")/../.."
arch=$(dpkg --print-architecture)
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
cp "bin/airial_$1_$arch.deb" "$root/tmp/airial.deb"
cp "bin/alpi-server_$1_$arch.deb" "$root/tmp/alpi-server.deb"
within() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 HOME=/root LIBGL_ALWAYS_SOFTWARE=1 "$@"; }
within apt-get update -qq
within apt-get install -y -qq --no-install-recommends /tmp/airial.deb xvfb xauth appstream imagemagick >/dev/null
within airialctl --version
within appstreamcli validate --no-net --pedantic /usr/share/metainfo/fr.alpi40.airial.metainfo.xml || [ $? = 3 ] # notes of style
within sh -c 'echo "{\"server\":\"https://alpi.exemple.fr\"}" >/etc/airial/airial.json && airialctl inventory --json | grep -q alpi.exemple.fr'
mkdir -p "$root/tmp/pages"
within xvfb-run -a -s '-screen 0 1366x768x24' airial --demo --screenshots /tmp/pages
# No font is installed there: what is drawn is drawn with the program's own.
for page in home parapheur council civilstatus settings; do test -s "$root/tmp/pages/$page.png"; done
cp "$root/tmp/pages/home.png" bin/deb-window.png
within apt-get remove -y -qq airial >/dev/null
! within test -e /usr/bin/airial
within test -s /etc/airial/airial.json # the administrator's own
echo "Le paquet Debian s’installe, s’ouvre et s’en va."

# The server: its unit is one that systemd takes, it answers, and what it keeps stays when it goes.
within apt-get install -y -qq --no-install-recommends /tmp/alpi-server.deb systemd curl >/dev/null
within alpi-server --version
within systemd-analyze verify /usr/lib/systemd/system/alpi-server.service
within alpi-server --dir /var/lib/alpi-server init "Serveur d’essai" localhost >/dev/null
within sh -c 'alpi-server --dir /var/lib/alpi-server serve 127.0.0.1:18443 2>/tmp/server.log & served=$!
for try in $(seq 50); do
    answer=$(curl -sk https://127.0.0.1:18443/readyz) && break
    sleep 0.2
done
kill $served; wait $served || true
[ "$answer" = ok ] || { cat /tmp/server.log >&2; exit 1; }'
within apt-get install -y -qq --reinstall /tmp/alpi-server.deb >/dev/null
within apt-get purge -y -qq alpi-server >/dev/null
! within test -e /usr/bin/alpi-server
! within test -e /etc/alpi-server
within test -s /var/lib/alpi-server/server.json # no removal takes the keys and the data
echo "Le paquet du serveur s’installe, répond et s’en va ; ses données restent."
