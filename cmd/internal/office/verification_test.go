package office_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/comedec/comedectest"
	"alpi40.fr/airial/local/rule"
)

// A request that is sealed to this computer is read by it, and by no other computer of the authority.
func TestVerification(t *testing.T) {
	ctx := t.Context()
	_, halls := twoLaptops(t)
	h := halls[0]
	maire := authority.Person{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Since: "2020-03-20"}
	for _, hall := range halls {
		if err := hall.People.Describe(ctx, "i", authority.Authority{ID: hall.ID(), Name: "Commune de Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins"}); err != nil {
			t.Fatal(err)
		}
		if _, err := hall.People.Put(ctx, "i", maire); err != nil {
			t.Fatal(err)
		}
	}
	notary, err := comedectest.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	card, err := h.VerificationCard(ctx)
	if err != nil || card.Office != comedec.TownHall {
		t.Fatalf("%+v %v", card, err)
	}
	raw, err := notary.Ask(comedec.Request{ID: "V1", Act: civilstatus.Birth, LastName: "Exemple", FirstNames: "Camille", Day: "1994-05-03", Purpose: "succession"}, card, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := h.OpenVerification(ctx, raw); !errors.Is(err, comedec.ErrStranger) {
		t.Errorf("a stranger: %v", err)
	}
	for _, hall := range halls {
		if err := hall.Verifications.Know(ctx, "maire", notary.Card); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, _, err := halls[1].OpenVerification(ctx, raw); !errors.Is(err, comedec.ErrNotForUs) || rule.Find(err) == nil {
		t.Errorf("on another computer: %v", err)
	}
	r, from, x, err := h.OpenVerification(ctx, raw)
	if err != nil || x.Answer.Outcome != comedec.Unknown {
		t.Fatalf("%+v %v", x, err)
	}
	sealed, err := h.AnswerVerification(ctx, "maire", "maire", "", r, from)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := notary.Read(sealed, card); err != nil || a.Outcome != comedec.Unknown || a.Commune != "Saint-Airial-des-Pins" {
		t.Errorf("%+v %v", a, err)
	}
}
