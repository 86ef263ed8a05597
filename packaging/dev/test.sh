#!/bin/sh
# Runs all checks: test.sh TAGS. Long campaigns take their size from
# AIRIAL_CAMPAIGN (short when unset); the window's tests need no display.
set -eu
cd "$(dirname "$0")/../.."
tags=$1
unformatted=$(gofmt -l cmd local sync ui)
[ -z "$unformatted" ] || { echo "gofmt : $unformatted" >&2; exit 1; }
go vet -tags "$tags" ./...
# The software renderer of Mesa draws the same pictures on every machine.
export LIBGL_ALWAYS_SOFTWARE=1
# The jobs in the window come last, alone: where the processor is too busy, a click comes before what it is for.
desk=./cmd/internal/desk
# shellcheck disable=SC2046
go test -timeout 25m -tags "$tags" $(go list -tags "$tags" ./... | grep -v internal/desk)
go test -timeout 25m -tags "$tags" "$desk"
