package office_test

import (
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/cmd/internal/office"
)

func TestServicesAreKept(t *testing.T) {
	dir := t.TempDir()
	o := open(t, dir)
	if err := o.SetTimestamp("ftp://horodatage.example"); !errors.Is(err, office.ErrAddress) {
		t.Errorf("an address of another kind: %v", err)
	}
	if err := o.SetTimestamp("http://horodatage.example/rfc3161"); err != nil {
		t.Fatal(err)
	}
	server, _ := serve(t) // its certificate is its own authority's
	root := server.Certificate.Certificate[0]
	if _, err := o.Trust([]byte("bonjour")); !errors.Is(err, office.ErrNotAuthority) {
		t.Errorf("a text as an authority: %v", err)
	}
	for range 2 { // the second time adds nothing
		if _, err := o.Trust(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir)
	if got := o.Timestamp(); got != "http://horodatage.example/rfc3161" {
		t.Errorf("timestamping service %q", got)
	}
	if all := o.Anchors(); len(all) != 1 || string(all[0].Raw) != string(root) {
		t.Errorf("%d authorities", len(all))
	}
	// What cannot be read is done without: the desk still opens.
	if err := errors.Join(o.Close(), os.WriteFile(filepath.Join(dir, "services.json"), []byte("{"), 0o600)); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir)
	if o.Timestamp() != "" {
		t.Error("a damaged file was read")
	}
}
