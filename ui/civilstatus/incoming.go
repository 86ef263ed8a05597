package civilstatus

import (
	"bytes"
	"context"
	"maps"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// proposals is how many acts are shown for a notice.
const proposals = 5

// openIncoming shows a notice that came, its document, and the acts that it may be about.
func (p *page) openIncoming(id string) {
	fresh := p.notice != id
	p.notice, p.arg = id, ""
	type seen struct {
		n     civilstatus.Incoming
		found []civilstatus.Proposal
	}
	ask(p, false, func(ctx context.Context) (s seen, err error) {
		if s.n, err = p.o.Acts().Incoming(ctx, id); err != nil {
			return s, err
		}
		s.found, err = p.o.Acts().Propose(ctx, id, proposals)
		return s, err
	}, func(s seen) {
		p.shown = nil
		p.side.Objects = p.describeIncoming(s.n, s.found)
		shell.LayOut(p.h, p.side)
		if fresh {
			p.scroll.ScrollTo(0)
			p.showDocument(s.n.Pages)
		}
	})
}

// showDocument shows the document of a notice; one that came in a list has none.
func (p *page) showDocument(pages []civilstatus.Image) {
	shell.Load(p.h, "picture", func(ctx context.Context) (widgets.Pages, error) {
		if len(pages) == 0 {
			return nil, nil
		}
		return p.o.Pictures(ctx, &civilstatus.Act{Images: pages})
	}, func(found widgets.Pages) {
		if found == nil {
			p.preview.Say(p.h.Text("civilstatus.incoming.nodocument"))
			return
		}
		p.preview.SetDocument(found)
	})
}

func (p *page) describeIncoming(n civilstatus.Incoming, found []civilstatus.Proposal) []fyne.CanvasObject {
	h := p.h
	title := widgets.Heading(strings.TrimSpace(strings.ToUpper(n.LastName) + " " + n.FirstName))
	title.Wrapping = fyne.TextWrapWord
	from := h.Text("civilstatus.incoming.from", "from", n.From, "day", lang.Day(n.Received.Time()))
	if n.Reference != "" {
		from += " · " + n.Reference
	}
	out := []fyne.CanvasObject{title, widgets.Caption(from), widgets.Caption(h.Text("civilstatus.due", "day", lang.Day(n.Due.Time())))}
	if n.Why != "" {
		out = append(out, widgets.NewNote(widgets.Refused, h.Text("civilstatus.incoming.why", "why", n.Why)))
	}
	if n.Born != "" {
		out = append(out, widgets.Caption(h.Text("civilstatus.incoming.born", "day", lang.Day(n.Born.Time()))))
	}
	if n.Wording != "" {
		words := widgets.NewLabel(n.Wording)
		words.Wrapping = fyne.TextWrapWord
		out = append(out, words)
	}
	if n.State == civilstatus.Matched {
		return append(out, widgets.Beside(widgets.NewPrimary(h.Text("civilstatus.incoming.prepare"), nil, func() { p.prepareFrom(n) }),
			widgets.NewButton(h.Text("civilstatus.incoming.hold"), nil, func() { p.holdBack(n) })))
	}
	out = append(out, widgets.Heading(h.Text("civilstatus.incoming.proposals")))
	if len(found) == 0 {
		out = append(out, widgets.Caption(h.Text("civilstatus.incoming.none")))
	}
	for i, f := range found {
		var clues []string
		for _, c := range f.Clues {
			clues = append(clues, h.Text("civilstatus.clue."+string(c)))
		}
		act := widgets.NewLabel(p.name(&f.Act) + " — " + p.reference(&f.Act))
		act.Wrapping = fyne.TextWrapWord
		choose := widgets.NewButton(h.Text("civilstatus.incoming.this"), base.ConfirmIcon(), func() { p.match(n, f.Act.ID) })
		if i == 0 {
			choose.Importance = widget.HighImportance
		}
		out = append(out, act, widgets.Caption(strconv.Itoa(f.Score)+" % : "+strings.Join(clues, ", ")), widgets.Beside(choose))
	}
	return append(out, widget.NewSeparator(), widgets.Beside(widgets.NewButton(h.Text("civilstatus.incoming.hold"), nil, func() { p.holdBack(n) }),
		widgets.NewButton(h.Text("civilstatus.incoming.forward"), base.MailForwardIcon(), func() { p.forward(n) })))
}

// match notes the act that the person chose, and goes on to its mention.
func (p *page) match(n civilstatus.Incoming, act string) {
	n.Act = act
	p.claim(true) // what changes now does not close the form to come
	p.runThen("match", func(ctx context.Context, person string) error { return p.o.Acts().Match(ctx, person, n.ID, act) }, func() { p.prepareFrom(n) })
}

// prepareFrom opens the form of a mention as the notice asks for it; its document stays in view.
func (p *page) prepareFrom(n civilstatus.Incoming) {
	source := n.From
	if n.Reference != "" {
		source += " (" + n.Reference + ")"
	}
	ask(p, true, func(ctx context.Context) (*civilstatus.Act, error) { return p.o.Acts().Act(ctx, n.Act) }, func(a *civilstatus.Act) {
		p.form(a, -1, civilstatus.Draft{Code: n.Code, Fields: maps.Clone(n.Fields), Wording: n.Wording, Source: source, Received: n.Received, Incoming: n.ID})
	})
}

func (p *page) holdBack(n civilstatus.Incoming) {
	p.h.Ask(shell.Question{Title: p.h.Text("civilstatus.incoming.hold.title"), Why: p.h.Text("civilstatus.incoming.hold.why"), Yes: p.h.Text("civilstatus.incoming.hold.yes"), Required: true}, func(why string) {
		p.run("hold", func(ctx context.Context, person string) error { return p.o.Acts().HoldBack(ctx, person, n.ID, why) })
	})
}

// forward asks who keeps the act, prints the letter and notes that the notice went on.
func (p *page) forward(n civilstatus.Incoming) {
	p.claim(true)
	to := widgets.NewText(p.h.Text("civilstatus.to.hint"), 4)
	lines := func() []string { return strings.Split(strings.TrimSpace(to.Text), "\n") }
	p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("civilstatus.forwarding")), widgets.Caption(p.h.Text("civilstatus.forwarding.why")),
		widgets.Field(p.h.Text("civilstatus.to"), to, ""),
		widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.letter"), base.DocumentPrintIcon(), func() {
			address := lines()
			p.print("transmission.pdf", func(ctx context.Context) ([]byte, error) {
				d, err := p.o.Acts().Transmission(ctx, n.ID, address)
				return d.PDF, err
			})
		}), widgets.NewPrimary(p.h.Text("civilstatus.forward.done"), base.MailForwardIcon(), func() {
			address := lines()
			p.run("forward", func(ctx context.Context, person string) error {
				return p.o.Acts().Forward(ctx, person, n.ID, address, authority.DayOf(p.h.Now()))
			})
		})),
		widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.cancel"), nil, func() { p.openIncoming(n.ID) }))}
	shell.LayOut(p.h, p.side)
	widgets.Focus(p.side, to)
}

