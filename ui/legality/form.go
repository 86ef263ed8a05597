package legality

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// form is an act being made ready.
type form struct {
	p       *page
	x       Item
	act     actes.Act
	matters actes.Classification
	nature  *widget.Select
	number  *widgets.Entry
	subject *widgets.Entry
	date    *widgets.Entry
	kind    *widget.Select // the type of the act itself
	search  *widgets.Entry
	matter  *widget.Select
	found   []actes.Matter
	pieces  []actes.PieceType
	annexes []annex
	box     *fyne.Container // of the annexes
	begun   said            // what it held before anybody typed
}

// said is what a form holds, to be compared.
type said struct{ nature, number, subject, date, kind, matter, annexes string }

func (f *form) now() said {
	files := ""
	for _, a := range f.annexes {
		files += a.path + "\x00" + a.kind.Selected + "\x00"
	}
	return said{f.nature.Selected, f.number.Text, f.subject.Text, f.date.Text, f.kind.Selected, f.matter.Selected, files}
}

// typed tells whether somebody changed it.
func (f *form) typed() bool { return f.now() != f.begun || f.search.Text != "" }

// follow keeps what was typed while something else of the act, or the classification, changed.
func (f *form) follow(x Item) {
	file := x.Act.File
	file.Type = f.act.File.Type
	f.x, f.act.File = x, file
	if f.matters.Date == f.p.matters.Date && f.matters.Model == f.p.matters.Model {
		return
	}
	code := ""
	if i := f.matter.SelectedIndex(); i >= 0 && i < len(f.found) {
		code = f.found[i].Code
	}
	f.matters = f.p.matters
	nature := f.nature.Selected
	f.nature.SetOptions(f.natures())
	f.nature.SetSelected(nature)
	f.look()
	f.matter.ClearSelected()
	for _, m := range f.p.index.Search(code, offered) {
		if code != "" && m.Code == code { // a code that was withdrawn is not replaced by another: she chooses
			f.propose(code)
		}
	}
}

func (f *form) natures() (labels []string) {
	for _, n := range f.matters.Natures {
		labels = append(labels, n.Label)
	}
	return labels
}

type annex struct {
	path string
	kept *actes.File
	kind *widget.Select
}

// offered is how many matters are offered at once.
const offered = 40

func newForm(p *page, x Item) *form {
	h := p.h
	f := &form{p: p, x: x, act: x.Act, matters: p.matters, number: widgets.NewEntry(""), subject: widgets.NewText("", 3), date: widgets.NewEntry(h.Text("legality.date.hint")),
		search: widgets.NewEntry(h.Text("legality.matter.hint")), box: container.NewVBox()}
	if x.Filing != nil { // asked before: what was said then
		file := f.act.File
		f.act = x.Filing.Act
		f.act.File = file
	}
	f.nature = widget.NewSelect(f.natures(), nil)
	f.kind = widget.NewSelect(nil, nil)
	f.matter = widget.NewSelect(nil, nil)
	f.matter.PlaceHolder = h.Text("legality.matter.choose")
	f.number.SetText(f.act.Number)
	f.subject.SetText(f.act.Subject)
	if f.act.Date != "" {
		f.date.SetText(f.act.Date.Time().Format("02/01/2006"))
	}
	f.search.OnChanged = func(string) { f.look() }
	f.nature.OnChanged = func(string) { f.offerTypes() }
	f.nature.SetSelectedIndex(max(0, slices.IndexFunc(f.matters.Natures, func(n actes.Nature) bool { return n.Code == f.act.Nature })))
	f.look()
	f.propose(f.act.Matter)
	for i := range f.act.Annexes { // those of a former asking
		kept := f.act.Annexes[i]
		f.annexes = append(f.annexes, f.annex(kept.Name, &kept))
	}
	f.show()
	f.begun = f.now()
	return f
}

// offerTypes offers the types of files of the nature chosen.
func (f *form) offerTypes() {
	i := f.nature.SelectedIndex()
	if i < 0 {
		return
	}
	f.pieces = f.matters.Natures[i].Pieces
	words := f.types()
	f.kind.SetOptions(words)
	f.kind.SetSelectedIndex(max(0, slices.IndexFunc(f.pieces, func(t actes.PieceType) bool { return t.Code == f.act.File.Type })))
	for _, a := range f.annexes {
		a.kind.SetOptions(words)
		a.kind.ClearSelected()
	}
}

func (f *form) types() (words []string) {
	for _, t := range f.pieces {
		words = append(words, f.p.h.Text("legality.piece", "code", t.Code, "label", t.Label))
	}
	return words
}

// look offers the matters that hold the words typed.
func (f *form) look() {
	f.found = f.p.index.Search(f.search.Text, offered)
	f.offer()
	if len(f.found) == 1 {
		f.matter.SetSelectedIndex(0)
	}
}

func (f *form) offer() {
	var words []string
	for _, m := range f.found {
		words = append(words, m.Code+" "+m.Label)
	}
	f.matter.SetOptions(words)
	if i := f.matter.SelectedIndex(); i < 0 {
		f.matter.ClearSelected()
	}
}

// propose chooses the matter of a code, or the first under it, or what the préfecture has above it.
func (f *form) propose(code string) {
	for code != "" {
		for _, m := range f.p.index.Search(code, offered) {
			if m.Code == code || strings.HasPrefix(m.Code, code+".") {
				f.found = []actes.Matter{m}
				f.offer()
				f.matter.SetSelectedIndex(0)
				return
			}
		}
		code = code[:max(0, strings.LastIndex(code, "."))]
	}
}

