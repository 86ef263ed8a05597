package people

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// The assembly: its seats, its order of precedence, mandates that end and who follows.

// mandate is the part of a person's form about her election; read gives what was typed, false when a day is not one.
func (p *page) mandate(x authority.Person) (form fyne.CanvasObject, read func(*authority.Person) bool) {
	m := x.Mandate
	field := func(key, value string) (*widgets.Entry, fyne.CanvasObject) {
		e := widgets.NewEntry("")
		e.SetText(value)
		return e, widgets.Field(p.h.Text("people."+key), e, "")
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	born, bornField := field("born", shown(x.Born))
	elected, electedField := field("elected", shown(m.Elected))
	votes, votesField := field("votes", number(m.Votes))
	list, listField := field("list", m.List)
	place, placeField := field("place", number(m.Place))
	office, officeField := field("office", shown(m.Office))
	officePlace, officePlaceField := field("officePlace", number(m.OfficePlace))
	group, groupField := field("group", m.Group)
	commissions, commissionsField := field("commissions", strings.Join(m.Commissions, ", "))
	members := []string{p.h.Text("people.substitute.none")}
	var ids []string
	for _, y := range p.people {
		if y.ID != x.ID && y.Rank > 0 && y.In(p.today()) {
			members, ids = append(members, y.Name()), append(ids, y.ID)
		}
	}
	substitute := widget.NewSelect(members, nil)
	substitute.SetSelectedIndex(1 + slices.Index(ids, x.SubstituteFor))
	form = widgets.Columns(2, bornField, electedField, votesField, groupField, listField, placeField, officeField, officePlaceField, commissionsField,
		widgets.Field(p.h.Text("people.substitute"), substitute, ""))
	return form, func(y *authority.Person) bool {
		var ok bool
		if y.Born, ok = p.day(born.Text); !ok {
			return false
		}
		if y.Mandate.Elected, ok = p.day(elected.Text); !ok {
			return false
		}
		if y.Mandate.Office, ok = p.day(office.Text); !ok {
			return false
		}
		for _, f := range []struct {
			text string
			into *int
		}{{votes.Text, &y.Mandate.Votes}, {place.Text, &y.Mandate.Place}, {officePlace.Text, &y.Mandate.OfficePlace}} {
			n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(f.text), " ", ""))
			if strings.TrimSpace(f.text) != "" && (err != nil || n < 0) {
				p.h.Toast(shell.Waiting, p.h.Text("people.number.wrong", "text", f.text), nil)
				return false
			}
			*f.into = n
		}
		y.Mandate.List, y.Mandate.Group, y.Mandate.Commissions = strings.TrimSpace(list.Text), strings.TrimSpace(group.Text), nil
		for _, c := range strings.Split(commissions.Text, ",") {
			if c = strings.TrimSpace(c); c != "" {
				y.Mandate.Commissions = append(y.Mandate.Commissions, c)
			}
		}
		y.SubstituteFor = ""
		if i := substitute.SelectedIndex(); i > 0 {
			y.SubstituteFor = ids[i-1]
		}
		return true
	}
}

// ending is the form of a mandate's end, and then who follows on the list.
func (p *page) ending(x authority.Person) []fyne.CanvasObject {
	if x.Mandate.Ended != "" {
		return p.following(x)
	}
	if x.Rank == 0 || !x.In(p.today()) {
		return nil
	}
	whys := []authority.Ending{authority.Resigned, authority.Died, authority.Annulled, authority.Dismissed, authority.TermOver}
	var words []string
	for _, w := range whys {
		words = append(words, p.h.Text("people.ending."+string(w)))
	}
	why := widget.NewSelect(words, nil)
	why.SetSelectedIndex(0)
	on := widgets.NewEntry(p.h.Text("people.day.hint"))
	on.SetText(p.h.Now().Format("02/01/2006"))
	accepted := widget.NewCheck(p.h.Text("people.ending.accepted"), nil)
	return []fyne.CanvasObject{widgets.Heading(p.h.Text("people.ending")), widgets.Columns(2, why, on), accepted, widgets.Caption(p.h.Text("people.ending.accepted.why")),
		widgets.Beside(widgets.NewButton(p.h.Text("people.ending.do"), nil, func() {
			day, ok := p.day(on.Text)
			if !ok {
				return
			}
			p.run("ending", func(ctx context.Context, person string) error {
				return p.o.People().EndMandate(ctx, person, x.ID, whys[why.SelectedIndex()], day, accepted.Checked)
			})
		}))}
}

