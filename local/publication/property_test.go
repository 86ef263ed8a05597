package publication_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/publication"
)

// Whatever is done in whatever order: an individual decision is never on the site, what was
// withdrawn does not come back, nothing leaves before two months without its reason, and
// the rebuilt tables equal the live ones.
func TestWhateverIsDone(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	printed, err := h.council.Print(ctx, h.acts[0])
	must(t, err)
	rapid.Check(t, func(r *rapid.T) {
		id, err := h.Add(ctx, who, publication.NewAct{Kind: publication.Order, Subject: "Essai", Adopted: "2026-11-20", Author: publication.Author{First: "Maïté", Last: "Fictive", Quality: "Maire"}, PDF: printed.PDF})
		if err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(1, 6).Draw(r, "steps") {
			before := h.act(id)
			switch rapid.SampledFrom([]string{"publish", "individual", "common", "withdraw", "withdraw early", "later"}).Draw(r, "step") {
			case "publish":
				err = h.Publish(ctx, who, id)
			case "individual":
				err = h.Describe(ctx, who, id, publication.Details{Individual: true})
			case "common":
				err = h.Describe(ctx, who, id, publication.Details{})
			case "withdraw":
				err = h.Withdraw(ctx, who, id, "", false)
			case "withdraw early":
				err = h.Withdraw(ctx, who, id, "Erreur", false)
			case "later":
				h.now = h.now.AddDate(0, 1, 0)
			}
			after := h.act(id)
			switch {
			case err != nil && !reflect.DeepEqual(before, after):
				r.Fatalf("refused, and changed: %v", err)
			case after.Individual && after.Online():
				r.Fatal("an individual decision is online")
			case !before.Withdrawn.IsZero() && !after.Withdrawn.Equal(before.Withdrawn):
				r.Fatal("a withdrawn act changed")
			case !after.Withdrawn.IsZero() && after.Reason == "" && !after.Withdrawn.After(after.At.AddDate(0, 2, 0)):
				r.Fatal("gone before two months, without a reason")
			}
		}
	})
	before, err := h.Board(ctx)
	must(t, err)
	must(t, h.j.Rebuild(ctx))
	after, err := h.Board(ctx)
	must(t, err)
	if !reflect.DeepEqual(before, after) {
		t.Error("the rebuilt tables differ")
	}
}
