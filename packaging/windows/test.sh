#!/bin/sh
# Tries bin/airial-VERSION.msi under Wine as an installer would: test.sh VERSION. Silent installation with properties, the
# window pictured (in bin/wine-*.png), upgrade that keeps the settings and the data, downgrade refused, repair, removal that
# leaves the people's data. What Wine cannot show is in TESTING.md.
set -eu
cd "$(dirname "$0")/../.."
version=$1
msi=$PWD/bin/airial-$version.msi
here=$PWD/packaging/windows
work=$(mktemp -d)
export WINEPREFIX="$work/wine" WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES=winemenubuilder.exe=d LIBGL_ALWAYS_SOFTWARE=1 DISPLAY= HOME="$work"
trap 'wineserver -k 2>/dev/null || true; rm -rf "$work"' EXIT
say() { echo "· $*"; }
fail() { echo "ÉCHEC : $*" >&2; exit 1; }
holds() { grep -qF -- "$1" || fail "$2"; }

say "Les tables du paquet"
msiinfo suminfo "$msi" | holds "Airial" "le résumé"
msiinfo export "$msi" Property | tr '\t' ' ' >"$work/property"
holds "ALPI_ENROL_CODE" "le code n’est pas caché des journaux" <"$work/property"
holds "ProductVersion $version" "la version" <"$work/property"
msiinfo export "$msi" Upgrade | holds "6F0B9D1E-5F0F-4F0E-9A57-0C1D6D2C9A40" "le code de mise à niveau"
msiextract -l "$msi" | holds "airialctl.exe" "les programmes"

say "Installation silencieuse, avec ses propriétés"
xvfb-run -a wineboot -i >/dev/null 2>&1
# What Wine lacks and every Windows has.
x86_64-w64-mingw32-gcc -shared -O2 -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" "$here/wine-shim.c" -ladvapi32
install() { xvfb-run -a wine msiexec "$@" /qn >/dev/null 2>&1; }
install /i "$(winepath -w "$msi")" ALPI_SERVER=https://alpi.exemple.fr:8443 ALPI_AUTHORITY=214000001 ALPI_ENROL_CODE=K7QF-22MX ALPI_PROXY=http://proxy.exemple.fr:3128 AUTOSTART=1 DESKTOP_SHORTCUT=1 || fail "installation ($?)"
programs="$WINEPREFIX/drive_c/Program Files/Airial"
test -s "$programs/airial.exe" || fail "airial.exe n’est pas là"
inventory() { xvfb-run -a wine "$programs/airialctl.exe" inventory --json 2>/dev/null | tr -d '\r'; }
inventory >"$work/inventory"
for value in '"server": "https://alpi.exemple.fr:8443"' '"authority": "214000001"' '"proxy": "http://proxy.exemple.fr:3128"' '"enrolCodeWaiting": true' "\"version\": \"$version\""; do
    holds "$value" "airialctl ne lit pas $value" <"$work/inventory"
done
reg() { xvfb-run -a wine reg query "$@" 2>/dev/null | tr -d '\r'; }
reg 'HKLM\Software\Microsoft\Windows\CurrentVersion\Run' /v Airial | holds "airial.exe" "l’ouverture de session"
reg 'HKLM\Software\Classes\airial\shell\open\command' | holds "airial.exe" "les liens airial:"
reg 'HKLM\Software\Classes\SystemFileAssociations\.pdf\shell\airial' | holds "Envoyer au parapheur" "« Envoyer au parapheur »"
reg 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\Airial' | holds "EventCreate" "le journal des événements"
# Wine puts them in the profile of who installs, and its desktop is the home folder.
test "$(find "$work" -name Airial.lnk | wc -l)" = 2 || fail "pas d’entrée de menu, ou pas de raccourci sur le bureau"

say "La fenêtre, sur la commune de démonstration"
cat >"$work/window.sh" <<'WINDOW'
wine "$1/airial.exe" --demo >"$2/window.log" 2>&1 &
for try in $(seq 60); do
    sleep 5
    grep -q imaginaire "$2/window.log" && break # the desk is there
done
sleep 20
import -window root "$2/window.png"
wine taskkill /f /im airial.exe >/dev/null 2>&1
wait
grep -q imaginaire "$2/window.log" && [ "$(identify -format %k "$2/window.png")" -gt 300 ]
WINDOW
xvfb-run -a -s '-screen 0 1366x768x24' sh "$work/window.sh" "$programs" "$work" || { cat "$work/window.log" >&2; fail "la fenêtre ne se dessine pas"; }
cp "$work/window.png" bin/wine-window.png

say "Mise à niveau : les réglages et les données restent"
data="$WINEPREFIX/drive_c/users/$(id -un)/AppData/Roaming/airial"
mkdir -p "$data" && echo "les données de quelqu’un" >"$data/temoin"
next=$(echo "$version" | awk -F. '{ print $1 "." $2 "." $3 + 1 }')
"$here/msi.sh" "$next" bin/windows "$work/next.msi"
install /i "$(winepath -w "$work/next.msi")" || fail "mise à niveau ($?)"
inventory >"$work/inventory"
holds '"server": "https://alpi.exemple.fr:8443"' "la mise à niveau a perdu le serveur" <"$work/inventory"
holds '"enrolCodeWaiting": true' "la mise à niveau a perdu le code" <"$work/inventory"
reg 'HKLM\Software\Microsoft\Windows\CurrentVersion\Run' /v Airial | holds "airial.exe" "la mise à niveau a perdu l’ouverture de session"
test -s "$data/temoin" || fail "la mise à niveau a touché les données"

say "Retour en arrière refusé"
install /i "$(winepath -w "$msi")" && fail "une version plus ancienne s’est installée"

say "Réparation"
product=$(msiinfo export "$work/next.msi" Property | sed -n 's/^ProductCode\t\([^\r]*\).*/\1/p')
rm "$programs/airialctl.exe"
install /i "$product" REINSTALL=ALL REINSTALLMODE=amus || fail "réparation ($?)" # what /fa stands for, which Wine lacks
test -s "$programs/airialctl.exe" || fail "la réparation ne remet pas les programmes"

say "Retrait : les données restent"
install /x "$product" || fail "retrait ($?)"
test ! -e "$programs/airial.exe" || fail "le retrait laisse les programmes"
test -z "$(reg 'HKLM\Software\ALPI\Airial' | grep Server || true)" || fail "le retrait laisse les réglages"
test -s "$data/temoin" || fail "le retrait a emporté les données"
echo "Le paquet s’installe, s’ouvre, se met à niveau, se répare et s’en va."
