#!/bin/sh
# Rebuilds local/xsd/libxml2.wasm.gz: libxml2's parser and XML Schema validator as a WebAssembly reactor, from
# Debian's source package (upstream with Debian's security patches), pinned by checksum. It needs clang, lld,
# wasi-libc, libclang-rt-14-dev-wasm32, curl and patch. With a folder as argument, the two source archives are
# taken from there instead of the network (apt-get source --download-only libxml2 gives them).
set -eu
cd "$(dirname "$0")/../.."

version=2.9.14+dfsg
revision=1.3~deb12u6
mirror=https://deb.debian.org/debian/pool/main/libx/libxml2
orig=libxml2_$version.orig.tar.xz
debian=libxml2_$version-$revision.debian.tar.xz

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in "$orig" "$debian"; do
	if [ $# -gt 0 ]; then
		cp "$1/$name" "$work/"
	else
		curl -fsSL -o "$work/$name" "$mirror/$(printf %s "$name" | sed 's/+/%2B/')"
	fi
done
(cd "$work" && sha256sum -c --quiet) <<SUMS
4fe913dec8b1ab89d13b489b419a8203176ea39e931eaa0d25b17eafb9c279e9  $orig
f33a99a0018cbb94aadc3bf26661e401cb90dff856aa170faf7239151ee9b9ac  $debian
SUMS

mkdir "$work/src"
tar -xJf "$work/$orig" -C "$work/src" --strip-components=1
tar -xJf "$work/$debian" -C "$work/src"
while read -r name rest; do
	case $name in '' | '#'*) continue ;; esac
	patch -d "$work/src" -p1 -s --no-backup-if-mismatch <"$work/src/debian/patches/$name"
done <"$work/src/debian/patches/series"

# What is compiled in: the parser, its trees (schemas are read as such), the schemas. No HTTP, FTP, catalogs,
# XPath, XInclude, DTD validation, writer, iconv, compression or threads.
sed -e 's/@VERSION@/2.9.14/;s/@LIBXML_VERSION_NUMBER@/20914/;s/@LIBXML_VERSION_EXTRA@//;s/@MODULE_EXTENSION@//' \
	-e 's/@WITH_\(TREE\|SAX1\|PUSH\|REGEXPS\|PATTERN\|SCHEMAS\|ISO8859X\)@/1/;s/@WITH_[A-Z0-9_]*@/0/' \
	"$work/src/include/libxml/xmlversion.h.in" >"$work/src/include/libxml/xmlversion.h"
cp packaging/dev/libxml2/config.h "$work/src/config.h"

sources='SAX2 buf chvalid dict encoding entities error globals hash list parser parserInternals pattern threads tree
	uri valid xmlIO xmlmemory xmlregexp xmlschemastypes xmlstring xmlunicode xpath'
cp packaging/dev/libxml2/shim.c "$work/src/"
cd "$work/src"
objects=
for name in $sources shim; do
	clang --target=wasm32-wasi -O2 -w -DNDEBUG -D_WASI_EMULATED_SIGNAL -ffile-prefix-map="$PWD"=. -I. -Iinclude -c "$name.c" -o "$name.o"
	objects="$objects $name.o"
done
# shellcheck disable=SC2086
clang --target=wasm32-wasi -mexec-model=reactor -Wl,--strip-all -Wl,--gc-sections -Wl,-z,stack-size=4194304 -Wl,--stack-first \
	$objects -lm -o "$work/libxml2.wasm"
cd - >/dev/null
gzip -9nc "$work/libxml2.wasm" >local/xsd/libxml2.wasm.gz
cp "$work/src/Copyright" local/xsd/libxml2.LICENSE
ls -l "$work/libxml2.wasm" local/xsd/libxml2.wasm.gz
