#!/bin/sh
# Installs what building, running and testing Airial needs on Debian 12, beyond
# Go itself (go.sh). Asks nothing; safe to run again.
#   install.sh         what running and testing need
#   install.sh cross   adds what the Windows programs and the MSI need
#   install.sh deb     adds what the Debian package and its trial need
#   install.sh wine    adds what trying the MSI needs
#   install.sh bench   adds what Airial is measured against; a program that cannot be had is only told of.
#                      LibreOffice, which is large, only with AIRIAL_BENCH_LIBREOFFICE=1
set -eu
export DEBIAN_FRONTEND=noninteractive
need="ca-certificates curl git make unzip gcc libc6-dev pkg-config libgl1-mesa-dev libgl1-mesa-dri xorg-dev libxkbcommon-dev
 softhsm2 dovecot-imapd isync postgresql chromium openssl xmlsec1 libxml2-utils libnss3-tools gnome-keyring poppler-utils qpdf ghostscript sqlite3 cabextract dbus-daemon xvfb xauth xdotool imagemagick"
case "${1:-}" in
    cross) need="$need gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 meson ninja-build python3-mako bison flex wixl msitools osslsigncode faketime jq" ;;
    wine) need="$need wine wine64 msitools osslsigncode" ;;
    deb) need="$need dpkg-dev desktop-file-utils debootstrap" ;;
esac
beside=""
if [ "${1:-}" = bench ]; then
    beside="age cadaver evince groff ghostscript isync offlineimap3 rclone rsync syncthing weasyprint"
    command -v node >/dev/null 2>&1 || beside="$beside nodejs npm"
    [ -z "${AIRIAL_BENCH_LIBREOFFICE:-}" ] || beside="$beside libreoffice-writer-nogui"
fi
missing=""
for p in $need; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
absent=""
for p in $beside; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || absent="$absent $p"
done
[ -z "$missing$absent" ] && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
echo "Installation :$missing$absent" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086
[ -z "$missing" ] || $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
for p in $absent; do
    $as_root apt-get install -y -qq --no-install-recommends "$p" >/dev/null || echo "Sans $p : il ne s’installe pas ici" >&2
done
