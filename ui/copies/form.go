package copies

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// form is a request being written.
type form struct {
	p       *page
	act     *civilstatus.Act
	acts    []civilstatus.Act
	search  *widgets.Entry
	results *fyne.Container
	who     *widgets.Entry
	address *widgets.Entry
	paper   *widgets.Entry
	basis   *widgets.Entry
	number  *widgets.Entry
	quality *widget.Select
	channel *widget.Select
	kind    *widget.RadioGroup
	parents *widget.Check
	of      *widget.Check // emancipated
	law     *fyne.Container
}

// ask begins a request.
func (p *page) ask() {
	f := &form{p: p, results: widgets.Wrapped(), law: widgets.Wrapped()}
	p.claim(true)
	p.printed, p.buttons.Hidden = nil, true
	t := p.h.Text
	f.search = widgets.NewEntry(t("copies.search.hint"))
	f.search.OnChanged = func(string) { f.find() }
	f.search.OnSubmitted = func(string) {
		if len(f.acts) > 0 {
			f.take(&f.acts[0])
		}
	}
	f.who, f.address = widgets.NewEntry(t("copies.who.hint")), widgets.NewText(t("copies.address.hint"), 2)
	f.paper, f.basis, f.number = widgets.NewEntry(t("copies.paper.hint")), widgets.NewEntry(t("copies.basis.hint")), widgets.NewEntry("1")
	f.number.SetText("1")
	var qualities, channels []string
	for _, q := range copies.Qualities() {
		qualities = append(qualities, t("copies.quality."+string(q)))
	}
	for _, c := range copies.Channels() {
		channels = append(channels, t("copies.channel."+string(c)))
	}
	f.quality, f.channel = widget.NewSelect(qualities, nil), widget.NewSelect(channels, nil)
	f.quality.PlaceHolder = t("copies.quality.hint")
	f.channel.SetSelectedIndex(0)
	f.kind = widget.NewRadioGroup(nil, nil)
	f.parents, f.of = widget.NewCheck(t("copies.parents"), nil), widget.NewCheck(t("copies.emancipated"), nil)
	for _, watch := range []func(func()){
		func(do func()) { f.quality.OnChanged = func(string) { do() } }, func(do func()) { f.paper.OnChanged = func(string) { do() } },
		func(do func()) { f.basis.OnChanged = func(string) { do() } }, func(do func()) { f.of.OnChanged = func(bool) { do() } }, func(do func()) { f.parents.OnChanged = func(bool) { do() } },
	} {
		watch(f.assess)
	}
	p.middle.Objects = []fyne.CanvasObject{
		widgets.Heading(t("copies.new")),
		widgets.Field(t("copies.search"), f.search, ""), f.results,
		widgets.Field(t("copies.who"), f.who, ""), widgets.Field(t("copies.quality"), f.quality, ""), widgets.Field(t("copies.paper"), f.paper, t("copies.paper.help")),
		f.kind, f.law,
		widgets.Beside(widgets.NewPrimary(t("copies.record"), base.ConfirmIcon(), f.record), widgets.NewButton(t("copies.cancel"), nil, p.leave)),
		widgets.Field(t("copies.basis"), f.basis, ""), widgets.Field(t("copies.address"), f.address, ""), widgets.Field(t("copies.channel"), f.channel, ""), widgets.Field(t("copies.number"), f.number, ""), f.parents, f.of,
	}
	p.layOut()
	widgets.Focus(p.middle, f.search)
}

// find shows the acts of a name.
func (f *form) find() {
	words := f.search.Text
	if strings.TrimSpace(words) == "" {
		return
	}
	shell.Load(f.p.h, "find", func(ctx context.Context) ([]civilstatus.Act, error) {
		return f.p.o.Acts().List(ctx, words, false, found)
	}, func(acts []civilstatus.Act) {
		if f.act != nil && words == name(f.act) {
			return
		}
		f.acts, f.results.Objects = acts, nil
		for i := range acts {
			a := &acts[i]
			b := widgets.NewButton(name(a)+" — "+f.p.reference(a), nil, func() { f.take(a) })
			b.Alignment = widget.ButtonAlignLeading
			f.results.Objects = append(f.results.Objects, b)
		}
		if len(acts) == 0 {
			f.results.Objects = []fyne.CanvasObject{widgets.Caption(f.p.h.Text("copies.notfound"))}
		}
		shell.LayOut(f.p.h, f.p.middle)
	})
}

