#!/bin/sh
# Makes sync/server/share/page/age.js anew: the age-encryption package (typage) and what it stands on, in
# one file that the recipients' page loads from the server alone. Needs npm; nothing of it is
# needed to build or test Airial. The versions are those that were read and tried.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts --save-exact age-encryption@0.3.1 esbuild@0.28.2 @noble/ciphers@2.4.0 @noble/curves@2.4.0 @noble/hashes@2.4.0 @noble/post-quantum@0.5.4 @scure/base@2.4.0
echo 'export { Encrypter, Decrypter } from "age-encryption";' >entry.js
{
    echo "/* age-encryption 0.3.1 (BSD-3-Clause, the age authors); @noble/ciphers, curves, hashes, post-quantum and @scure/base (MIT, Paul Miller). See age.LICENSE. */"
    node_modules/@esbuild/*/bin/esbuild entry.js --bundle --format=esm --minify --legal-comments=none --target=es2022
} >"$here/sync/server/share/page/age.js"
{
    echo "age.js holds age-encryption 0.3.1:"; echo; cat node_modules/age-encryption/LICENSE
    echo; echo "and @noble/ciphers, @noble/curves, @noble/hashes, @noble/post-quantum, @scure/base:"; echo; cat node_modules/@noble/hashes/LICENSE
} >"$here/sync/server/share/page/age.LICENSE"