// newIncoming is the form of a notice that came, on paper or as a file, or of a court's list.
func (p *page) newIncoming() {
	ask(p, true, p.o.Acts().Formulas, func(all civilstatus.Catalogue) {
		codes, labels := []string{""}, []string{p.h.Text("civilstatus.incoming.code.unknown")}
		for _, f := range all {
			if codes[len(codes)-1] != f.Code {
				codes, labels = append(codes, f.Code), append(labels, f.Label)
			}
		}
		code := widget.NewSelect(labels, nil)
		code.SetSelectedIndex(0)
		kinds := []civilstatus.ActKind{civilstatus.Birth, civilstatus.Marriage, civilstatus.Death, civilstatus.Recognition}
		var kindNames []string
		for _, k := range kinds {
			kindNames = append(kindNames, k.Name())
		}
		kind := widget.NewSelect(kindNames, nil)
		kind.SetSelectedIndex(0)
		entries := map[string]*widgets.Entry{}
		field := func(key, hint string) fyne.CanvasObject {
			entries[key] = widgets.NewEntry(hint)
			return widgets.Field(p.h.Text("civilstatus.incoming.field."+key), entries[key], "")
		}
		var files []string
		shownFiles := widgets.Caption(p.h.Text("civilstatus.incoming.nofile"))
		scan := widgets.NewButton(p.h.Text("civilstatus.incoming.file"), base.FileIcon(), func() {
			p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.incoming.file"), Extensions: scanned, Many: true}, func(paths []string) {
				files = paths
				var names []string
				for _, path := range paths {
					names = append(names, filepath.Base(path))
				}
				shownFiles.SetText(strings.Join(names, ", "))
				shell.Load(p.h, "picture", func(ctx context.Context) (widgets.Pages, error) { return p.o.Scans(ctx, paths) }, p.preview.SetDocument)
			})
		})
		value := func(key string) string { return strings.TrimSpace(entries[key].Text) }
		keep := func() {
			n := civilstatus.Incoming{From: value("from"), Reference: value("reference"), LastName: value("last"), FirstName: value("first"), Number: value("number"),
				Code: codes[code.SelectedIndex()], ActKind: kinds[kind.SelectedIndex()]}
			var err error
			if n.Received, err = typedDay(value("received")); err == nil {
				n.Born, err = typedDay(value("born"))
			}
			if err != nil {
				p.h.Toast(shell.Waiting, p.h.Text("civilstatus.index.noday"), nil)
				return
			}
			if n.Received == "" {
				n.Received = authority.DayOf(p.h.Now())
			}
			if n.Born != "" {
				n.Year = n.Born.Time().Year()
			}
			if text := value("year"); text != "" {
				if n.Year, err = strconv.Atoi(text); err != nil {
					p.h.Toast(shell.Waiting, p.h.Text("civilstatus.index.noyear"), nil)
					return
				}
			}
			paths := files
			p.runThen("came", func(ctx context.Context, person string) error {
				var pages []civilstatus.Page
				if len(paths) > 0 {
					var err error
					if pages, err = p.o.ReadPages(ctx, paths); err != nil {
						return err
					}
				}
				_, err := p.o.Acts().Register(ctx, person, n, pages)
				return err
			}, func() { p.turnTo(civilstatus.ViewIncoming) })
		}
		p.side.Objects = []fyne.CanvasObject{
			widgets.Heading(p.h.Text("civilstatus.incoming.new")), scan, shownFiles, field("from", p.h.Text("civilstatus.incoming.from.hint")),
			widgets.Columns(2, field("reference", ""), field("received", p.h.Text("civilstatus.incoming.today")), field("last", ""), field("first", ""),
				field("born", p.h.Text("civilstatus.index.date.hint")), field("number", "")),
			code, widgets.Columns(2, kind, field("year", p.h.Text("civilstatus.index.year.hint"))),
			widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.cancel"), nil, p.leaveForm), widgets.NewPrimary(p.h.Text("civilstatus.incoming.keep"), base.DocumentSaveIcon(), keep)),
			widget.NewSeparator(), widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.decisions"), base.ListIcon(), func() { p.decisions(value("from")) })),
			widgets.Caption(p.h.Text("civilstatus.decisions.help")),
		}
		p.shown = nil
		shell.LayOut(p.h, p.side)
		widgets.Focus(p.side, entries["from"])
	})
}

