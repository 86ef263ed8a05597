#!/bin/sh
# Makes the Windows programs and the MSI in bin/windows: build.sh VERSION TAGS LDFLAGS. The same sources give the same
# bytes: no time, no path and no chance goes in. AIRIAL_SIGN_KEY and AIRIAL_SIGN_CERT (PEM files, the key from outside)
# sign the programs and the package; AIRIAL_SIGN_TSA, a timestamping address, makes their signatures last.
set -eu
cd "$(dirname "$0")/../.."
version=$1 tags=$2 ldflags=$3
out=bin/windows
here=packaging/windows
cc=x86_64-w64-mingw32
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
mkdir -p "$out"

# The icon, the manifest (long paths, sharp at every scale) and the version stand in both programs.
work=$(mktemp -d)
trap 'rm -rf "$work" cmd/airial/resource_windows_amd64.syso cmd/airialctl/resource_windows_amd64.syso' EXIT
cp packaging/icon/airial.ico "$here/airial.rc" "$work/"
sed "s/@VERSION@/$version/" "$here/airial.manifest" >"$work/airial.manifest"
commas=$(echo "$version" | tr . ,),0
(cd "$work" && $cc-windres -DVERSION_COMMAS="$commas" -DVERSION_TEXT="\\\"$version\\\"" -i airial.rc -O coff -o resource.syso)
for program in airial airialctl; do cp "$work/resource.syso" "cmd/$program/resource_windows_amd64.syso"; done

export CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=$cc-gcc
stamp="-extldflags=-Wl,--no-insert-timestamp"
go build -trimpath -buildvcs=false -tags "$tags" -ldflags "$ldflags -H windowsgui $stamp" -o "$out/airial.exe" ./cmd/airial
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$out/airialctl.exe" ./cmd/airialctl
unset GOOS GOARCH CC CGO_ENABLED

sign() { # FILE: signed in place, when there is a key
    [ -n "${AIRIAL_SIGN_KEY:-}" ] || return 0
    # shellcheck disable=SC2086
    osslsigncode sign -h sha256 -key "$AIRIAL_SIGN_KEY" -certs "$AIRIAL_SIGN_CERT" ${AIRIAL_SIGN_TSA:+-ts "$AIRIAL_SIGN_TSA"} \
        -n Airial -i https://www.alpi40.fr -time "$SOURCE_DATE_EPOCH" -in "$1" -out "$1.signed" >/dev/null
    mv "$1.signed" "$1"
}
sign "$out/airial.exe"
sign "$out/airialctl.exe"

# The components of the program, each with its version, its licence and its checksum.
GOFLAGS=-mod=mod go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0 mod -json -licenses -noserial -output-version 1.5 -output "$work/sbom.json" . 2>"$work/sbom.log" || { cat "$work/sbom.log" >&2; exit 1; }
# When it was made is no part of what it is made of.
sed -e '/"timestamp":/d' "$work/sbom.json" >"$out/composants.cdx.json"
sed 's/$/\r/' LICENSE >"$out/LICENCE.txt"
cp packaging/icon/airial.ico "$out/"
find "$out" -type f -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

msi=bin/airial-$version.msi
"$here/msi.sh" "$version" "$out" "$msi"
sign "$msi"
cp "$here/airial.admx" bin/
mkdir -p bin/fr-FR && cp "$here/fr-FR/airial.adml" bin/fr-FR/
(cd bin && sha256sum "airial-$version.msi" windows/airial.exe windows/airialctl.exe windows/composants.cdx.json >"airial-$version.sha256")
ls -l "$msi" "$out/airial.exe" "$out/airialctl.exe"
