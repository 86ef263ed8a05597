#!/bin/sh
# Makes the Windows programs and the MSI: build.sh VERSION TAGS LDFLAGS [FOLDER], bin when none is named. The same sources give the
# same bytes: no time, no path and no chance goes in. sign.sh says how they are signed.
set -eu
cd "$(dirname "$0")/../.."
version=$1 tags=$2 ldflags=$3 to=${4:-bin}
out=$to/windows
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

"$here/mesa.sh" "$out/mesa"
# opengl32 is loaded at its first use, not with the program, which then may have loaded another one (cmd/internal/opengl).
printf 'LIBRARY opengl32.dll\nEXPORTS\nwglGetProcAddress\n' >"$work/opengl32.def"
$cc-dlltool -d "$work/opengl32.def" -y "$work/libopengl32.a"

export CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=$cc-gcc
go build -trimpath -buildvcs=false -tags "$tags" -ldflags "$ldflags -buildid= -H windowsgui '-extldflags=-Wl,--no-insert-timestamp -L$work'" -o "$out/airial.exe" ./cmd/airial
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$out/airialctl.exe" ./cmd/airialctl
unset GOOS GOARCH CC CGO_ENABLED

"$here/sign.sh" "$out/airial.exe" "$out/airialctl.exe" "$out/mesa/opengl32.dll" "$out/mesa/libgallium_wgl.dll"

# The components of the program, each with its version and its licence; and those that are no module of Go.
GOBIN=$work go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0
GOOS=windows GOARCH=amd64 CGO_ENABLED=1 GOFLAGS="-mod=mod -tags=$tags" "$work/cyclonedx-gomod" app -main cmd/airial -json -std -licenses -assert-licenses \
    -noserial -output-version 1.5 -output "$work/sbom.json" . 2>"$work/sbom.log" || { cat "$work/sbom.log" >&2; exit 1; }
# When it was made is no part of what it is made of; nor is the program that made the list, which is built on this machine. Licences that
# it does not recognise, or takes for others, were read by a person.
jq --arg version "$version" --slurpfile beside "$here/components.json" '$beside[0] as $b | del(.metadata.timestamp) | del(.metadata.tools[].hashes)
    | .metadata.component.version = $version
    | .components |= map($b.licences[.name] as $known | if $known then .licenses = [{license: {id: $known}}] else . end) + $b.components
    | if all(.components[]; .licenses[0] | .license.id or .license.name or .expression) then . else error("a component without a licence") end' "$work/sbom.json" >"$out/composants.cdx.json"
sed 's/$/\r/' LICENSE >"$out/LICENCE.txt"
cp packaging/icon/airial.ico "$out/"
find "$out" -type f -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

msi=$to/airial-$version.msi
"$here/msi.sh" "$version" "$out" "$msi"
"$here/sign.sh" "$msi"
cp "$here/airial.admx" "$to/"
for language in fr-FR en-US; do install -D -m 644 "$here/$language/airial.adml" "$to/$language/airial.adml"; done
(cd "$to" && sha256sum "airial-$version.msi" windows/airial.exe windows/airialctl.exe windows/mesa/opengl32.dll windows/mesa/libgallium_wgl.dll windows/composants.cdx.json >"airial-$version.sha256")
ls -l "$msi" "$out/airial.exe" "$out/airialctl.exe"
# More than that is no package for a line of the countryside.
[ "$(stat -c %s "$msi")" -le 30000000 ] || { echo "Le paquet dépasse 30 Mo." >&2; exit 1; }
