#!/bin/sh
# Makes alpi-server_VERSION_ARCH.deb from bin/alpi-server: build.sh VERSION [FOLDER], bin when none is named.
set -eu
cd "$(dirname "$0")/../.."
package=alpi-server version=$1 to=${2:-bin}
. packaging/dev/deb.sh
here=packaging/server
put 755 bin/alpi-server usr/bin/alpi-server
put 644 $here/alpi-server.service usr/lib/systemd/system/alpi-server.service
put 644 $here/RUNBOOK.md usr/share/doc/alpi-server/RUNBOOK.md
for example in settings.example.json compose.yaml haproxy.cfg; do put 644 $here/$example usr/share/doc/alpi-server/examples/$example; done
put 644 LICENSE usr/share/doc/alpi-server/copyright
changelog
install -d -m 700 "$tree/etc/alpi-server"
{
    head_fields
    cat <<CONTROL
Recommends: systemd, ca-certificates
Suggests: postgresql, haproxy
Section: net
Description: serveur d'Airial, le bureau de la mairie
 Le serveur que les ordinateurs d'Airial joignent quand une ligne est là : un
 programme et un dossier. Le mode d'emploi de l'exploitant est dans
 /usr/share/doc/alpi-server/RUNBOOK.md.
CONTROL
} >"$tree/DEBIAN/control"
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
pack
