#!/bin/sh
# Makes local/merge/yjs.js anew: Yjs and lib0 (MIT, Kevin Jahns), with the three functions that Airial calls,
# in one file. Needs npm; nothing of it is needed to build or test Airial.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts --save-exact yjs@13.6.27 lib0@0.2.120 esbuild@0.28.2
cat >entry.js <<'JS'
import * as Y from "yjs";
globalThis.airial = {
  open: (replica, updates) => {
    const d = new Y.Doc({ gc: false });
    d.clientID = replica;
    for (const u of updates) Y.applyUpdate(d, new Uint8Array(u));
    return d;
  },
  text: (d) => d.getText("t").toString(),
  edit: (d, edits) => {
    const before = Y.encodeStateVector(d);
    d.transact(() => {
      const t = d.getText("t");
      for (const [at, gone, added] of edits) {
        if (gone) t.delete(at, gone);
        if (added) t.insert(at, added);
      }
    });
    const u = Y.encodeStateAsUpdate(d, before);
    return u.buffer.slice(u.byteOffset, u.byteOffset + u.byteLength);
  },
};
JS
{
    echo "/* Yjs 13.6.27 and lib0 0.2.120 (MIT, Kevin Jahns). See yjs.LICENSE. */"
    node_modules/@esbuild/*/bin/esbuild entry.js --bundle --format=iife --minify --legal-comments=none --target=es2017
} >"$here/local/merge/yjs.js"
cp node_modules/yjs/LICENSE "$here/local/merge/yjs.LICENSE"
