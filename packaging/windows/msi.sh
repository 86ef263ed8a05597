#!/bin/sh
# Puts the programs of a folder into a package: msi.sh VERSION FOLDER MSI [CABINET]. The product is what its version says, the
# package what its content says: both are names made from them, so that the same content is the same package. CABINET holds these
# programs already compressed, when somebody has it.
set -eu
version=$1 files=$(realpath --relative-to=. "$2") msi=$3 # wixl takes no absolute path
wxs=$(dirname "$0")/airial.wxs
name() { printf '%s' "$1" | sha256sum | sed 's/^\(........\)\(....\).\(...\).\(...\)\(............\).*/\1-\2-5\3-a\4-\5/'; }
content=$(cat "$files/airial.exe" "$files/airialctl.exe" "$files/mesa/opengl32.dll" "$files/mesa/libgallium_wgl.dll" "$files/composants.cdx.json" "$wxs" "$0" | sha256sum)
# wixl and msibuild write the hour into the package: it is that of the sources, on a clock that stands still.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
still() { TZ=UTC faketime -f "$(date -u -d "@$SOURCE_DATE_EPOCH" '+%F %T')" "$@"; }
still wixl --arch x64 -D Version="$version" -D Files="$files" -D ProductCode="$(name "fr.alpi40.airial $version")" -o "$msi" "$wxs"
# wixl compresses as it can; what is installed is then compressed anew, by LZX, and read again by another program.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
msiinfo extract "$msi" airial.cab >"$work/mszip.cab"
if [ -n "${4:-}" ]; then cp "$4" "$work/airial.cab"; else go run -buildvcs=false ./packaging/windows/cabinet "$work/mszip.cab" "$work/airial.cab"; fi
for file in Airial/airial.exe Airialctl/airialctl.exe MesaOpengl/mesa/opengl32.dll MesaGallium/mesa/libgallium_wgl.dll Licence/LICENCE.txt Bom/composants.cdx.json; do
    cabextract -q -p -F "${file%%/*}" "$work/airial.cab" | cmp - "$files/${file#*/}"
done
still msibuild "$msi" -a airial.cab "$work/airial.cab"
# wixl draws the package's code and calls the language English.
still msibuild "$msi" -s Airial ALPI 'x64;1036' "{$(name "$version $content" | tr a-f A-F)}"
# What msi needs of these that wixl does not write: the properties go through to the elevated half of the installation.
secure=$(msiinfo export "$msi" Property | sed -n 's/^SecureCustomProperties\t\([^\r]*\).*/\1/p')
still msibuild "$msi" -q "UPDATE \`Property\` SET \`Value\` = '$secure;ALPI_SERVER;ALPI_AUTHORITY;ALPI_ENROL_CODE;ALPI_PROXY;ALPI_UPDATES;AUTOSTART;DESKTOP_SHORTCUT;ALPI_ERASE_DATA' WHERE \`Property\` = 'SecureCustomProperties'"
# A setting that was not given is not written.
while read -r component condition; do
    still msibuild "$msi" -q "UPDATE \`Component\` SET \`Condition\` = '$condition' WHERE \`Component\` = '$component'"
done <<'CONDITIONS'
Server ALPI_SERVER
Authority ALPI_AUTHORITY
EnrolCode ALPI_ENROL_CODE
Proxy ALPI_PROXY
Updates ALPI_UPDATES
Autostart AUTOSTART=1
DesktopShortcut DESKTOP_SHORTCUT=1
CONDITIONS
# A removal leaves the people's data, unless ALPI_ERASE_DATA=1: airialctl then erases them as the system (3154: a program that was
# installed, later, without a session, whose failure leaves the data and removes the programs all the same), before it goes itself.
still msibuild "$msi" -q "INSERT INTO \`CustomAction\` (\`Action\`, \`Type\`, \`Source\`, \`Target\`) VALUES ('EraseData', 3154, 'Airialctl', 'erase --everybody --sure')" \
    -q "INSERT INTO \`InstallExecuteSequence\` (\`Action\`, \`Condition\`, \`Sequence\`) VALUES ('EraseData', 'REMOVE=\"ALL\" AND NOT UPGRADINGPRODUCTCODE AND ALPI_ERASE_DATA=\"1\"', 3450)"
