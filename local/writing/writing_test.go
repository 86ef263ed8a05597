package writing_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// desk is one computer, where one draft at a time is written.
type desk struct {
	j   *journal.Journal
	pad writing.Pad
	had writing.State // before the eyes of who writes there
}

type room struct {
	t       testing.TB
	order   journaltest.Server
	desks   []*desk
	subject string
	base    writing.Base
	present writing.Base // what drafts are written over now
	seen    map[string]writing.Seen
}

func newRoom(t testing.TB, n int) *room {
	r := &room{t: t, order: journaltest.Server{Keys: map[string]ed25519.PublicKey{}}}
	for i := range n {
		name := fmt.Sprintf("poste-%d", i)
		j, key := journaltest.OpenKeyed(t, name, time.Now, rand.Reader, writing.Projections())
		r.order.Keys[name] = key
		r.desks = append(r.desks, &desk{j: j, pad: writing.New(j)})
	}
	return r
}

// begin has everybody open one draft.
func (r *room) begin(subject string, paragraphs ...string) {
	r.subject = subject
	r.base = writing.Base{Root: "edition-1", Sheet: writing.Sheet{Values: map[string]string{"montant": "10"}}}
	for _, p := range paragraphs {
		r.base.Sheet.Paragraphs = append(r.base.Sheet.Paragraphs, writing.Paragraph{Kind: "article", Text: p})
	}
	r.present, r.seen = r.base, map[string]writing.Seen{}
	for _, d := range r.desks {
		d.had = r.read(d)
	}
}

func (r *room) read(d *desk) (s writing.State) {
	r.t.Helper()
	if err := d.j.Store().View(r.t.Context(), func(tx *store.Tx) (err error) { s, err = d.pad.Read(tx, r.subject, r.present); return err }); err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *room) write(d *desk, change func(*writing.Sheet)) {
	r.t.Helper()
	sheet := writing.Sheet{Paragraphs: slices.Clone(d.had.Sheet.Paragraphs), Values: map[string]string{}}
	for name, value := range d.had.Sheet.Values {
		sheet.Values[name] = value
	}
	change(&sheet)
	if err := d.pad.Write(r.t.Context(), "qui", r.subject, d.had, sheet, func(*store.Tx) error { return nil }); err != nil {
		r.t.Fatal(err)
	}
	d.had = d.had.With(sheet, d.pad.Device(), r.read(d))
}

func (r *room) carry(d *desk) bool {
	r.t.Helper()
	carried, err := d.pad.Carry(r.t.Context(), r.subject, func(*store.Tx) (writing.Base, error) { return r.present, nil },
		func(_ *store.Tx, root string) (writing.Base, writing.Seen, error) {
			if root != r.base.Root {
				return writing.Base{}, nil, store.ErrNotFound
			}
			return r.base, r.seen[root], nil
		})
	if err != nil {
		r.t.Fatal(err)
	}
	return carried
}

func words(s writing.Sheet) string {
	var all []string
	for _, p := range s.Paragraphs {
		all = append(all, p.Text)
	}
	return strings.Join(all, "\n")
}