func (p *page) following(x authority.Person) []fyne.CanvasObject {
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("people.ending")), widgets.NewNote(widgets.Waiting, p.h.Text("people.ended.on", "why", p.h.Text("people.ending."+string(x.Mandate.Ended)), "day", lang.Day(x.Until.Plus(1).Time())))}
	next, ok := authority.Successor(p.people, x)
	if !ok {
		return append(out, widgets.Caption(p.h.Text("people.next.none")))
	}
	return append(out, widgets.Caption(p.h.Text("people.next", "name", next.Name(), "list", next.Mandate.List)),
		widgets.Beside(widgets.NewButton(p.h.Text("people.install"), base.ContentAddIcon(), func() {
			p.run("install", func(ctx context.Context, person string) error {
				return p.o.People().Install(ctx, person, next.ID, p.today())
			})
		})))
}

// tableau shows the seats, the population that decides of them, and the order of precedence.
func (p *page) tableau() {
	shell.Load(p.h, "self", p.o.People().Self, func(a authority.Authority) {
		order := authority.Order(p.people, p.today())
		out := []fyne.CanvasObject{widgets.Heading(p.h.Text("people.tableau"))}
		if a.Kind == authority.Commune || a.Kind == "" {
			legal := council.LegalNumber(a.Population)
			m, words := widgets.Done, p.h.Text("people.seats", "legal", legal, "now", len(order), "deputies", council.MaxDeputies(legal))
			switch vacant := legal - len(order); {
			case len(order) < council.DeemedComplete(a.Population):
				m, words = widgets.Late, words+" "+p.h.Text("people.vacant", "n", vacant)
			case vacant > 0:
				m, words = widgets.Waiting, words+" "+p.h.Text("people.vacant", "n", vacant)+" "+p.h.Text("people.complete", "complete", council.DeemedComplete(a.Population))
			}
			out = append(out, widgets.NewNote(m, words))
			if due := council.BylawsDue(a.Population, installed(p.people, p.today())); due > p.today() {
				out = append(out, widgets.Caption(p.h.Text("people.bylaws", "day", lang.Day(due.Time()))))
			}
		}
		if missing := authority.Unordered(p.people, p.today()); len(missing) > 0 {
			out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("people.unordered", "n", len(missing))))
		}
		moved, lines := false, []string{}
		for _, x := range order {
			was, _ := authority.Find(p.people, x.ID)
			words := p.h.Text("people.tableau.line", "no", x.Rank, "name", x.Name(), "title", x.Title)
			if x.Mandate.Group != "" {
				words += " — " + x.Mandate.Group
			}
			if was.Rank != x.Rank {
				moved = true
				words += " " + p.h.Text("people.tableau.was", "no", was.Rank)
			}
			lines = append(lines, words)
		}
		table := widgets.NewLabel(strings.Join(lines, "\n"))
		table.Wrapping = fyne.TextWrapWord
		out = append(out, table)
		if moved {
			out = append(out, widgets.Beside(widgets.NewPrimary(p.h.Text("people.rerank"), base.ConfirmIcon(), func() {
				p.runThen("rerank", func(ctx context.Context, person string) error { return p.o.People().Rerank(ctx, person, p.today()) }, p.load)
			})))
		}
		out = append(out, p.enumeration(a)...)
		out = append(out, p.kind(a)...)
		p.put(out)
	})
}

