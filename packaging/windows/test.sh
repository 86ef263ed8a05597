#!/bin/sh
# Tries bin/airial-VERSION.msi under Wine as an installer would: test.sh VERSION TAGS LDFLAGS. Its tables, its signature with a key
# of the trial, the same bytes from a second build; silent installation with properties, the window pictured (in bin/wine-window.png),
# a computer joined to a server, upgrade that keeps the settings and the data, downgrade refused, repair, removal that leaves the
# people's data, and the one that is asked to take them. What Wine cannot show is in TESTING.md.
set -eu
cd "$(dirname "$0")/../.."
# Everything goes on one virtual screen.
[ -n "${AIRIAL_ON_SCREEN:-}" ] || AIRIAL_ON_SCREEN=1 exec xvfb-run -a -s '-screen 0 1366x768x24' "$0" "$@"
version=$1 tags=$2 ldflags=$3
msi=$PWD/bin/airial-$version.msi
here=$PWD/packaging/windows
work=$(mktemp -d)
go=$(go env GOCACHE) modules=$(go env GOMODCACHE)
served=""
cleanup() {
    wineserver -k 2>/dev/null || true
    [ -z "$served" ] || kill "$served" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
say() { echo "· $*"; }
fail() { echo "ÉCHEC : $*" >&2; exit 1; }
holds() { grep -qF -- "$1" || fail "$2"; }

say "Les tables du paquet"
msiinfo suminfo "$msi" | holds "Airial" "le résumé"
msiinfo export "$msi" Property | tr '\t' ' ' >"$work/property"
holds "ALPI_ENROL_CODE" "le code n’est pas caché des journaux" <"$work/property"
holds "ProductVersion $version" "la version" <"$work/property"
msiinfo export "$msi" Upgrade | holds "6F0B9D1E-5F0F-4F0E-9A57-0C1D6D2C9A40" "le code de mise à niveau"
msiinfo export "$msi" InstallExecuteSequence | grep EraseData | holds 'ALPI_ERASE_DATA="1"' "les données s’effacent sans qu’on le demande"
msiextract -l "$msi" >"$work/files"
for file in airialctl.exe mesa/opengl32.dll mesa/libgallium_wgl.dll; do holds "$file" "les programmes" <"$work/files"; done
jq -e '.bomFormat == "CycloneDX" and (.components | length > 50) and all(.components[]; .name and .version and .licenses) and any(.components[]; .name == "libxml2")' bin/windows/composants.cdx.json >/dev/null || fail "la liste des composants"
(cd bin && sha256sum -c --quiet "airial-$version.sha256") || fail "les sommes de contrôle"

say "Une seconde construction donne les mêmes octets"
(umask 077 && TZ=Pacific/Auckland LC_ALL=C "$here/build.sh" "$version" "$tags" "$ldflags" "$work/again" >/dev/null)
for file in "airial-$version.msi" "airial-$version.sha256" windows/airial.exe windows/airialctl.exe windows/mesa/opengl32.dll windows/mesa/libgallium_wgl.dll windows/composants.cdx.json; do
    cmp "bin/$file" "$work/again/$file" || fail "$file n’est pas le même à la seconde construction"
done

say "La signature, avec une clé d’essai"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 2 -subj "/O=Essai/CN=Essai de signature" -addext extendedKeyUsage=codeSigning 2>/dev/null
cp "$msi" "$work/signed.msi" && cp bin/windows/airial.exe "$work/signed.exe"
AIRIAL_SIGN_KEY="$work/key.pem" AIRIAL_SIGN_CERT="$work/cert.pem" "$here/sign.sh" "$work/signed.msi" "$work/signed.exe"
for file in signed.msi signed.exe; do
    osslsigncode verify -CAfile "$work/cert.pem" -in "$work/$file" >"$work/verify" 2>&1 || { cat "$work/verify" >&2; fail "la signature de $file"; }
    printf x | dd of="$work/$file" bs=1 seek=300000 conv=notrunc 2>/dev/null
    ! osslsigncode verify -CAfile "$work/cert.pem" -in "$work/$file" >/dev/null 2>&1 || fail "$file modifié se vérifie encore"
done

say "Installation silencieuse, avec ses propriétés"
CGO_ENABLED=0 go build -o "$work/alpi-server" ./cmd/alpi-server
GOOS=windows CGO_ENABLED=0 go test -c -o "$work/held.exe" ./local/store/durable
GOOS=windows CGO_ENABLED=0 go test -c -o "$work/dragged.exe" ./ui/shell/dragout
export WINEPREFIX="$work/wine" WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES=winemenubuilder.exe=d LIBGL_ALWAYS_SOFTWARE=1 HOME="$work" GOCACHE="$go" GOMODCACHE="$modules"
wineboot -i >/dev/null 2>&1
# What Wine lacks and every Windows has.
x86_64-w64-mingw32-gcc -shared -O2 -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" "$here/wine-shim.c" -ladvapi32
install() { wine msiexec "$@" /qn >/dev/null 2>&1; }
install /i "$(winepath -w "$msi")" ALPI_SERVER=https://alpi.exemple.fr:8443 ALPI_AUTHORITY=214000001 ALPI_ENROL_CODE=K7QF-22MX ALPI_PROXY=http://proxy.exemple.fr:3128 AUTOSTART=1 DESKTOP_SHORTCUT=1 || fail "installation ($?)"
programs="$WINEPREFIX/drive_c/Program Files/Airial"
test -s "$programs/airial.exe" || fail "airial.exe n’est pas là"
ctl() { wine "$programs/airialctl.exe" "$@" 2>"$work/ctl.log" | tr -d '\r'; }
ctl inventory --json >"$work/inventory"
for value in '"server": "https://alpi.exemple.fr:8443"' '"authority": "214000001"' '"proxy": "http://proxy.exemple.fr:3128"' '"enrolCodeWaiting": true' "\"version\": \"$version\""; do
    holds "$value" "airialctl ne lit pas $value" <"$work/inventory"
done
holds 'AppData\\Local' "les données seraient dans un profil itinérant" <"$work/inventory"
reg() { wine reg query "$@" 2>/dev/null | tr -d '\r'; }
reg 'HKLM\Software\Microsoft\Windows\CurrentVersion\Run' /v Airial | holds "airial.exe" "l’ouverture de session"
reg 'HKLM\Software\Classes\airial\shell\open\command' | holds "airial.exe" "les liens airial:"
reg 'HKLM\Software\Classes\SystemFileAssociations\.pdf\shell\airial' | holds "Envoyer au parapheur" "« Envoyer au parapheur »"
reg 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\Airial' | holds "EventCreate" "le journal des événements"
# Wine puts them in the profile of who installs, and its desktop is the home folder.
test "$(find "$work" -name Airial.lnk | wc -l)" = 2 || fail "pas d’entrée de menu, ou pas de raccourci sur le bureau"
# A group policy wins over what the installation said.
wine reg add 'HKLM\Software\Policies\ALPI\Airial' /v UpdateRing /d aucune /f >/dev/null 2>&1
ctl inventory --json | holds '"updateRing": "aucune"' "la stratégie de groupe n’est pas lue"

say "Un fichier que tient un autre programme"
wine "$work/held.exe" -test.v -test.run 'Held|Insists' >"$work/held.log" 2>&1 || { cat "$work/held.log" >&2; fail "un fichier tenu par un autre programme"; }
holds "PASS: TestHeldByAnotherProgram" "l’essai du fichier tenu n’a pas eu lieu" <"$work/held.log"

say "Des fichiers glissés vers un autre programme"
wine "$work/dragged.exe" -test.v >"$work/dragged.log" 2>&1 || { cat "$work/dragged.log" >&2; fail "des fichiers glissés vers un autre programme"; }
holds "PASS: TestFilesArriveElsewhere" "l’essai des fichiers glissés n’a pas eu lieu" <"$work/dragged.log"

say "La fenêtre, sur la commune de démonstration"
window() {
    picture=$1
    wine "$programs/airial.exe" --demo >"$work/window.log" 2>&1 &
    drawn=""
    for try in $(seq "${AIRIAL_WINE_TRIES:-90}"); do
        sleep 5
        # The desk is there: its page has many more colours than the word that it is opening.
        grep -q imaginaire "$work/window.log" || continue
        import -window root "$work/window.png"
        [ "$(identify -format %k "$work/window.png")" -gt 300 ] && drawn=1 && break
    done
    sleep 20
    import -window root "$picture"
    wine taskkill /f /im airial.exe >/dev/null 2>&1 || true
    wineserver -w
    [ -n "$drawn" ] || { cat "$work/window.log" >&2; fail "la fenêtre ne se dessine pas ($picture)"; }
}
window bin/wine-window.png

say "La fenêtre d’un ordinateur sans OpenGL : Mesa, que le paquet apporte"
screen=$DISPLAY
export DISPLAY=:$((200 + $$ % 700)) WINEDLLOVERRIDES="winemenubuilder.exe=d;opengl32=n,b"
Xvfb "$DISPLAY" -screen 0 1366x768x24 -extension GLX >/dev/null 2>&1 &
bare=$!
sleep 2
window bin/wine-mesa.png
kill "$bare"
export DISPLAY="$screen" WINEDLLOVERRIDES=winemenubuilder.exe=d

say "Un ordinateur rattaché à un serveur"
port=$((18100 + $$ % 900))
alpi() { "$work/alpi-server" --dir "$work/server" "$@"; }
alpi init "Serveur d’essai" localhost >/dev/null
alpi authority add 214000001 "Commune d’essai" >/dev/null
alpi serve "127.0.0.1:$port" >"$work/server.log" 2>&1 &
served=$!
for try in $(seq 50); do [ "$(curl -sk "https://127.0.0.1:$port/readyz")" = ok ] && break; sleep 0.2; done
alpi device code 214000001 | grep -o '[0-9A-Z]\{4\}-[0-9A-Z-]*' | head -1 >"$work/code"
ctl enrol --server "https://localhost:$port" --certificate "$(winepath -w "$work/server/tls.crt")" --code-file "$(winepath -w "$work/code")" --name "Poste d’essai" >"$work/enrol" || { cat "$work/ctl.log" "$work/server.log" >&2; fail "rattachement"; }
holds "rattaché à la collectivité 214000001" "rattachement" <"$work/enrol"
data="$WINEPREFIX/drive_c/users/$(id -un)/AppData/Local/airial/data"
test -s "$data/halls/214000001/airial.db" || fail "les données ne sont pas dans le profil de cet ordinateur"
sound() { ctl doctor --json | jq -e '.sound and (.authorities | length) == 1 and .authorities[0].id == "214000001"' >/dev/null || { cat "$work/ctl.log" >&2; fail "$1"; }; }
sound "airialctl doctor"

deep="$WINEPREFIX/drive_c/$(printf 'un dossier de la commune %.0s' 1 2 3 4 5)/$(printf 'un autre dossier %.0s' 1 2 3 4 5 6 7 8)fin"
mkdir -p "$deep"
alpi device code 214000001 | grep -o '[0-9A-Z]\{4\}-[0-9A-Z-]*' | head -1 >"$work/code"
ctl enrol --dir "$(winepath -w "$deep")" --server "https://localhost:$port" --certificate "$(winepath -w "$work/server/tls.crt")" --code-file "$(winepath -w "$work/code")" --name "Poste lointain" >"$work/enrol"
holds "rattaché à la collectivité 214000001" "une installation au bout de plus de 260 caractères : $(cat "$work/ctl.log")" <"$work/enrol"
ctl doctor --json --dir "$(winepath -w "$deep")" | jq -e '.sound and (.authorities | length) == 1' >/dev/null || fail "airialctl doctor, au bout de plus de 260 caractères"

say "Mise à niveau : les réglages et les données restent"
next=$(echo "$version" | awk -F. '{ print $1 "." $2 "." $3 + 1 }')
msiinfo extract "$msi" airial.cab >"$work/airial.cab"
"$here/msi.sh" "$next" bin/windows "$work/next.msi" "$work/airial.cab"
install /i "$(winepath -w "$work/next.msi")" || fail "mise à niveau ($?)"
ctl inventory --json >"$work/inventory"
holds '"server": "https://alpi.exemple.fr:8443"' "la mise à niveau a perdu le serveur" <"$work/inventory"
holds '"enrolCodeWaiting": true' "la mise à niveau a perdu le code" <"$work/inventory"
reg 'HKLM\Software\Microsoft\Windows\CurrentVersion\Run' /v Airial | holds "airial.exe" "la mise à niveau a perdu l’ouverture de session"
sound "la mise à niveau a touché les données"

say "Retour en arrière refusé"
install /i "$(winepath -w "$msi")" && fail "une version plus ancienne s’est installée"

say "Réparation"
product=$(msiinfo export "$work/next.msi" Property | sed -n 's/^ProductCode\t\([^\r]*\).*/\1/p')
rm "$programs/airialctl.exe"
install /i "$product" REINSTALL=ALL REINSTALLMODE=amus || fail "réparation ($?)" # what /fa stands for, which Wine lacks
test -s "$programs/airialctl.exe" || fail "la réparation ne remet pas les programmes"

say "Retrait : les données restent"
gone() {
    test ! -e "$programs/airial.exe" || fail "le retrait laisse les programmes"
    test -z "$(reg 'HKLM\Software\ALPI\Airial' | grep Server || true)" || fail "le retrait laisse les réglages"
}
install /x "$product" || fail "retrait ($?)"
gone
test -s "$data/halls/214000001/airial.db" || fail "le retrait a emporté les données"

say "Retrait qui emporte les données, sur demande"
install /i "$(winepath -w "$work/next.msi")" || fail "installation ($?)"
sound "les données ne se rouvrent pas après une nouvelle installation"
install /x "$product" ALPI_ERASE_DATA=1 || fail "retrait ($?)"
gone
test ! -e "$data" || fail "les données n’ont pas été effacées"
echo "Le paquet s’installe, s’ouvre, se met à niveau, se répare et s’en va."
