#!/bin/sh
# Runs all checks: test.sh TAGS. Long campaigns take their size from
# AIRIAL_CAMPAIGN (short when unset); the window's tests need no display.
set -eu
cd "$(dirname "$0")/../.."
tags=$1
unformatted=$(gofmt -l cmd local sync ui)
[ -z "$unformatted" ] || { echo "gofmt : $unformatted" >&2; exit 1; }
go vet -tags "$tags" ./...
# Tests wait for the disk some hundred thousand times, and none of them pulls its plug: in memory where there is enough, and
# where what they build may run.
if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -gt 6000000 ] 2>/dev/null; then
	memory=$(mktemp -d /dev/shm/aXXXX) && chmod 755 "$memory" # short: names of sockets are
	trap 'rm -rf "$memory"' EXIT
	printf '#!/bin/sh\n' >"$memory/runs" && chmod +x "$memory/runs"
	if "$memory/runs" 2>/dev/null; then
		GOTMPDIR=${GOTMPDIR:-${TMPDIR:-/tmp}} TMPDIR=$memory
		export GOTMPDIR TMPDIR
	fi
fi
# The software renderer of Mesa draws the same pictures on every machine.
export LIBGL_ALWAYS_SOFTWARE=1
# The jobs in the window come last, alone: where the processor is too busy, a click comes before what it is for.
desk=./cmd/internal/desk
# shellcheck disable=SC2046
go test -timeout 25m -tags "$tags" $(go list -tags "$tags" ./... | grep -v internal/desk)
go test -timeout 25m -tags "$tags" "$desk"