// enumeration is the population with its source; what the official table gives is proposed.
func (p *page) enumeration(a authority.Authority) []fyne.CanvasObject {
	population, source, largest := widgets.NewEntry(""), widgets.NewEntry(p.h.Text("people.source.hint")), widgets.NewEntry("")
	population.SetText(strconv.Itoa(a.Population))
	source.SetText(a.PopulationSource)
	fields := widgets.Columns(2, widgets.Field(p.h.Text("people.population.number"), population, ""), widgets.Field(p.h.Text("people.source"), source, ""))
	grouped := a.Kind == authority.EPCI || a.Kind == authority.Syndicate
	if grouped {
		if a.Largest > 0 {
			largest.SetText(strconv.Itoa(a.Largest))
		}
		fields.Add(widgets.Field(p.h.Text("people.population.largest"), largest, p.h.Text("people.population.largest.help")))
	}
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("people.population")), fields, widgets.Caption(p.h.Text("people.population.help"))}
	if known := authority.Proposed(a.ID, a.Kind, a.INSEE); known.Population > 0 && (known.Population != a.Population || known.PopulationSource != a.PopulationSource) {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("people.population.known", "n", known.Population, "source", known.PopulationSource)),
			widgets.Beside(widgets.NewButton(p.h.Text("people.population.take"), nil, func() {
				population.SetText(strconv.Itoa(known.Population))
				source.SetText(known.PopulationSource)
				if known.Largest > 0 {
					largest.SetText(strconv.Itoa(known.Largest))
				}
			})))
	}
	return append(out, widgets.Beside(widgets.NewButton(p.h.Text("people.save"), base.DocumentSaveIcon(), func() {
		// What is no number is refused as none.
		e := authority.Enumerated{Population: figure(population.Text), Source: source.Text}
		if grouped {
			e.Largest = figure(largest.Text)
		}
		p.runThen("population", func(ctx context.Context, person string) error { return p.o.People().Enumerate(ctx, person, e) }, p.tableau)
	})))
}

// figure is a number as people type it, with or without spaces; 0 for what is none.
func figure(text string) int {
	n, err := strconv.Atoi(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(text))
	if err != nil {
		return 0
	}
	return n
}

// kind is the sort of authority, whose assembly has rules of its own, each with its article.
func (p *page) kind(a authority.Authority) []fyne.CanvasObject {
	kinds := authority.Kinds()
	choice := widget.NewSelect(nil, nil)
	for _, k := range kinds {
		choice.Options = append(choice.Options, p.h.Text("people.kind.of."+string(k)))
	}
	at := max(0, slices.Index(kinds, a.Kind))
	choice.SetSelectedIndex(at)
	rules := widgets.NewLabel("")
	rules.Wrapping = fyne.TextWrapWord
	change := widgets.NewButton(p.h.Text("people.kind.do"), base.ConfirmIcon(), func() {
		k := kinds[choice.SelectedIndex()]
		p.runThen("kind", func(ctx context.Context, person string) error { return p.o.People().BeKind(ctx, person, k) }, p.tableau)
	})
	show := func(string) {
		k := kinds[choice.SelectedIndex()]
		var lines []string
		for _, r := range council.BodyOf(k).Rules() {
			lines = append(lines, p.h.Text("people.kind.rule", "rule", r.Words, "article", r.Article))
		}
		rules.SetText(strings.Join(lines, "\n"))
		change.Hidden = k == a.Kind
		shell.LayOut(p.h, p.side)
	}
	choice.OnChanged = show
	show("")
	return []fyne.CanvasObject{widgets.Heading(p.h.Text("people.kind.of")), choice, widgets.Caption(p.h.Text("people.kind.help", "status", council.BodyOf(a.Kind).Status)), rules, container.NewHBox(change)}
}

// installed is the day on which the mayor in office was elected, when the council was installed; "" when it is not known.
func installed(people []authority.Person, day authority.Day) authority.Day {
	for _, x := range people {
		if x.Has(authority.RoleMayor) && x.In(day) {
			return x.Mandate.Office
		}
	}
	return ""
}
