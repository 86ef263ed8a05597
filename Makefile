TAGS = migrated_fynedo,x11
# local/store and local/journal join this list once the encrypted file they stand on exists.
PACKAGES = ./local/rule/... ./local/pageimage/... ./local/signature/... ./sync/... ./ui/...

.PHONY: test setup
setup:
	packaging/dev/install.sh

test: setup
	go test -tags $(TAGS) $(PACKAGES)