// typedDay reads a day of a form; one that is left empty is none.
func typedDay(text string) (authority.Day, error) {
	if text == "" {
		return "", nil
	}
	at, err := lang.ParseDay(text)
	return authority.DayOf(at), err
}

// decisions takes a court's list, one line a decision, and tells which lines it could not take.
func (p *page) decisions(from string) {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.decisions"), Extensions: []string{".csv"}}, func(paths []string) {
		if from == "" {
			from = filepath.Base(paths[0])
		}
		var taken, known int
		var wrong []civilstatus.LineError
		p.runThen("decisions", func(ctx context.Context, person string) error {
			list, err := p.o.ReadPages(ctx, paths[:1])
			if err != nil {
				return err
			}
			all, bad, err := civilstatus.ReadDecisions(bytes.NewReader(list[0].Content), from, authority.DayOf(p.h.Now()))
			if err != nil {
				return err
			}
			if _, known, err = p.o.Acts().RegisterAll(ctx, person, all); err == nil {
				taken, wrong = len(all)-known, bad
			}
			return err
		}, func() {
			p.claim(true)
			p.side.Objects = []fyne.CanvasObject{widgets.Heading(p.h.Text("civilstatus.decisions.taken", "n", taken))}
			if known > 0 {
				p.side.Add(widgets.Caption(p.h.Text("civilstatus.decisions.known", "n", known)))
			}
			for _, w := range wrong {
				p.side.Add(widgets.NewNote(widgets.Late, p.h.Text("civilstatus.decisions.line", "n", w.Line, "why", shell.What(p.h, w.Err))))
			}
			p.side.Add(widgets.Beside(widgets.NewPrimary(p.h.Text("civilstatus.view.incoming"), nil, func() { p.turnTo(civilstatus.ViewIncoming) })))
			shell.LayOut(p.h, p.side)
		})
	})
}
