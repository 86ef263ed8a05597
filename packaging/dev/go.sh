#!/bin/sh
# Prints the folder of a Go that builds Airial, installing one when the machine
# has none. The version is the one of go.mod; the archive is checked against
# the checksum below before it is unpacked.
set -eu
version=1.26.8
sum_amd64=30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7
here=$(cd "$(dirname "$0")/../.." && pwd)

recent() { # from 1.21 on, go fetches the version of go.mod by itself
    "$1" version 2>/dev/null | awk '{ sub("go", "", $3); split($3, v, "."); exit !(v[1] > 1 || v[2] >= 21) }'
}
for go in "$(command -v go || true)" /usr/local/go/bin/go "$here/build/go/bin/go"; do
    if [ -n "$go" ] && [ -x "$go" ] && recent "$go"; then
        dirname "$go"
        exit 0
    fi
done
case $(uname -m) in
    x86_64) arch=amd64 sum=$sum_amd64 ;;
    *) echo "Installez Go $version pour cette machine ($(uname -m)) : https://go.dev/dl/" >&2; exit 1 ;;
esac
mkdir -p "$here/build"
archive="$here/build/go.zip"
# The toolchain as the module proxy serves it: the same files as go.dev/dl.
proxy=${GOPROXY:-https://proxy.golang.org}
curl -fsSL -o "$archive" "${proxy%%,*}/golang.org/toolchain/@v/v0.0.1-go$version.linux-$arch.zip" >&2
echo "$sum  $archive" | sha256sum -c --quiet - >&2
rm -rf "$here/build/go" "$here/build/golang.org"
(cd "$here/build" && unzip -q "$archive" && mv "golang.org/toolchain@v0.0.1-go$version.linux-$arch" go && rm -rf golang.org "$archive")
chmod +x "$here"/build/go/bin/* "$here"/build/go/pkg/tool/*/*
echo "$here/build/go/bin"