func (f *form) objects() []fyne.CanvasObject {
	h, p := f.p.h, f.p
	out := p.heading(f.x)
	if x := f.x.Filing; x != nil && x.State == actes.Bounced {
		out = append(out, widgets.NewNote(widgets.Refused, h.Text("legality.bounced", "words", lang.Typography(x.Words))), widgets.Caption(h.Text("legality.bounced.cure")))
	}
	if p.matters.Model {
		out = append(out, widgets.NewNote(widgets.Waiting, h.Text("legality.matters.model", "day", lang.Day(p.matters.Date.Time()))))
	} else {
		out = append(out, widgets.Caption(h.Text("legality.matters.served", "day", lang.Day(p.matters.Date.Time()))))
	}
	out = append(out,
		widgets.Field(h.Text("legality.nature"), f.nature, ""),
		widgets.Field(h.Text("legality.matter"), container.NewVBox(f.search, f.matter), ""),
		container.NewGridWithColumns(2, widgets.Field(h.Text("legality.number"), f.number, h.Text("legality.number.help")), widgets.Field(h.Text("legality.date"), f.date, "")),
		widgets.Field(h.Text("legality.subject"), f.subject, h.Text("legality.subject.help")),
		widgets.Field(h.Text("legality.type"), f.kind, ""),
		widgets.Heading(h.Text("legality.annexes")), f.box, container.NewHBox(widgets.NewButton(h.Text("legality.annex.add"), base.MailAttachmentIcon(), f.pick)))
	if f.x.Order {
		out = append(out, widgets.Caption(h.Text("legality.order.which")))
	}
	if f.x.LeftOut != "" {
		out = append(out, widgets.NewNote(widgets.Plain, h.Text("legality.leftout", "why", lang.Typography(f.x.LeftOut))))
	}
	if !f.x.Signed {
		words := "legality.unsigned.act"
		if f.x.Deliberation {
			words = "legality.unsigned"
		}
		return append(out, widgets.NewNote(widgets.Waiting, h.Text(words)), container.NewHBox(widgets.NewPrimary(h.Text("legality.prepare"), base.DocumentSaveIcon(), func() { f.send("prepare", p.o.PrepareLegality) })), p.noteReceipt(f.x.ID))
	}
	return append(out, container.NewHBox(widgets.NewPrimary(h.Text("legality.do"), base.UploadIcon(), func() { f.send("ask", p.o.AskLegality) })), p.noteReceipt(f.x.ID))
}

// pick adds annexes.
func (f *form) pick() {
	h := f.p.h
	h.PickFiles(shell.Files{Title: h.Text("legality.annex.add"), Extensions: []string{".pdf", ".xml", ".jpg", ".jpeg", ".png"}, Many: true}, func(paths []string) {
		for _, path := range paths {
			f.annexes = append(f.annexes, f.annex(path, nil))
		}
		f.lay()
	})
}

// annex is a line of an annex, with its type when it was kept with one.
func (f *form) annex(path string, kept *actes.File) annex {
	a := annex{path, kept, widget.NewSelect(f.types(), nil)}
	a.kind.PlaceHolder = f.p.h.Text("legality.annex.type")
	if kept != nil {
		if i := slices.IndexFunc(f.pieces, func(t actes.PieceType) bool { return t.Code == kept.Type }); i >= 0 {
			a.kind.SetSelectedIndex(i)
		}
	}
	return a
}

// lay writes the annexes again in the window.
func (f *form) lay() {
	f.show()
	shell.LayOut(f.p.h, f.p.side)
}

func (f *form) show() {
	f.box.Objects = nil
	for i, a := range f.annexes {
		name := filepath.Base(a.path)
		if a.kept != nil {
			name = a.kept.Name
		}
		label := widgets.NewLabel(name)
		label.Truncation = fyne.TextTruncateEllipsis
		remove := widgets.NewButton("", base.DeleteIcon(), func() {
			f.annexes = slices.Delete(slices.Clone(f.annexes), i, i+1)
			f.lay()
		})
		f.box.Add(container.NewVBox(container.NewBorder(nil, nil, nil, remove, label), a.kind))
	}
}

// send reads the form and gives it to a command, which asks the rules.
func (f *form) send(key string, command func(ctx context.Context, id string, a actes.Act, annexes []Annex) error) {
	p, a := f.p, f.act
	a.Number, a.Subject, a.Matter, a.Date = strings.TrimSpace(f.number.Text), strings.TrimSpace(f.subject.Text), "", ""
	if text := strings.TrimSpace(f.date.Text); text != "" || f.x.Signed {
		at, err := lang.ParseDay(text)
		if err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("legality.date.wrong", "text", f.date.Text), nil)
			return
		}
		a.Date = authority.DayOf(at)
	}
	if i := f.nature.SelectedIndex(); i >= 0 {
		a.Nature = f.matters.Natures[i].Code
	}
	if i := f.matter.SelectedIndex(); i >= 0 && i < len(f.found) {
		a.Matter = f.found[i].Code
	}
	a.File.Type = f.typeOf(f.kind)
	var annexes []Annex
	for _, x := range f.annexes {
		annexes = append(annexes, Annex{Path: x.path, Type: f.typeOf(x.kind), Kept: x.kept})
	}
	id := f.x.ID
	given := f.now()
	p.doThen(key, func(ctx context.Context, _ string) error { return command(ctx, id, a, annexes) }, func() { f.begun = given })
}

func (f *form) typeOf(s *widget.Select) string {
	if i := s.SelectedIndex(); i >= 0 && i < len(f.pieces) {
		return f.pieces[i].Code
	}
	return ""
}
