package council_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// preparer prepares one agenda on a laptop of her own.
type preparer struct {
	t    testing.TB
	name string
	c    *council.Council
	j    *journal.Journal
	id   string
	had  council.PreparedAgenda
}

// preparers are laptops of one town hall, and what has them exchange.
func preparers(t testing.TB, names ...string) (all []*preparer, meet func()) {
	library, err := council.ReadLibrary()
	if err != nil {
		t.Fatal(err)
	}
	order := journaltest.Server{Keys: map[string]ed25519.PublicKey{}}
	for _, name := range names {
		j, key := journaltest.OpenKeyed(t, name, time.Now, rand.Reader, authority.Projections(), council.Projections())
		order.Keys[name] = key
		all = append(all, &preparer{t: t, name: name, c: council.New(j, library), j: j})
	}
	ctx := t.Context()
	people := authority.New(all[0].j)
	if err := people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Commune d’Essai-les-Pins", Kind: authority.Commune, Population: 850}); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		p := authority.Person{ID: fmt.Sprintf("m%02d", i+1), Civility: "Mme", FirstName: "Prénom", LastName: fmt.Sprintf("Modèle%02d", i+1), Title: "Conseillère", Rank: i + 1}
		if i == 0 {
			p.Roles = []authority.Role{authority.RoleMayor}
		}
		if _, err := people.Put(ctx, "i", p); err != nil {
			t.Fatal(err)
		}
	}
	return all, func() {
		for range 3 {
			for _, p := range all {
				order.Meet(t, p.j)
				if _, err := p.c.Reconcile(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, p := range all {
			if p.id != "" {
				p.look()
			}
		}
	}
}

// begin has all of them prepare one agenda.
func begin(all []*preparer, meet func()) {
	id, err := all[0].c.PrepareAgenda(all[0].t.Context(), all[0].name)
	if err != nil {
		all[0].t.Fatal(err)
	}
	for _, p := range all {
		p.id = ""
	}
	meet()
	for _, p := range all {
		p.id = id
		p.look()
	}
}

func (p *preparer) look() {
	p.t.Helper()
	var err error
	if p.had, err = p.c.Agenda(p.t.Context(), p.id); err != nil {
		p.t.Fatal(err)
	}
}

// change makes something of the agenda that she has before her eyes.
func (p *preparer) change(do func(*council.Agenda)) {
	p.t.Helper()
	want := p.had.Agenda
	want.Points = slices.Clone(want.Points)
	do(&want)
	now, err := p.c.WriteAgenda(p.t.Context(), p.name, p.had, want)
	if err != nil {
		p.t.Fatal(err)
	}
	p.had = p.had.With(want, p.c.Device(), now)
}

func (p *preparer) add(at int, words string) {
	p.t.Helper()
	p.change(func(a *council.Agenda) {
		a.Points = slices.Insert(a.Points, at, council.Prepared{ID: p.c.NewPoint(), Words: words})
	})
}

func (p *preparer) move(from, to int) {
	p.t.Helper()
	p.change(func(a *council.Agenda) {
		point := a.Points[from]
		a.Points = slices.Insert(slices.Delete(a.Points, from, from+1), to, point)
	})
}

func wordsOf(points []council.Prepared) string {
	var all []string
	for _, p := range points {
		all = append(all, p.Words)
	}
	return strings.Join(all, " | ")
}

func (p *preparer) conflicts() (n int) {
	p.t.Helper()
	if err := p.j.Store().View(p.t.Context(), func(tx *store.Tx) (err error) { n, err = journal.CountConflicts(tx); return err }); err != nil {
		p.t.Fatal(err)
	}
	return n
}

// Two people prepare one agenda, with a line and without: what each added, moved and worded stands once, in one order.
func TestAnAgendaPreparedTogether(t *testing.T) {
	all, meet := preparers(t, "secretariat", "mairie")
	begin(all, meet)
	a, b := all[0], all[1]
	a.add(0, "Tarifs de la cantine")
	a.add(1, "Voirie")
	meet()
	if got := wordsOf(b.had.Points); got != "Tarifs de la cantine | Voirie" {
		t.Fatalf("what is being prepared is not read: %q", got)
	}
	if hands := b.had.Editors(b.c.Device(), time.Now().Add(-time.Minute)); len(hands) != 1 || hands[0].Person != "secretariat" || hands[0].Block != 1 {
		t.Errorf("who prepares: %+v", hands)
	}
	// Apart.
	a.move(1, 0) // the roads first
	a.add(2, "Subventions")
	b.change(func(x *council.Agenda) {
		x.Points[1].Words = "Voirie : chemin du moulin"
		x.Day, x.Place = "14/12/2026", "salle du conseil"
	})
	b.add(2, "Questions diverses")
	b.change(func(x *council.Agenda) { x.Points = slices.Delete(x.Points, 0, 1) }) // the canteen goes
	meet()
	if got := wordsOf(a.had.Points); got != wordsOf(b.had.Points) || !strings.HasPrefix(got, "Voirie : chemin du moulin | ") || strings.Contains(got, "cantine") || strings.Count(got, "Subventions") != 1 || strings.Count(got, "Questions diverses") != 1 {
		t.Errorf("%q, %q", got, wordsOf(b.had.Points))
	}
	if a.had.Day != "14/12/2026" || len(a.had.Doubts) > 0 || wordsOf(a.had.Gone) != "Tarifs de la cantine" {
		t.Errorf("%+v", a.had.Agenda)
	}
	// A point that one takes away while another words it is back, and one that is taken back stands.
	a.change(func(x *council.Agenda) { x.Points = slices.Delete(x.Points, 0, 1) })
	b.change(func(x *council.Agenda) { x.Points[0].Words += ", première tranche" })
	b.change(func(x *council.Agenda) { x.Points = append(x.Points, x.Gone[0]) })
	meet()
	if got := wordsOf(a.had.Points); got != wordsOf(b.had.Points) || !strings.HasPrefix(got, "Voirie : chemin du moulin, première tranche | ") || !strings.HasSuffix(got, " | Tarifs de la cantine") || len(a.had.Gone) != 0 {
		t.Errorf("%q, %q", got, wordsOf(b.had.Points))
	}
	for _, p := range all {
		said := wordsOf(p.had.Points)
		if err := p.j.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p.look(); wordsOf(p.had.Points) != said || p.conflicts() != 0 {
			t.Errorf("%s: rebuilt, it says %q; %d conflicts", p.name, wordsOf(p.had.Points), p.conflicts())
		}
	}
}

// A point that two people moved apart stands once, and is doubted until somebody says where it stands.
func TestAPointMovedApart(t *testing.T) {
	all, meet := preparers(t, "secretariat", "mairie")
	begin(all, meet)
	a, b := all[0], all[1]
	for i, words := range []string{"Un", "Deux", "Trois", "Quatre"} {
		a.add(i, words)
	}
	meet()
	a.move(3, 0)
	b.move(3, 1)
	meet()
	doubted := func(p *preparer) (words []string) {
		for _, x := range p.had.Points {
			if x.Doubted {
				words = append(words, x.Words)
			}
		}
		return words
	}
	if got := wordsOf(a.had.Points); got != wordsOf(b.had.Points) || strings.Count(got, "Quatre") != 1 || !slices.Equal(doubted(a), []string{"Quatre"}) || !slices.Equal(doubted(b), []string{"Quatre"}) {
		t.Fatalf("%q, %v; %q, %v", got, doubted(a), wordsOf(b.had.Points), doubted(b))
	}
	order := wordsOf(a.had.Points)
	b.change(func(x *council.Agenda) {
		for i := range x.Points {
			x.Points[i].Doubted = false
		}
	})
	meet()
	if wordsOf(a.had.Points) != order || len(doubted(a))+len(doubted(b)) != 0 {
		t.Errorf("%q, %v, %v", wordsOf(a.had.Points), doubted(a), doubted(b))
	}
}

// Whatever two laptops do to an agenda, and whenever they exchange, all come to one, in which each word stands once unless
// somebody took its point away.
func TestNothingOfAnAgendaIsLost(t *testing.T) {
	all, meet := preparers(t, "un", "deux")
	turn := 0
	rapid.Check(t, func(c *rapid.T) {
		turn++
		begin(all, meet)
		added, gone := map[string]bool{}, map[string]bool{}
		for n := range rapid.IntRange(1, 8).Draw(c, "steps") {
			p := rapid.SampledFrom(all).Draw(c, "laptop")
			points := len(p.had.Points)
			switch rapid.SampledFrom([]string{"add", "add", "word", "move", "remove", "meet"}).Draw(c, "step") {
			case "add":
				word := fmt.Sprintf("point%d.%d", turn, n)
				p.add(rapid.IntRange(0, points).Draw(c, "place"), word)
				added[word] = true
			case "word":
				if points > 0 {
					word := fmt.Sprintf("mot%d.%d", turn, n)
					at := rapid.IntRange(0, points-1).Draw(c, "point")
					p.change(func(a *council.Agenda) { a.Points[at].Words += " " + word })
					added[word] = true
				}
			case "move":
				if points > 1 {
					p.move(rapid.IntRange(0, points-1).Draw(c, "from"), rapid.IntRange(0, points-1).Draw(c, "to"))
				}
			case "remove":
				if points > 0 {
					at := rapid.IntRange(0, points-1).Draw(c, "point")
					for _, word := range strings.Fields(p.had.Points[at].Words) {
						gone[word] = true
					}
					p.change(func(a *council.Agenda) { a.Points = slices.Delete(a.Points, at, at+1) })
				}
			case "meet":
				meet()
			}
		}
		meet()
		defer func() { // so that the next is alone
			if err := all[0].c.DropAgenda(t.Context(), "un", all[0].id); err != nil {
				t.Fatal(err)
			}
		}()
		first := all[0].had
		for _, p := range all[1:] {
			if wordsOf(p.had.Points) != wordsOf(first.Points) || wordsOf(p.had.Gone) != wordsOf(first.Gone) {
				c.Fatalf("%q, %q", wordsOf(p.had.Points), wordsOf(first.Points))
			}
		}
		words := strings.Fields(strings.ReplaceAll(wordsOf(first.Points), "|", ""))
		for word := range added {
			n := 0
			for _, w := range words {
				if w == word {
					n++
				}
			}
			if n > 1 || n == 0 && !gone[word] {
				c.Fatalf("%s stands %d times in %q", word, n, words)
			}
		}
	})
}

// A summons announces the agenda that was prepared: points without a draft get one. What is added later on a laptop that had
// not heard of it is told apart.
func TestAPreparedAgendaIsConvened(t *testing.T) {
	all, meet := preparers(t, "secretariat", "mairie")
	begin(all, meet)
	a, b := all[0], all[1]
	ctx := t.Context()
	draft, err := a.c.DraftText(ctx, a.name, council.Text{Blocks: []council.Block{{Kind: council.BlockTitle, Text: "Tarifs"}, {Kind: council.BlockArticle, Text: "FIXE."}}})
	if err != nil {
		t.Fatal(err)
	}
	a.change(func(x *council.Agenda) {
		x.Points = []council.Prepared{{ID: "p1", Words: "Tarifs de la cantine", Deliberation: draft, Reporter: "m02"}, {ID: "p2", Words: "Voirie"}, {ID: "p3", Words: " "}}
	})
	meet()
	b.add(1, "Ajouté sans réseau")
	today := authority.DayOf(time.Now())
	in := council.Convene{At: time.Now().AddDate(0, 0, 6), Place: "mairie", Convened: today, Posted: today, Prepared: a.id}
	id, err := a.c.Convene(ctx, a.name, in)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.c.Sitting(ctx, id)
	if err != nil || len(s.Agenda) != 2 || s.Agenda[0].Deliberation != draft || s.Agenda[0].Subject != "Tarifs de la cantine" || s.Agenda[0].Reporter != "m02" {
		t.Fatalf("%v, %+v", err, s)
	}
	if d, err := a.c.Deliberation(ctx, s.Agenda[1].Deliberation); err != nil || d.Text.Subject() != "Voirie" || d.Status != council.StatusDraft {
		t.Errorf("%v, %+v", err, d)
	}
	if _, err := a.c.WriteAgenda(ctx, a.name, a.had, a.had.Agenda); rule.Find(err) == nil {
		t.Errorf("a convened agenda is prepared: %v", err)
	}
	if _, err := a.c.Convene(ctx, a.name, in); rule.Find(err) == nil {
		t.Errorf("it is convened twice: %v", err)
	}
	meet()
	if late, err := b.c.Late(ctx, id); err != nil || wordsOf(late) != "Ajouté sans réseau" {
		t.Errorf("%v, %+v", err, late)
	}
	if open, err := b.c.Agendas(ctx); err != nil || len(open) != 0 {
		t.Errorf("%v, %+v", err, open)
	}
}

// Two laptops that convene one agenda apart make a conflict, which a person settles.
func TestAnAgendaConvenedTwice(t *testing.T) {
	all, meet := preparers(t, "secretariat", "mairie")
	begin(all, meet)
	all[0].add(0, "Tarifs")
	meet()
	today := authority.DayOf(time.Now())
	for _, p := range all {
		if _, err := p.c.Convene(t.Context(), p.name, council.Convene{At: time.Now().AddDate(0, 0, 6), Place: "mairie", Convened: today, Posted: today, Prepared: p.id}); err != nil {
			t.Fatal(err)
		}
	}
	meet()
	for _, p := range all {
		if p.conflicts() != 1 {
			t.Errorf("%s: %d conflicts", p.name, p.conflicts())
		}
	}
}

// The order of a convened sitting, its reporters and its further points come together; a point that two moved to different
// places waits for a person.
func TestOrdersMadeApart(t *testing.T) {
	all, meet := preparers(t, "secretariat", "mairie")
	a, b := all[0], all[1]
	ctx := t.Context()
	draft := func(title string) string {
		id, err := a.c.DraftText(ctx, a.name, council.Text{Blocks: []council.Block{{Kind: council.BlockTitle, Text: title}}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	today := authority.DayOf(time.Now())
	in := council.Convene{At: time.Now().AddDate(0, 0, 8), Place: "mairie", Convened: today, Posted: today, Agenda: []string{draft("Un"), draft("Deux"), draft("Trois")}}
	more := draft("Ajouté")
	id, err := a.c.Convene(ctx, a.name, in)
	if err != nil {
		t.Fatal(err)
	}
	meet()
	agenda := func(p *preparer) []council.Item {
		t.Helper()
		s, err := p.c.Sitting(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return s.Agenda
	}
	order := func(p *preparer, items []council.Item) {
		t.Helper()
		if err := p.c.Order(ctx, p.name, id, items); err != nil {
			t.Fatal(err)
		}
	}
	said := func(p *preparer) string {
		var all []string
		for _, i := range agenda(p) {
			all = append(all, i.Subject+" "+i.Reporter)
		}
		return strings.Join(all, "|")
	}
	items := agenda(a)
	order(a, []council.Item{items[2], items[0], items[1]})
	if err := a.c.Supplement(ctx, a.name, id, more, today, false, council.Point{}); err != nil {
		t.Fatal(err)
	}
	reported := agenda(b)
	reported[1].Reporter = "m03"
	order(b, reported)
	meet()
	for _, p := range all {
		if got := said(p); got != "Trois |Un |Deux m03|Ajouté " || p.conflicts() != 0 {
			t.Errorf("%s: %q, %d conflicts", p.name, got, p.conflicts())
		}
	}
	items = agenda(a)
	order(a, []council.Item{items[3], items[0], items[1], items[2]})
	order(b, []council.Item{items[0], items[3], items[1], items[2]})
	meet()
	if a.conflicts() != 1 || b.conflicts() != 1 || said(a) != said(b) {
		t.Errorf("%d, %d; %q, %q", a.conflicts(), b.conflicts(), said(a), said(b))
	}
}

// What an agenda may not be is refused in words.
func TestAgendaLimits(t *testing.T) {
	all, meet := preparers(t, "secretariat")
	begin(all, meet)
	p := all[0]
	long := p.had.Agenda
	long.Points = []council.Prepared{{ID: "p", Words: strings.Repeat("mot ", 400)}}
	if _, err := p.c.WriteAgenda(t.Context(), p.name, p.had, long); rule.Find(err) == nil {
		t.Errorf("a long point: %v", err)
	}
	long.Points = make([]council.Prepared, 301)
	if _, err := p.c.WriteAgenda(t.Context(), p.name, p.had, long); rule.Find(err) == nil {
		t.Errorf("too many points: %v", err)
	}
	if err := p.c.DropAgenda(t.Context(), p.name, p.id); err != nil {
		t.Fatal(err)
	}
	if err := p.c.DropAgenda(t.Context(), p.name, p.id); rule.Find(err) == nil {
		t.Errorf("given up twice: %v", err)
	}
	if _, err := p.c.Agenda(t.Context(), "nul"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
