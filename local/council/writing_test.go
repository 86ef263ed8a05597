package council_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// writer is somebody who writes one draft on a laptop of her own.
type writer struct {
	t    testing.TB
	name string
	c    *council.Council
	j    *journal.Journal
	had  council.Written
}

// together are two laptops with one draft, and what has them exchange.
func together(t *testing.T, template string) (id string, a, b *writer, meet func()) {
	t.Helper()
	library, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	order := journaltest.Server{Keys: map[string]ed25519.PublicKey{}}
	var all []*writer
	for _, name := range []string{"secretariat", "mairie"} {
		j, key := journaltest.OpenKeyed(t, name, time.Now, rand.Reader, authority.Projections(), council.Projections())
		order.Keys[name] = key
		all = append(all, &writer{t: t, name: name, c: council.New(j, library), j: j})
	}
	if id, err = all[0].c.Draft(t.Context(), "secretariat", template); err != nil {
		t.Fatal(err)
	}
	meet = func() {
		t.Helper()
		for range 3 {
			for _, w := range all {
				order.Meet(t, w.j)
				if _, err := w.c.Reconcile(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, w := range all {
			w.open(id)
		}
	}
	meet()
	return id, all[0], all[1], meet
}

func (w *writer) open(id string) {
	w.t.Helper()
	var err error
	if w.had, err = w.c.Written(context.Background(), id); err != nil {
		w.t.Fatal(err)
	}
}

// typed is the text that she has before her eyes, with words more in one of its paragraphs.
func (w *writer) typed(block int, more string) council.Text {
	text := w.had.Text
	text.Blocks = slices.Clone(text.Blocks)
	text.Blocks[block].Text += more
	return text
}

func (w *writer) write(text council.Text) {
	w.t.Helper()
	now, err := w.c.Write(context.Background(), w.name, w.had, text)
	if err != nil {
		w.t.Fatal(err)
	}
	w.had = w.had.With(text, w.c.Device(), now)
}

func (w *writer) keep(text council.Text) {
	w.t.Helper()
	now, err := w.c.Keep(context.Background(), w.name, w.had, text)
	if err != nil {
		w.t.Fatal(err)
	}
	w.had = now
}

// said is what others read of the draft on her laptop.
func (w *writer) said(id string) string {
	w.t.Helper()
	d, err := w.c.Deliberation(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, b := range d.Text.Blocks {
		all = append(all, b.Text)
	}
	return strings.Join(all, "\n")
}

// Two people write one draft, in two paragraphs and in the same one; both make versions of it without a line: nobody is
// asked, the words of both stand once, and each reads the same text.
func TestADraftWrittenTogether(t *testing.T) {
	id, a, b, meet := together(t, "cfu")
	before := len(strings.Split(a.said(id), "\n"))
	last := len(a.had.Text.Blocks) - 1
	a.write(a.typed(0, " [titre]"))
	meet()
	if hands := b.had.Others(b.c.Device(), time.Now().Add(-time.Minute)); len(hands) != 1 || hands[0].Person != "secretariat" || hands[0].Block != 0 {
		t.Errorf("who writes: %+v", hands)
	}
	if !strings.Contains(b.said(id), " [titre]") {
		t.Fatalf("what is being written is not read:\n%s", b.said(id))
	}
	// Apart.
	a.write(a.typed(last, " [a]"))
	b.write(b.typed(last, " [b]"))
	b.write(b.typed(0, " [b aussi]"))
	a.keep(a.typed(1, " [a encore]"))
	b.keep(b.had.Text)
	meet()
	if a.said(id) != b.said(id) {
		t.Fatalf("%s\n\n%s", a.said(id), b.said(id))
	}
	for _, words := range []string{"[titre]", "[a]", "[b]", "[b aussi]", "[a encore]"} {
		if strings.Count(a.said(id), words) != 1 {
			t.Errorf("%s stands %d times", words, strings.Count(a.said(id), words))
		}
	}
	if n := len(strings.Split(a.said(id), "\n")); n != before {
		t.Errorf("%d paragraphs became %d", before, n)
	}
	for _, w := range []*writer{a, b} {
		if _, err := w.c.DraftConflict(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: somebody is asked: %v", w.name, err)
		}
		conflicts, err := func() (n int, err error) {
			err = w.j.Store().View(t.Context(), func(tx *store.Tx) error { n, err = journal.CountConflicts(tx); return err })
			return n, err
		}()
		if err != nil || conflicts != 0 {
			t.Errorf("%s: %d conflicts, %v", w.name, conflicts, err)
		}
		text := w.said(id)
		if err := w.j.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if w.said(id) != text {
			t.Errorf("%s: rebuilt, it says\n%s", w.name, w.said(id))
		}
	}
	d, err := a.c.Deliberation(t.Context(), id)
	if err != nil || strings.Contains(d.Edition, "+") {
		t.Errorf("no version holds it all: %q, %v", d.Edition, err)
	}
}

// Annexes and values go with what is written; a value that two gave apart is to be checked.
func TestWhatElseADraftHolds(t *testing.T) {
	id, a, b, meet := together(t, "cfu")
	annex, err := a.c.KeepAnnex(t.Context(), "plan.pdf", []byte("%PDF-1.7"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := a.typed(0, " [a]").With(annex)
	if err != nil {
		t.Fatal(err)
	}
	text.Variables = slices.Clone(text.Variables)
	text.Variables[0].Value = "2026"
	text.Reporter = "Mme Ève Exemple"
	a.keep(text)
	other := b.typed(0, " [b]")
	other.Variables = slices.Clone(other.Variables)
	other.Variables[0].Value = "2027"
	b.write(other)
	meet()
	for _, w := range []*writer{a, b} {
		d, err := w.c.Deliberation(t.Context(), id)
		if err != nil || len(d.Text.Annexes) != 1 || d.Text.Reporter != "Mme Ève Exemple" || !d.Text.Variables[0].Check || d.Text.Variables[0].Value != "2026" && d.Text.Variables[0].Value != "2027" {
			t.Errorf("%s: %v, %+v", w.name, err, d.Text)
		}
		if !slices.Contains(w.had.State.Doubts, d.Text.Variables[0].Name) {
			t.Errorf("%s: %+v", w.name, w.had.State.Doubts)
		}
	}
	settled := a.typed(0, "")
	settled.Variables = slices.Clone(settled.Variables)
	settled.Variables[0].Value, settled.Variables[0].Check = "2028", false
	a.keep(settled)
	meet()
	if v := b.had.Text.Variables[0]; v.Value != "2028" || v.Check {
		t.Errorf("settled: %+v", v)
	}
}

// What is saved otherwise begins anew; what somebody had typed meanwhile on another laptop comes to it, once.
func TestASavedTextTakesWhatIsWrittenLate(t *testing.T) {
	id, a, b, meet := together(t, "cfu")
	a.write(a.typed(0, " [a]"))
	meet()
	d, err := b.c.Deliberation(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	text := b.typed(1, " [amendement]")
	var lost *council.NotApplied
	if err := b.c.Save(t.Context(), "mairie", id, strings.Split(d.Edition, "+")[0], text); !errors.As(err, &lost) {
		t.Fatalf("a text is saved over words that its author has not seen: %v", err)
	}
	if err := b.c.Save(t.Context(), "mairie", id, d.Edition, text); err != nil {
		t.Fatal(err)
	}
	a.write(a.typed(0, " [encore]"))
	meet()
	a.write(a.typed(2, " [enfin]"))
	meet()
	for _, w := range []*writer{a, b} {
		for _, words := range []string{" [a]", "[amendement]", "[encore]", "[enfin]"} {
			if n := strings.Count(w.said(id), words); n != 1 {
				t.Errorf("%s: %s stands %d times in\n%s", w.name, words, n, w.said(id))
			}
		}
	}
}

// What is voted is what all had written, and is written no more.
func TestWhatIsWrittenIsVoted(t *testing.T) {
	c, _ := open(t)
	ctx := t.Context()
	id, err := c.DraftText(ctx, "m01", council.Text{Blocks: []council.Block{{Kind: council.BlockTitle, Text: "Voirie"}, {Kind: council.BlockArticle, Text: "APPROUVE."}}})
	if err != nil {
		t.Fatal(err)
	}
	w := &writer{t: t, name: "m01", c: c}
	w.open(id)
	w.write(w.typed(1, " Et autorise le maire à signer."))
	today := authority.DayOf(time.Now())
	sitting, err := c.Convene(ctx, "m01", council.Convene{At: time.Now(), Place: "mairie", Convened: today.Plus(-5), Posted: today.Plus(-5), Agenda: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		if err := c.Call(ctx, "m01", sitting, fmt.Sprintf("m%02d", i+1), council.Attendance{Presence: council.Present}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.NameSecretary(ctx, "m01", sitting, "m02"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Vote(ctx, "m01", sitting, council.Ballot{Deliberation: id, Manner: council.Ordinary}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Finalise(ctx, "m01", id, sitting); err != nil {
		t.Fatal(err)
	}
	if got := w.said(id); got != "Voirie\nAPPROUVE. Et autorise le maire à signer." {
		t.Errorf("voted: %q", got)
	}
	if _, err := c.Write(ctx, "m01", w.had, w.typed(0, " encore")); rule.Find(err) == nil {
		t.Errorf("a voted text is written: %v", err)
	}
}
