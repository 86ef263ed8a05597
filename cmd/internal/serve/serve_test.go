package serve_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"alpi40.fr/airial/cmd/internal/serve"
)

func TestOperatorsCommands(t *testing.T) {
	dir, trust := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(trust, "in", "crls"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(trust, "in", "crls", "vide.crl"), []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line string
		code int
		says string
	}{
		{"--help", 0, "alpi-server"}, {"--version", 0, "alpi-server"}, {"serve", 1, "init"},
		{"init alpi localhost 127.0.0.1", 0, "^$"}, {"init alpi localhost", 1, "exist"},
		{"authority add 111111111 Commune d’essai", 0, "^$"}, {"authority add 111111111 Encore", 1, "storage"}, {"authority add ../x Mauvais", 1, "letters"},
		{"authority list", 0, "111111111 Commune d’essai"}, {"device code 111111111", 0, "^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}\n$"}, {"device code 222222222", 1, "222222222"},
		{"device code 111111111 30j 2 Lot de décembre", 0, "^([A-Z2-7]{4}(-[A-Z2-7]{4}){3}\n){2}$"}, {"device code 111111111 31j", 1, "30 jours"}, {"device code 111111111 demain", 2, "usage"}, {"device code 111111111 2j 101", 1, "100"},
		{"device codes 111111111", 0, "(?s)[0-9a-f]{16}  jusqu’au .*Lot de décembre\n[0-9a-f]{16} .*Lot de décembre"}, {"device drop-code 111111111 0000000000000000", 1, "0000"},
		{"device list 111111111", 0, "^$"}, {"device revoke 111111111 inconnu", 1, "inconnu"}, {"parcel list", 0, "aucun colis"}, {"parcel pack Essai " + trust + "/in " + trust + "/p.zip 1", 2, "minuscules"}, {"parcel pack essai " + trust + "/in " + trust + "/p.zip 1", 0, "essai n° 1, 1 fichiers"}, {"parcel publish " + trust + "/p.zip", 0, "offert"}, {"parcel publish " + trust + "/p.zip", 1, "plus grand"}, {"parcel list", 0, "essai n° 1"}, {"trust show", 0, "aucun paquet"}, {"trust pack " + trust + "/in " + trust + "/3.zip 3 30", 0, "n° 3, 1 fichiers"},
		{"trust publish " + trust + "/3.zip", 0, "n° 3 offert"}, {"trust publish " + trust + "/3.zip", 1, "déjà offert"}, {"trust show", 0, "n° 3, empreinte [0-9a-f]{64}"},
		{"trust publish " + trust + "/in/crls/vide.crl", 1, "n’est pas un paquet"}, {"trust publish", 2, "usage"},
		{"trust pack " + trust + "/in " + trust + "/4.zip 4 -1", 0, "n° 4"}, {"trust publish " + trust + "/4.zip", 1, "périmé"},
		{"device", 2, "usage"}, {"tdt-simulator", 2, "usage"}, {"tdt-simulator 127.0.0.1:0 " + dir + " demain", 2, "durée"},
		{"tdt-simulator 127.0.0.1:0 " + dir + " 1s ok,peut-être", 2, "sort"}, {"danse", 2, "usage"},
	} {
		var out bytes.Buffer
		code := serve.Main(context.Background(), append([]string{"--dir", dir}, strings.Fields(c.line)...), &out, &out)
		if code != c.code || !regexp.MustCompile(c.says).MatchString(out.String()) {
			t.Errorf("%s: exit %d\n%s", c.line, code, out.String())
		}
	}
}
