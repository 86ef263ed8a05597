#!/bin/sh
# Builds the packages a second time and finds the same bytes, installs them on a clean Debian, opens the program's window on a
# virtual screen, has two people of one computer join a server, and removes both: test.sh VERSION. The clean Debian is a chroot
# that debootstrap makes; AIRIAL_DEBIAN names another mirror. bin/again holds the programs of a second build.
set -eu
cd "$(dirname "$0")/../.."
arch=$(dpkg --print-architecture)
root=$(mktemp -d)
chmod 755 "$root" # as a disk is: people of the clean Debian walk in it
cleanup() {
    umount "$root/proc" "$root/dev/shm" "$root/home/plein/.config" 2>/dev/null || true
    rm -rf --one-file-system "$root" bin/again
}
trap cleanup EXIT

for program in airial airialctl alpi-server; do cmp "bin/$program" "bin/again/$program"; done
(umask 077 && TZ=Pacific/Auckland LC_ALL=fr_FR.UTF-8 packaging/linux/build.sh "$1" bin/again && packaging/server/build.sh "$1" bin/again) >/dev/null
for package in airial alpi-server; do cmp "bin/${package}_$1_$arch.deb" "bin/again/${package}_$1_$arch.deb"; done
echo "Une seconde construction donne les mêmes octets."

desktop-file-validate packaging/linux/fr.alpi40.airial.desktop
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
within sh -c 'echo "{\"updateRing\":\"aucune\"}" >/etc/airial/policy.json && airialctl inventory --json | grep -q aucune'
mkdir -p "$root/tmp/pages"
within xvfb-run -a -s '-screen 0 1366x768x24' airial --demo --screenshots /tmp/pages
# No font is installed there: what is drawn is drawn with the program's own.
for page in home parapheur council civilstatus settings; do test -s "$root/tmp/pages/$page.png"; done
cp "$root/tmp/pages/home.png" bin/deb-window.png

# The server: its unit is one that systemd takes, it answers, and what it keeps stays when it goes.
within apt-get install -y -qq --no-install-recommends /tmp/alpi-server.deb systemd curl >/dev/null
within alpi-server --version
within systemd-analyze verify /usr/lib/systemd/system/alpi-server.service
alpi() { within alpi-server --dir /var/lib/alpi-server "$@"; }
alpi init "Serveur d’essai" localhost 127.0.0.1 >/dev/null # a clean Debian knows no name
alpi authority add 214000001 "Commune d’essai" >/dev/null
# Two people of one computer, without a keyring: each has data of her own, which the other does not read.
cp "$root/var/lib/alpi-server/tls.crt" "$root/tmp/"
for person in secretaire maire plein; do
    within useradd -m "$person"
    alpi device code 214000001 | grep -o '[0-9A-Z]\{4\}-[0-9A-Z-]*' | head -1 >"$root/home/$person/code"
    echo "une longue phrase de passe d’essai" >"$root/home/$person/phrase"
    cat >"$root/home/$person/enrol" <<'SCRIPT'
AIRIAL_PASSPHRASE_FILE=$HOME/phrase airialctl enrol --server https://127.0.0.1:18443 --certificate /tmp/tls.crt --code-file "$HOME/code" --name "Poste de $USER"
SCRIPT
    within chown -R "$person" "/home/$person"
done
chmod 644 "$root/tmp/tls.crt" # what everybody may know
within sh -c 'alpi-server --dir /var/lib/alpi-server serve 127.0.0.1:18443 2>/tmp/server.log & served=$!
for try in $(seq 50); do
    answer=$(curl -sk https://127.0.0.1:18443/readyz) && break
    sleep 0.2
done
[ "$answer" = ok ] && su - secretaire -c "sh ~/enrol" && su - maire -c "sh ~/enrol" || { cat /tmp/server.log >&2; kill $served; exit 1; }
# A third has a disk that is full: she is told so, and nothing of hers is half made.
mkdir -p /home/plein/.config
mount -t tmpfs -o size=16k,mode=777 tmpfs /home/plein/.config
su - plein -c "sh ~/enrol" >/tmp/plein 2>&1 && full= || full=1
kill $served; wait $served || true
grep -q "disque de cet ordinateur est plein" /tmp/plein && [ "$full" ] || { cat /tmp/plein >&2; exit 1; }'
umount "$root/home/plein/.config"
for person in secretaire maire; do within su - "$person" -c 'AIRIAL_PASSPHRASE_FILE=$HOME/phrase airialctl doctor --json' | grep -q '"sound": true'; done
if within su - maire -c "ls /home/secretaire/.config/airial/halls" 2>/dev/null; then exit 1; fi
[ "$(within airialctl inventory --everybody --json | grep -c '"214000001"')" = 2 ]
echo "Deux personnes d’un ordinateur ont chacune leurs données."

within apt-get remove -y -qq airial >/dev/null
within test ! -e /usr/bin/airial
within test -s /etc/airial/airial.json # the administrator's own
within test -s /home/maire/.config/airial/halls/214000001/airial.db
within apt-get install -y -qq --no-install-recommends /tmp/airial.deb >/dev/null
within airialctl erase --everybody --sure
within test ! -e /home/maire/.config/airial
within test ! -e /home/secretaire/.config/airial
within apt-get purge -y -qq airial >/dev/null
echo "Le paquet Debian s’installe, s’ouvre et s’en va ; les données restent, sauf si on les efface."

within apt-get install -y -qq --reinstall /tmp/alpi-server.deb >/dev/null
within apt-get purge -y -qq alpi-server >/dev/null
within test ! -e /usr/bin/alpi-server
within test ! -e /etc/alpi-server
within test -s /var/lib/alpi-server/server.json # no removal takes the keys and the data
echo "Le paquet du serveur s’installe, répond et s’en va ; ses données restent."
