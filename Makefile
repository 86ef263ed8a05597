# Airial. `make run` opens the demonstration commune, `make test` runs all checks.
# Both install what is missing (Debian 12).

TAGS     = migrated_fynedo,x11
VERSION  = $(shell sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)
LDFLAGS  = -s -w -X alpi40.fr/airial/cmd/internal/office.Version=$(VERSION) -X alpi40.fr/airial/cmd/internal/serve.Version=$(VERSION)
BUILD    = go build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)'
# Tools are pinned here and are no dependency of the program.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0

export PATH := $(shell packaging/dev/go.sh):$(PATH)

.PHONY: run test lint bench build windows msi setup setup-cross clean

run: build
	packaging/dev/run.sh

build: setup
	$(BUILD) -o bin/ ./cmd/airial ./cmd/airialctl
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/alpi-server

test: setup
	packaging/dev/test.sh $(TAGS)

lint: setup
	test -z "$$(gofmt -l cmd local sync ui)" || { gofmt -l cmd local sync ui; exit 1; }
	go vet -tags $(TAGS) ./...
	GOFLAGS=-mod=mod go run $(STATICCHECK) -tags $(TAGS) ./...
	packaging/dev/vulnerabilities.sh $(GOVULNCHECK) $(TAGS)

bench: setup
	packaging/dev/bench.sh

windows: setup-cross
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc go build -trimpath -tags migrated_fynedo -ldflags '$(LDFLAGS) -H windowsgui' -o bin/windows/airial.exe ./cmd/airial
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc go build -trimpath -tags migrated_fynedo -ldflags '$(LDFLAGS)' -o bin/windows/airialctl.exe ./cmd/airialctl

msi: windows
	wixl --arch x64 -D Version=$(VERSION) -D Files=bin/windows -o bin/airial-$(VERSION).msi packaging/windows/airial.wxs

setup:
	packaging/dev/install.sh

setup-cross:
	packaging/dev/install.sh cross

clean:
	rm -rf bin