// take is the act that the request is about.
func (f *form) take(a *civilstatus.Act) {
	f.act = a
	f.search.SetText(name(a))
	f.results.Objects = []fyne.CanvasObject{widgets.NewNote(widgets.Done, f.p.reference(a))}
	f.kind.Options = nil
	for _, k := range copies.Kinds(a.Kind) {
		f.kind.Options = append(f.kind.Options, f.p.h.Text("copies.kind."+string(k)))
	}
	f.kind.SetSelected(f.kind.Options[0])
	f.kind.Refresh()
	f.assess()
	f.p.look(a, nil)
	widgets.Focus(f.p.middle, f.who)
}

func (f *form) asked() copies.Asked {
	a := copies.Asked{Name: f.who.Text, Address: f.address.Text, Paper: f.paper.Text, Basis: f.basis.Text, Parents: f.parents.Checked, Emancipated: f.of.Checked,
		Channel: copies.Channels()[max(f.channel.SelectedIndex(), 0)], On: authority.DayOf(f.p.h.Now())}
	a.Number, _ = strconv.Atoi(strings.TrimSpace(f.number.Text)) // none: the rules say so
	if i := f.quality.SelectedIndex(); i >= 0 {
		a.Quality = copies.Qualities()[i]
	}
	if f.act != nil {
		a.Act = f.act.ID
		for _, k := range copies.Kinds(f.act.Kind) {
			if f.p.h.Text("copies.kind."+string(k)) == f.kind.Selected {
				a.Kind = k
			}
		}
	}
	return a
}

// assess tells what may be given, as soon as the act and the quality are known.
func (f *form) assess() {
	a := f.asked()
	if f.act == nil || a.Quality == "" {
		return
	}
	shell.Load(f.p.h, "assess", func(ctx context.Context) ([]copies.Answer, error) {
		c, err := f.p.o.Copies().Case(ctx, a)
		if err != nil {
			return nil, err
		}
		return copies.Proposals(c), nil
	}, func(answers []copies.Answer) {
		f.law.Objects = f.p.proposals(answers)
		shell.LayOut(f.p.h, f.p.middle)
	})
}

func (f *form) record() {
	a := f.asked()
	var id string
	shell.Do(f.p.h, shell.Deed{ID: "copies.record", Label: f.p.h.Text("copies.doing"), Done: f.p.h.Text("copies.done.record"), Person: f.p.o.Person,
		Run: func(ctx context.Context, person string) (err error) {
			id, err = f.p.o.Copies().Receive(ctx, person, a)
			return err
		},
		Then: f.p.unless(func() { f.p.arg = id; f.p.leave() })})
}

// writeDetails asks for what the act says and its index does not, beside its image.
func (p *page) writeDetails(m matter) {
	p.claim(true)
	p.look(m.act, nil)
	d := copies.Details{}
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("copies.details")), widgets.Caption(p.h.Text("copies.details.why"))}
	var first *widgets.Entry
	for _, field := range copies.Fields(m.act.Kind) {
		e := widgets.NewEntry("")
		e.SetText(m.details[field.Name])
		d[field.Name] = e.Text
		e.OnChanged = func(text string) { d[field.Name] = text }
		if first == nil {
			first = e
		}
		out = append(out, widgets.Field(field.Label, e, ""))
	}
	act := m.act.ID
	out = append(out, widgets.Beside(widgets.NewPrimary(p.h.Text("copies.details.keep"), base.ConfirmIcon(), func() {
		shell.Do(p.h, shell.Deed{ID: "copies.details", Label: p.h.Text("copies.doing"), Done: p.h.Text("copies.done.details"), Person: p.o.Person,
			Run:  func(ctx context.Context, person string) error { return p.o.Copies().Describe(ctx, person, act, d) },
			Then: p.unless(p.leave)})
	}), widgets.NewButton(p.h.Text("copies.cancel"), nil, p.leave)))
	p.middle.Objects = out
	p.layOut()
	if first != nil {
		widgets.Focus(p.middle, first)
	}
}
