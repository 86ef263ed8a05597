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
go test -timeout 25m -tags "$tags" ./...