// Whatever three computers write, and whenever they exchange, all come to one text; a word is lost by nobody but who takes
// it away, and stands once.
func TestNothingIsLost(t *testing.T) {
	r := newRoom(t, 3)
	turn := 0
	rapid.Check(t, func(c *rapid.T) {
		turn++
		r.begin(fmt.Sprint("projet-", turn), "Le conseil approuve.", "Le maire signe.", "Le budget porte la dépense.")
		there, gone := map[string]bool{}, map[string]bool{}
		for n := range rapid.IntRange(1, 9).Draw(c, "steps") {
			d := rapid.SampledFrom(r.desks).Draw(c, "desk")
			switch rapid.SampledFrom([]string{"word", "word", "paragraph", "remove", "value", "meet"}).Draw(c, "step") {
			case "word":
				word := fmt.Sprintf("mot%d.%d ", turn, n)
				r.write(d, func(s *writing.Sheet) {
					if len(s.Paragraphs) == 0 {
						s.Paragraphs = append(s.Paragraphs, writing.Paragraph{Kind: "article"})
					}
					p := &s.Paragraphs[rapid.IntRange(0, len(s.Paragraphs)-1).Draw(c, "paragraph")]
					at := rapid.IntRange(0, len([]rune(p.Text))).Draw(c, "place")
					runes := []rune(p.Text)
					for at > 0 && runes[at-1] != ' ' { // between words
						at--
					}
					p.Text = string(runes[:at]) + word + string(runes[at:])
				})
				there[strings.TrimSpace(word)] = true
			case "paragraph":
				word := fmt.Sprintf("ajout%d.%d", turn, n)
				r.write(d, func(s *writing.Sheet) {
					at := rapid.IntRange(0, len(s.Paragraphs)).Draw(c, "after")
					s.Paragraphs = slices.Insert(s.Paragraphs, at, writing.Paragraph{Kind: rapid.SampledFrom([]string{"article", "visa"}).Draw(c, "kind"), Text: word + " ."})
				})
				there[word] = true
			case "remove":
				r.write(d, func(s *writing.Sheet) {
					if len(s.Paragraphs) == 0 {
						return
					}
					at := rapid.IntRange(0, len(s.Paragraphs)-1).Draw(c, "paragraph")
					for word := range there {
						if slices.Contains(strings.Fields(s.Paragraphs[at].Text), word) {
							gone[word] = true
						}
					}
					s.Paragraphs = slices.Delete(s.Paragraphs, at, at+1)
				})
			case "value":
				r.write(d, func(s *writing.Sheet) { s.Values["montant"] = fmt.Sprint(turn, ".", n) })
			case "meet":
				r.order.Meet(t, d.j)
				d.had = r.read(d)
			}
		}
		for range 2 {
			for _, d := range r.desks {
				r.order.Meet(t, d.j)
			}
		}
		first := r.read(r.desks[0])
		for _, d := range r.desks[1:] {
			if s := r.read(d); !s.Sheet.Equal(first.Sheet) || !reflect.DeepEqual(s.Doubts, first.Doubts) {
				c.Fatalf("%+v\n%+v", s.Sheet, first.Sheet)
			}
		}
		text := strings.Fields(words(first.Sheet))
		for word := range there {
			n := 0
			for _, w := range text {
				if w == word {
					n++
				}
			}
			if n > 1 || n == 0 && !gone[word] {
				c.Fatalf("%s stands %d times in\n%s", word, n, words(first.Sheet))
			}
		}
	})
}

// A value is not made of two: the last holds on each computer alike, and is doubted where it was given unseen.
func TestTwoValues(t *testing.T) {
	r := newRoom(t, 2)
	r.begin("valeurs", "Une subvention.")
	a, b := r.desks[0], r.desks[1]
	r.write(a, func(s *writing.Sheet) { s.Values["montant"] = "12" })
	r.write(b, func(s *writing.Sheet) { s.Values["montant"] = "15" })
	meet := func() {
		for range 2 {
			for _, d := range r.desks {
				r.order.Meet(t, d.j)
				d.had = r.read(d)
			}
		}
	}
	meet()
	if v := a.had.Sheet.Values["montant"]; v != b.had.Sheet.Values["montant"] || v != "12" && v != "15" || !slices.Equal(a.had.Doubts, []string{"montant"}) || !slices.Equal(b.had.Doubts, a.had.Doubts) {
		t.Fatalf("%+v, %+v", a.had.Sheet.Values, a.had.Doubts)
	}
	r.write(b, func(s *writing.Sheet) { s.Values["montant"] = "13" })
	meet()
	if a.had.Sheet.Values["montant"] != "13" || len(a.had.Doubts) > 0 {
		t.Errorf("%+v, %+v", a.had.Sheet.Values, a.had.Doubts)
	}
}

// What is written in a paragraph that somebody else takes away stands as one of its own.
func TestWrittenInAParagraphTakenAway(t *testing.T) {
	r := newRoom(t, 2)
	r.begin("retrait", "Premier.", "Deuxième.", "Troisième.")
	a, b := r.desks[0], r.desks[1]
	r.write(a, func(s *writing.Sheet) { s.Paragraphs = slices.Delete(s.Paragraphs, 1, 2) })
	r.write(b, func(s *writing.Sheet) { s.Paragraphs[1].Text = "Deuxième, de 2 000 euros." })
	for range 2 {
		r.order.Meet(t, a.j)
		r.order.Meet(t, b.j)
	}
	if got := words(r.read(a).Sheet); got != "Premier.\n, de 2 000 euros\nTroisième." {
		t.Errorf("%q", got)
	}
}

