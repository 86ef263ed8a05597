TAGS = migrated_fynedo,x11
PACKAGES = ./local/... ./sync/... ./ui/...

.PHONY: test setup
setup:
	packaging/dev/install.sh

test: setup
	go test -tags $(TAGS) $(PACKAGES)
