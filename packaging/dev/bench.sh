#!/bin/sh
# Measures Airial beside its peers (packaging/bench) and writes one table into bench/: bench.sh [-quick] [-lines WHICH]
# [-again WHICH] [-resume] [-keep]. Peers come from Debian and npm; one that cannot be had is a line that says so. About 25 minutes;
# larger with the variables that ARCHITECTURE.md names.
set -eu
cd "$(dirname "$0")/../.."
packaging/dev/install.sh bench
mkdir -p bench
# PouchDB with its server, and Typst, where npm can bring them.
if [ -z "${AIRIAL_BENCH_NODE:-}" ]; then
    export AIRIAL_BENCH_NODE="$PWD/bench/node/node_modules"
    if ! cmp -s packaging/bench/peers/package.json bench/node/package.json || [ ! -d "$AIRIAL_BENCH_NODE/express-pouchdb" ]; then
        mkdir -p bench/node && cp packaging/bench/peers/package.json bench/node/
        (cd bench/node && npm install --no-audit --no-fund --no-package-lock --silent) >bench/npm.txt 2>&1 || echo "Sans PouchDB ni Typst : npm ne les apporte pas (bench/npm.txt)" >&2
    fi
fi
export LIBGL_ALWAYS_SOFTWARE=1
exec go run ./packaging/bench "$@"
