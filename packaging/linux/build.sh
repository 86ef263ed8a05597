#!/bin/sh
# Makes airial_VERSION_ARCH.deb from bin/airial and bin/airialctl: build.sh VERSION [FOLDER], bin when none is named.
set -eu
cd "$(dirname "$0")/../.."
package=airial version=$1 to=${2:-bin}
. packaging/dev/deb.sh
here=packaging/linux
mkdir -p "$tree/etc/airial"
put 755 bin/airial usr/bin/airial
put 755 bin/airialctl usr/bin/airialctl
put 644 $here/fr.alpi40.airial.desktop usr/share/applications/fr.alpi40.airial.desktop
put 644 $here/fr.alpi40.airial.xml usr/share/mime/packages/fr.alpi40.airial.xml
put 644 packaging/icon/airial.svg usr/share/icons/hicolor/scalable/apps/fr.alpi40.airial.svg
put 644 ui/theme/icons/airial.png usr/share/icons/hicolor/256x256/apps/fr.alpi40.airial.png
sed "s/@VERSION@/$version/;s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" $here/fr.alpi40.airial.metainfo.xml >"$work/metainfo.xml"
put 644 "$work/metainfo.xml" usr/share/metainfo/fr.alpi40.airial.metainfo.xml
{
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo "Upstream-Name: Airial"
    printf '\nFiles: *\nCopyright: ALPI\nLicense: EUPL-1.2\n'
    sed 's/^$/./;s/^/ /' LICENSE
} >"$work/copyright"
put 644 "$work/copyright" usr/share/doc/airial/copyright
changelog
: >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info debian/airial/usr/bin/airial 2>/dev/null | sed 's/^shlibs:Depends=//')
# What the window system's library opens while it runs stands in no header: libx11 and those after it.
{
    head_fields
    cat <<CONTROL
Depends: $depends, libgl1-mesa-dri, libx11-6, libxcursor1, libxi6, libxinerama1, libxrandr2, libxrender1, libxxf86vm1
Recommends: zenity, xdg-utils, gnome-keyring | kwalletmanager
Suggests: opensc, pcscd
Section: misc
Description: bureau de la mairie : parapheur, délibérations, état civil
 Airial réunit le parapheur électronique, les délibérations du conseil et les
 mentions de l'état civil, avec ou sans réseau, et les échange avec les serveurs
 de l'ALPI. Les réglages d'un parc se posent dans /etc/airial/airial.json.
CONTROL
} >"$tree/DEBIAN/control"
pack
