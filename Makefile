# Airial. `make run` opens the demonstration commune, `make test` runs all checks.
# Both install what is missing (Debian 12).

OUT      = bin
TAGS     = migrated_fynedo,x11
# Windows has signs such as 🎄 in its own fonts, which Fyne finds: the one that Fyne brings weighs 3.4 MB in the package.
WINTAGS  = migrated_fynedo,no_emoji
VERSION  = $(shell sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)
LDFLAGS  = -s -w -X alpi40.fr/airial/cmd/internal/office.Version=$(VERSION) -X alpi40.fr/airial/cmd/internal/serve.Version=$(VERSION)
# ALPI_KEY is the agency's public minisign key (RW…): it checks the provisioning files, none of which is taken without it.
ifdef ALPI_KEY
LDFLAGS += -X alpi40.fr/airial/cmd/internal/provision.Key=$(ALPI_KEY)
endif
BUILD    = go build -trimpath -buildvcs=false -tags $(TAGS) -ldflags '$(LDFLAGS)'
# Tools are pinned here and are no dependency of the program.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0

export PATH := $(shell packaging/dev/go.sh):$(PATH)

.PHONY: run test lint bench bench-quick build msi msi-test deb deb-test setup setup-cross clean

run: build
	packaging/dev/run.sh

build: setup
	$(BUILD) -o $(OUT)/ ./cmd/airial ./cmd/airialctl
	CGO_ENABLED=0 $(BUILD) -o $(OUT)/ ./cmd/alpi-server

test: setup
	packaging/dev/test.sh $(TAGS)

lint: setup
	test -z "$$(gofmt -l cmd local sync ui)" || { gofmt -l cmd local sync ui; exit 1; }
	go vet -tags $(TAGS) ./...
	GOFLAGS=-mod=mod go run $(STATICCHECK) -tags $(TAGS) ./...
	packaging/dev/vulnerabilities.sh $(GOVULNCHECK) $(TAGS)

# Airial beside its peers, one table (bench/): some lines with LINES=signature, on from where it stopped with RESUME=1,
# some lines of the last complete table anew with AGAIN=search, the complete table into the sources with KEEP=1.
bench: setup
	packaging/dev/bench.sh $(if $(LINES),-lines '$(LINES)') $(if $(AGAIN),-again '$(AGAIN)') $(if $(RESUME),-resume) $(if $(KEEP),-keep)

# The short lines alone, against the ratios that are kept (KEEP=1 keeps those of now).
bench-quick: setup
	packaging/dev/bench.sh -quick $(if $(LINES),-lines '$(LINES)') $(if $(KEEP),-keep)

# The programs for Windows and the package that installs them (packaging/windows).
msi: setup-cross
	packaging/windows/build.sh $(VERSION) $(WINTAGS) '$(LDFLAGS)'

# Installs, starts, upgrades and removes that package under Wine.
msi-test: msi
	packaging/dev/install.sh wine
	packaging/windows/test.sh $(VERSION) $(WINTAGS) '$(LDFLAGS)'

# The Debian packages of the program and of the server, and their trial on a clean Debian.
deb: build
	packaging/dev/install.sh deb
	packaging/linux/build.sh $(VERSION)
	packaging/server/build.sh $(VERSION)

deb-test: deb
	$(MAKE) build OUT=bin/again
	packaging/linux/test.sh $(VERSION)

setup:
	packaging/dev/install.sh

setup-cross:
	packaging/dev/install.sh cross

clean:
	rm -rf bin
