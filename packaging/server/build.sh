#!/bin/sh
# Makes bin/alpi-server_VERSION_ARCH.deb from bin/alpi-server, the same bytes for the same program: build.sh VERSION.
set -eu
cd "$(dirname "$0")/../.."
version=$1
here=packaging/server
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
mkdir -p "$tree/DEBIAN"
put() { install -D -m "$1" "$2" "$tree/$3"; } # MODE FILE PLACE
put 755 bin/alpi-server usr/bin/alpi-server
put 644 $here/alpi-server.service usr/lib/systemd/system/alpi-server.service
put 644 $here/RUNBOOK.md usr/share/doc/alpi-server/RUNBOOK.md
for example in settings.example.json compose.yaml haproxy.cfg; do put 644 $here/$example usr/share/doc/alpi-server/examples/$example; done
put 644 LICENSE usr/share/doc/alpi-server/copyright
printf 'alpi-server (%s) stable; urgency=medium\n\n  * Voir https://www.alpi40.fr\n\n -- ALPI <airial@alpi40.invalid>  %s\n' "$version" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$tree/changelog.gz"
put 644 "$tree/changelog.gz" usr/share/doc/alpi-server/changelog.gz
rm "$tree/changelog.gz"
install -d -m 700 "$tree/etc/alpi-server"
cat >"$tree/DEBIAN/control" <<CONTROL
Package: alpi-server
Version: $version
Architecture: $arch
Maintainer: ALPI <airial@alpi40.invalid>
Installed-Size: $(du -sk "$tree" | cut -f1)
Recommends: systemd, ca-certificates
Suggests: postgresql, haproxy
Section: net
Priority: optional
Homepage: https://www.alpi40.fr
Description: serveur d'Airial, le bureau de la mairie
 Le serveur que les ordinateurs d'Airial joignent quand une ligne est là : un
 programme et un dossier. Le mode d'emploi de l'exploitant est dans
 /usr/share/doc/alpi-server/RUNBOOK.md.
CONTROL
# Keys are made by a person, once (RUNBOOK): the service is never started by the installation. An upgrade starts it again where
# it ran.
cat >"$tree/DEBIAN/postinst" <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    [ -z "$2" ] || systemctl try-restart alpi-server.service
fi
SCRIPT
cat >"$tree/DEBIAN/prerm" <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now alpi-server.service
fi
SCRIPT
# The server's folder holds its keys and what authorities entrusted to it: no removal takes it, not even a purge.
cat >"$tree/DEBIAN/postrm" <<'SCRIPT'
#!/bin/sh
set -e
[ ! -d /run/systemd/system ] || systemctl daemon-reload
if [ "$1" = purge ]; then
    rm -rf /etc/alpi-server
    [ ! -d /var/lib/alpi-server ] || echo "Les données restent dans /var/lib/alpi-server."
fi
SCRIPT
chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/prerm" "$tree/DEBIAN/postrm"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$tree" "bin/alpi-server_${version}_$arch.deb" >/dev/null
ls -l "bin/alpi-server_${version}_$arch.deb"