// An edition made otherwise becomes what the draft is written over: what one computer had written over the former one is
// brought to it once, whoever exchanges when.
func TestCarriedToAnotherEdition(t *testing.T) {
	r := newRoom(t, 2)
	r.begin("autre", "Premier article.", "Second article.")
	a, b := r.desks[0], r.desks[1]
	r.write(a, func(s *writing.Sheet) { s.Paragraphs[0].Text = "Premier article, pris." })
	r.order.Meet(t, a.j)
	r.order.Meet(t, b.j)
	b.had = r.read(b)
	r.seen[r.base.Root] = b.had.Seen // an edition takes in what a wrote until then
	r.present = writing.Base{Root: "edition-2", Sheet: writing.Sheet{Paragraphs: []writing.Paragraph{{Kind: "article", Text: "Premier article, pris."}, {Kind: "article", Text: "Second article, amendé."}}, Values: map[string]string{"montant": "10"}}}
	r.write(a, func(s *writing.Sheet) {
		s.Paragraphs[0].Text, s.Values["montant"] = "Premier article, pris. Et plus.", "20"
	})
	if !r.carry(a) || r.carry(a) || r.carry(b) {
		t.Error("what was written late is to be carried once, by who wrote it")
	}
	r.write(a, func(s *writing.Sheet) { s.Paragraphs[0].Text += " Encore." }) // still before the eyes: the former edition
	if !r.carry(a) || r.carry(a) {
		t.Error("what was written later is to be carried too")
	}
	for range 2 {
		r.order.Meet(t, a.j)
		r.order.Meet(t, b.j)
	}
	for _, d := range r.desks {
		s := r.read(d)
		if got := words(s.Sheet); got != "Premier article, pris. Et plus. Encore.\nSecond article, amendé." || s.Sheet.Values["montant"] != "20" || len(s.Doubts) > 0 {
			t.Errorf("%q %+v %+v", got, s.Sheet.Values, s.Doubts)
		}
	}
}

// A draft that was written very often begins anew at its next edition.
func TestALongWritingBeginsAnew(t *testing.T) {
	few, many := writing.State{Count: writing.MaxUpdates - 1}, writing.State{Count: writing.MaxUpdates}
	if few.Included(false).Anew || !many.Included(false).Anew || !few.Included(true).Anew {
		t.Error("an edition begins anew when a draft was written very often, and then only")
	}
}

// What a stranger writes as an update is not read; the others are.
func TestNonsenseSpoilsNothing(t *testing.T) {
	r := newRoom(t, 1)
	r.begin("non-sens", "Un.")
	d := r.desks[0]
	for _, data := range []map[string]any{{"root": r.base.Root, "n": 1, "text": []byte("\xff\xfe nonsense")}, {"root": 12}, {"root": r.base.Root, "text": 4}} {
		if _, err := d.j.Commit(t.Context(), "qui", func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: writing.Prefix + r.subject + "." + d.pad.Device(), Kind: writing.KindWritten, Data: data}}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	d.had = r.read(d)
	r.write(d, func(s *writing.Sheet) { s.Paragraphs[0].Text = "Un, deux." })
	if got := words(r.read(d).Sheet); got != "Un, deux." {
		t.Errorf("%q", got)
	}
	if err := d.j.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := words(r.read(d).Sheet); got != "Un, deux." {
		t.Errorf("rebuilt: %q", got)
	}
}

// BenchmarkWrite writes one word more in a draft of thirty paragraphs that was written 300 times since its last edition.
func BenchmarkWrite(b *testing.B) {
	r := newRoom(b, 1)
	long := make([]string, 30)
	for i := range long {
		long[i] = strings.Repeat("Le conseil municipal approuve le plan de financement. ", 6)
	}
	r.begin("mesure", long...)
	for range 300 {
		r.write(r.desks[0], func(s *writing.Sheet) { s.Paragraphs[7].Text += "mot " })
	}
	for b.Loop() {
		r.write(r.desks[0], func(s *writing.Sheet) { s.Paragraphs[7].Text += "mot " })
	}
}
