package office_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

func certificate(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(4242), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(0, 0, 20)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// laptop gives a computer that is enrolled on a server.
func laptop(t *testing.T, s *embedded.Server, address client.Server, name string) (*office.Office, *office.Hall) {
	t.Helper()
	code, err := s.NewCode(t.Context(), ours)
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, t.TempDir())
	t.Cleanup(func() { o.Close() })
	h, err := o.Enrol(t.Context(), address, code, name)
	if err != nil {
		t.Fatal(err)
	}
	return o, h
}

// townHall gives the computer of a town hall, its people known.
func townHall(t *testing.T) (*office.Office, *office.Hall) {
	t.Helper()
	s, address := serve(t)
	o, h := laptop(t, s, address, "secrétariat")
	settle(t, h)
	return o, h
}

// settle describes the commune and its people.
func settle(t *testing.T, h *office.Hall) {
	t.Helper()
	commune := demo.Commune()
	commune.ID = ours
	if err := h.People.Describe(t.Context(), demo.Secretary, commune); err != nil {
		t.Fatal(err)
	}
	for _, p := range demo.People() {
		if _, err := h.People.Put(t.Context(), demo.Secretary, p); err != nil {
			t.Fatal(err)
		}
	}
}

// twoLaptops gives two computers of one authority, and their server.
func twoLaptops(t *testing.T) (*embedded.Server, []*office.Hall) {
	t.Helper()
	s, address := serve(t)
	var halls []*office.Hall
	for _, name := range []string{"secrétariat", "maire"} {
		_, h := laptop(t, s, address, name)
		halls = append(halls, h)
	}
	return s, halls
}

// A certificate that ends is asked for once; the agency's answer comes back by the exchanges,
// signed by a computer that each laptop sees among its own.
func TestRenewalRequest(t *testing.T) {
	ctx := context.Background()
	s, halls := twoLaptops(t)
	cert := certificate(t, "Maïté FICTIVE")
	exchange := func() {
		t.Helper()
		for range 2 {
			for _, h := range halls {
				if _, err := h.Sync.Once(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// Both ask offline: two entries, one request.
	for _, h := range halls {
		if err := h.Counter.AskRenewal(ctx, "maire", cert); err != nil {
			t.Fatal(err)
		}
		if err := h.Counter.AskRenewal(ctx, "maire", cert); rule.Find(err) == nil {
			t.Errorf("asked twice: %v", err)
		}
	}
	exchange()
	first, err := halls[0].Counter.RenewalOf(ctx, cert)
	if err != nil || first == nil || first.State != services.Asked || first.Certificate.Subject != "Maïté FICTIVE" || first.Certificate.Serial != "1092" || first.By != "maire" {
		t.Fatalf("%+v %v", first, err)
	}
	if other, err := halls[1].Counter.RenewalOf(ctx, cert); err != nil || other == nil || other.ID != first.ID {
		t.Fatalf("the laptops do not show the same request: %+v %v", other, err)
	}
	if r, err := halls[0].Counter.RenewalOf(ctx, certificate(t, "Une AUTRE")); err != nil || r != nil {
		t.Errorf("%+v %v", r, err)
	}
	if err := s.Answer(ctx, ours, services.Prefix+"inconnue", services.KindReceived, services.Answer{}); err == nil {
		t.Error("an answer without a question")
	}
	for _, step := range []struct {
		kind, text string
		want       services.State
	}{{services.KindReceived, "", services.Received}, {services.KindClosed, "Nouvelle clé remise en mairie.", services.Closed}, {services.KindReceived, "trop tard", services.Closed}} {
		if err := s.Answer(ctx, ours, services.Prefix+first.ID, step.kind, services.Answer{Text: step.text}); err != nil {
			t.Fatal(err)
		}
		exchange()
		for _, h := range halls {
			r, err := h.Counter.RenewalOf(ctx, cert)
			if err != nil || r.State != step.want || step.want == services.Closed && r.Answer != "Nouvelle clé remise en mairie." {
				t.Errorf("%s: %+v %v", step.kind, r, err)
			}
		}
	}
	devices, err := halls[1].Sync.Devices(ctx)
	agencies := 0
	for _, d := range devices {
		if d.Name == server.AgencyName {
			agencies++
		}
	}
	if err != nil || agencies != 1 || len(devices) != 3 {
		t.Errorf("%d devices, %d of the agency: %v", len(devices), agencies, err)
	}
	for _, h := range halls {
		var before, after bytes.Buffer
		dump(t, h, &before)
		if err := h.Journal.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if dump(t, h, &after); before.String() != after.String() || before.Len() == 0 {
			t.Errorf("rebuilt tables differ:\n%s\n%s", before.String(), after.String())
		}
	}
}

func dump(t *testing.T, h *office.Hall, to *bytes.Buffer) {
	t.Helper()
	err := h.Store.View(context.Background(), func(tx *store.Tx) error {
		rows, err := store.All(tx, `SELECT id, data FROM request ORDER BY id`, nil, func(scan func(...any) error) (string, error) {
			var id string
			var data []byte
			err := scan(&id, &data)
			return id + string(data), err
		})
		for _, r := range rows {
			to.WriteString(r + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
