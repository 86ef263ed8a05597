#!/bin/sh
# Looks the dependencies up in Go's vulnerability database:
# vulnerabilities.sh GOVULNCHECK TAGS. Without the network it says so, loudly,
# and does not pretend.
set -eu
cd "$(dirname "$0")/../.."
database=${GOVULNDB:-https://vuln.go.dev}
if ! curl -fsS --max-time 10 -o /dev/null "$database/index/db.json" 2>/dev/null; then
    echo "govulncheck : la base $database ne répond pas ; RIEN n’a été vérifié." >&2
    exit 0
fi
GOFLAGS=-mod=mod go run "$1" -db "$database" -tags "$2" ./...
