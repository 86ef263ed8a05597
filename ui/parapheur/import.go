package parapheur

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// NewFolder is what a person says of files before they leave.
type NewFolder struct {
	Title    string
	Kind     parapheur.Kind
	Route    []parapheur.Step
	Deadline authority.Day
	Files    []NewFile
}

// NewFile is a file on the disk; an annex is read and not signed.
type NewFile struct {
	Path  string
	Annex bool
}

func (p *page) pick() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("parapheur.import"), Many: true}, p.importFiles)
}

// importFiles is the form of a new folder. What is neither a PDF nor a flow is an annex,
// unless the person says otherwise: its signature will stand beside it.
func (p *page) importFiles(paths []string) {
	if len(paths) == 0 {
		return
	}
	name := strings.TrimSuffix(filepath.Base(paths[0]), filepath.Ext(paths[0]))
	title := widgets.NewEntry(name)
	title.SetText(name)
	kinds := parapheur.Kinds()
	kind := p.choice(len(kinds), func(i int) string { return p.h.Text("parapheur.kind." + kindKey(kinds[i])) })
	routes := parapheur.Routes()
	route := p.choice(len(routes), func(i int) string { return p.h.Text("parapheur.route." + routes[i].Key) })
	deadline := widgets.NewEntry(p.h.Text("parapheur.import.deadline.hint"))
	files := container.NewVBox()
	annexes := make([]*widget.Check, len(paths))
	for i, path := range paths {
		annexes[i] = widget.NewCheck(p.h.Text("parapheur.import.annex"), nil)
		extension := strings.ToLower(filepath.Ext(path))
		annexes[i].SetChecked(extension != ".pdf" && extension != ".xml")
		label := widget.NewLabel(filepath.Base(path))
		label.Truncation = fyne.TextTruncateEllipsis
		files.Add(container.NewBorder(nil, nil, nil, annexes[i], label))
	}
	send := func() {
		n := NewFolder{Title: strings.TrimSpace(title.Text), Kind: kinds[kind.SelectedIndex()], Route: routes[route.SelectedIndex()].Steps}
		if n.Title == "" {
			n.Title = name
		}
		if text := strings.TrimSpace(deadline.Text); text != "" {
			at, err := lang.ParseDay(text)
			if err != nil {
				p.h.Toast(shell.Waiting, p.h.Text("parapheur.import.deadline.wrong", "text", text), nil)
				return
			}
			n.Deadline = authority.DayOf(at)
		}
		for i, path := range paths {
			n.Files = append(n.Files, NewFile{Path: path, Annex: annexes[i].Checked})
		}
		var id string
		p.actThen("import", func(ctx context.Context, _ string) (err error) {
			id, err = p.o.Import(ctx, n)
			return err
		}, func() { p.form, p.arg = false, id; p.load() })
	}
	title.OnSubmitted = func(string) { send() }
	p.form = true
	p.facts.Objects = []fyne.CanvasObject{
		widgets.Heading(p.h.Text("parapheur.import.title")), widgets.Field(p.h.Text("parapheur.import.name"), title, ""),
		widgets.Field(p.h.Text("parapheur.import.kind"), kind, ""), widgets.Field(p.h.Text("parapheur.route"), route, ""),
		widgets.Field(p.h.Text("parapheur.import.deadline"), deadline, ""), widgets.Field(p.h.Text("parapheur.import.files"), files, ""),
		container.NewHBox(widgets.NewButton(p.h.Text("parapheur.import.cancel"), nil, func() { p.form = false; p.load() }),
			widgets.NewPrimary(p.h.Text("parapheur.import.do"), base.MailSendIcon(), send)),
	}
	p.enable()
	shell.LayOut(p.h, p.facts)
	widgets.Focus(p.facts, title)
	if accounting := slices.Index(kinds, parapheur.Accounting); strings.EqualFold(filepath.Ext(paths[0]), ".xml") {
		kind.SetSelectedIndex(accounting)
	}
	p.shown = nil
	p.preset(paths[0])
}

// preset shows a file of the disk: its pages, when it has some.
func (p *page) preset(path string) {
	if !strings.EqualFold(filepath.Ext(path), ".pdf") {
		p.nothing(p.h.Text("parapheur.noview.yet"))
		return
	}
	p.pages(func(ctx context.Context) (widgets.Pages, error) { return p.o.File(ctx, path) })
}

func (p *page) choice(n int, word func(int) string) *widget.Select {
	var words []string
	for i := range n {
		words = append(words, word(i))
	}
	s := widget.NewSelect(words, nil)
	s.SetSelectedIndex(0)
	return s
}

// kindKey is a kind's key in ui/lang.
func kindKey(k parapheur.Kind) string {
	return map[parapheur.Kind]string{parapheur.Letter: "letter", parapheur.Order: "order", parapheur.Purchase: "purchase", parapheur.Procurement: "procurement", parapheur.Accounting: "accounting",
		parapheur.Deliberation: "deliberation", parapheur.Other: "other"}[k]
}
