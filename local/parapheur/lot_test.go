package parapheur_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
)

func TestMaySignWith(t *testing.T) {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	person := authority.Person{Civility: "Mme", FirstName: "Anne", LastName: "Le Modèle-Exemple"}
	for _, c := range []struct {
		why    string
		cn     string
		from   time.Duration
		until  time.Duration
		usage  x509.KeyUsage
		ca, ok bool
	}{
		{"hers", "Anne LE MODÈLE-EXEMPLE", -time.Hour, time.Hour, x509.KeyUsageContentCommitment, false, true},
		{"hers, the last name first, without its hyphen", "LE MODELE EXEMPLE Anne", -time.Hour, time.Hour, x509.KeyUsageDigitalSignature, false, true},
		{"hers, under one of her names", "Anne Exemple", -time.Hour, time.Hour, 0, false, true},
		{"her predecessor's", "Marc FICTIF", -time.Hour, time.Hour, x509.KeyUsageContentCommitment, false, false},
		{"expired", "Anne LE MODÈLE-EXEMPLE", -2 * time.Hour, -time.Hour, x509.KeyUsageContentCommitment, false, false},
		{"not in force yet", "Anne LE MODÈLE-EXEMPLE", time.Hour, 2 * time.Hour, x509.KeyUsageContentCommitment, false, false},
		{"made to encrypt", "Anne LE MODÈLE-EXEMPLE", -time.Hour, time.Hour, x509.KeyUsageKeyEncipherment, false, false},
		{"an authority's", "Anne LE MODÈLE-EXEMPLE", -time.Hour, time.Hour, x509.KeyUsageCertSign, true, false},
	} {
		cert := &x509.Certificate{Subject: pkix.Name{CommonName: c.cn}, NotBefore: now.Add(c.from), NotAfter: now.Add(c.until), KeyUsage: c.usage, IsCA: c.ca}
		err := parapheur.MaySignWith(person, cert, now)
		if (err == nil) != c.ok || (err != nil && rule.Find(err) == nil) {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

func TestExpiresSoon(t *testing.T) {
	now := time.Date(2026, 11, 25, 22, 0, 0, 0, time.UTC)
	for days, urgency := range map[int]int{400: -1, 61: -1, 60: 0, 31: 0, 30: 1, 8: 1, 7: 2, 1: 2, 0: 2, -3: 2} {
		left, got := parapheur.ExpiresSoon(now.AddDate(0, 0, days), now)
		if got != urgency || left != max(days, 0) {
			t.Errorf("%d days: %d left, urgency %d, not %d", days, left, got, urgency)
		}
	}
}

// A lot is looked at before its PIN is asked for, and what cannot be signed leaves the rest.
func TestLotIsCheckedFirst(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	mine, notYet := l.send(t), l.send(t)
	if err := l.Approve(ctx, "secretaire", mine, "", l.seen(t, mine)); err != nil {
		t.Fatal(err)
	}
	lot := []parapheur.SeenFolder{{ID: mine, Seen: l.seen(t, mine)}, {ID: notYet, Seen: l.seen(t, notYet)}}
	signer := newSigner(t)
	failed, err := l.CheckLot(ctx, "maire", lot, signer.Certificate())
	if err != nil || len(failed) != 1 || failed[0].ID != notYet || rule.Find(failed[0].Err) == nil {
		t.Errorf("%+v, %v", failed, err)
	}
	other := *signer.Certificate()
	other.Subject.CommonName = "Jean MODÈLE"
	if failed, err = l.CheckLot(ctx, "maire", lot[:1], &other); err != nil || len(failed) != 1 {
		t.Errorf("with another's certificate: %+v, %v", failed, err)
	}
	if failed, err = l.CheckLot(ctx, "maire", lot[:1], nil); err != nil || len(failed) != 0 {
		t.Errorf("with a certificate that is not known yet: %+v, %v", failed, err)
	}
	results, err := l.Sign(ctx, "maire", parapheur.Lot{Folders: lot, Signer: signer, Place: "Essai", Device: "pc"}, nil)
	if err != nil || len(results) != 2 || results[0].Err != nil || results[1].Err == nil {
		t.Errorf("%+v, %v", results, err)
	}
}
