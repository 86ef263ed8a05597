#!/bin/sh
# Makes bin/airial_VERSION_ARCH.deb from bin/airial and bin/airialctl, the same bytes for the same programs:
# build.sh VERSION.
set -eu
cd "$(dirname "$0")/../.."
version=$1
here=packaging/linux
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
tree=$root/debian/airial
mkdir -p "$tree/DEBIAN" "$tree/etc/airial"
put() { install -D -m "$1" "$2" "$tree/$3"; } # MODE FILE PLACE
put 755 bin/airial usr/bin/airial
put 755 bin/airialctl usr/bin/airialctl
put 644 $here/fr.alpi40.airial.desktop usr/share/applications/fr.alpi40.airial.desktop
put 644 $here/fr.alpi40.airial.xml usr/share/mime/packages/fr.alpi40.airial.xml
put 644 packaging/icon/airial.svg usr/share/icons/hicolor/scalable/apps/fr.alpi40.airial.svg
put 644 ui/theme/icons/airial.png usr/share/icons/hicolor/256x256/apps/fr.alpi40.airial.png
sed "s/@VERSION@/$version/;s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" $here/fr.alpi40.airial.metainfo.xml >"$root/metainfo.xml"
put 644 "$root/metainfo.xml" usr/share/metainfo/fr.alpi40.airial.metainfo.xml
{
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo "Upstream-Name: Airial"
    printf '\nFiles: *\nCopyright: ALPI\nLicense: EUPL-1.2\n'
    sed 's/^$/./;s/^/ /' LICENSE
} >"$root/copyright"
put 644 "$root/copyright" usr/share/doc/airial/copyright
printf 'airial (%s) stable; urgency=medium\n\n  * Voir https://www.alpi40.fr\n\n -- ALPI <airial@alpi40.invalid>  %s\n' "$version" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$root/changelog.gz"
put 644 "$root/changelog.gz" usr/share/doc/airial/changelog.gz
mkdir -p "$root/debian" && : >"$root/debian/control"
depends=$(cd "$root" && dpkg-shlibdeps -O --ignore-missing-info debian/airial/usr/bin/airial 2>/dev/null | sed 's/^shlibs:Depends=//')
# What the window system's library opens while it runs stands in no header: libx11 and those after it.
cat >"$tree/DEBIAN/control" <<CONTROL
Package: airial
Version: $version
Architecture: $arch
Maintainer: ALPI <airial@alpi40.invalid>
Installed-Size: $(du -sk "$tree" | cut -f1)
Depends: $depends, libgl1-mesa-dri, libx11-6, libxcursor1, libxi6, libxinerama1, libxrandr2, libxrender1, libxxf86vm1
Recommends: zenity, xdg-utils, gnome-keyring | kwalletmanager
Suggests: opensc, pcscd
Section: misc
Priority: optional
Homepage: https://www.alpi40.fr
Description: bureau de la mairie : parapheur, délibérations, état civil
 Airial réunit le parapheur électronique, les délibérations du conseil et les
 mentions de l'état civil, avec ou sans réseau, et les échange avec les serveurs
 de l'ALPI. Les réglages d'un parc se posent dans /etc/airial/airial.json.
CONTROL
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$tree" "bin/airial_${version}_$arch.deb" >/dev/null
ls -l "bin/airial_${version}_$arch.deb"
