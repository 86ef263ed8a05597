#!/bin/sh
# Puts the programs of a folder into a package: msi.sh VERSION FOLDER MSI. The product is what its version says, the
# package what its content says: both are names made from them, so that the same content is the same package.
set -eu
version=$1 files=$2 msi=$3
wxs=$(dirname "$0")/airial.wxs
name() { printf '%s' "$1" | sha256sum | sed 's/^\(........\)\(....\).\(...\).\(...\)\(............\).*/\1-\2-5\3-a\4-\5/'; }
content=$(cat "$files/airial.exe" "$files/airialctl.exe" "$files/composants.cdx.json" "$wxs" | sha256sum)
wixl --arch x64 -D Version="$version" -D Files="$files" -D ProductCode="$(name "fr.alpi40.airial $version")" -D PackageCode="$(name "$version $content")" -o "$msi" "$wxs"
