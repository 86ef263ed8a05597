package civilstatus

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// tools shows what is done now and then: the tables, INSEE's file, the rehearsal of COMEDEC, leaving with one's data.
func (p *page) tools() {
	ask(p, true, p.o.Verifications().Correspondents, func(known []comedec.Card) {
		h := p.h
		p.shown = nil
		p.side.Objects = []fyne.CanvasObject{widgets.Heading(h.Text("civilstatus.table"))}
		p.side.Objects = append(p.side.Objects, p.tableForm()...)
		deceased := widgets.Heading(h.Text("civilstatus.deceased"))
		deceased.Wrapping = fyne.TextWrapWord
		p.side.Objects = append(p.side.Objects, widget.NewSeparator(), deceased, widgets.Caption(h.Text("civilstatus.deceased.help")),
			widgets.Beside(widgets.NewButton(h.Text("civilstatus.deceased.file"), base.FileIcon(), p.readDeceased)),
			widget.NewSeparator(), widgets.Heading(h.Text("civilstatus.export")), widgets.Caption(h.Text("civilstatus.export.help")),
			widgets.Beside(widgets.NewButton(h.Text("civilstatus.export.do"), base.UploadIcon(), p.export), widgets.NewButton(h.Text("civilstatus.restore.do"), base.DownloadIcon(), p.restore)),
			widget.NewSeparator(), widgets.Heading(h.Text("civilstatus.comedec")), widgets.NewNote(widgets.Waiting, h.Text("civilstatus.comedec.draft")))
		for _, c := range known {
			p.side.Add(widgets.Caption(c.Name + " — " + c.Fingerprint()))
		}
		if len(known) == 0 {
			p.side.Add(widgets.Caption(h.Text("civilstatus.comedec.none")))
		}
		for _, b := range []*widgets.Button{widgets.NewButton(h.Text("civilstatus.comedec.open"), base.MailComposeIcon(), p.openVerification), widgets.NewButton(h.Text("civilstatus.comedec.know"), base.ContentAddIcon(), p.knowCorrespondent),
			widgets.NewButton(h.Text("civilstatus.comedec.card"), base.DocumentSaveIcon(), p.saveCard)} {
			p.side.Add(container.NewHBox(b))
		}
		p.side.Add(widget.NewSeparator())
		p.side.Add(widgets.Beside(widgets.NewButton(h.Text("civilstatus.register.close"), base.NavigateBackIcon(), p.leaveForm)))
		shell.LayOut(h, p.side)
	})
}

// tableForm asks for a kind of acts and a year, and prints the table of the year or of its ten years.
func (p *page) tableForm() []fyne.CanvasObject {
	kinds := []civilstatus.ActKind{civilstatus.Birth, civilstatus.Marriage, civilstatus.Death, civilstatus.Recognition}
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name())
	}
	kind := widget.NewSelect(names, nil)
	kind.SetSelectedIndex(0)
	year := widgets.NewEntry(p.h.Text("civilstatus.table.year"))
	year.SetText(strconv.Itoa(p.h.Now().Year() - 1))
	print := func(ten bool) {
		from, err := strconv.Atoi(strings.TrimSpace(year.Text))
		if err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("civilstatus.table.noyear"), nil)
			return
		}
		k, to, name := kinds[kind.SelectedIndex()], from, "table-annuelle.pdf"
		if ten {
			name = "table-decennale.pdf"
			from, to = civilstatus.Decade(from)
		}
		p.print(name, func(ctx context.Context) ([]byte, error) {
			d, err := p.o.Acts().Table(ctx, k, from, to)
			return d.PDF, err
		})
	}
	year.OnSubmitted = func(string) { print(false) }
	return []fyne.CanvasObject{widgets.Columns(2, kind, year), widgets.Beside(
		widgets.NewButton(p.h.Text("civilstatus.table.annual"), base.DocumentPrintIcon(), func() { print(false) }),
		widgets.NewButton(p.h.Text("civilstatus.table.ten"), base.DocumentPrintIcon(), func() { print(true) }))}
}

// readDeceased reads INSEE's file in the background of the page; what it suggests enters the queue.
func (p *page) readDeceased() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.deceased.file"), Extensions: []string{".txt"}}, func(paths []string) {
		var told civilstatus.Reading
		p.h.Run(shell.Action{ID: "civilstatus.deceased", Label: p.h.Text("civilstatus.deceased.reading"),
			Run: func(ctx context.Context, progress shell.Progress) error {
				person, err := p.o.Person(ctx)
				if err != nil {
					return err
				}
				told, err = p.o.ReadDeceased(ctx, person, paths[0], func(lines int64) {
					progress(0, 0, p.h.Text("civilstatus.deceased.lines", "n", int(lines)))
				})
				return err
			},
			Done: p.unless(func() {
				text := p.h.Text("civilstatus.deceased.new", "n", told.New)
				if told.Known > 0 {
					text += " " + p.h.Text("civilstatus.deceased.known", "n", told.Known)
				}
				if told.Wrong > 0 {
					text += " " + p.h.Text("civilstatus.deceased.wrong", "n", int(told.Wrong))
				}
				p.h.Toast(shell.Done, text, nil)
				p.turnTo(civilstatus.ViewDeaths)
			})})
	})
}

// export writes the civil status into a new folder of the one that is chosen.
func (p *page) export() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.export.pick"), Folder: true}, func(paths []string) {
		var folder string
		var n civilstatus.Exported
		p.h.Run(shell.Action{ID: "civilstatus.export", Label: p.h.Text("civilstatus.exporting"),
			Run: func(ctx context.Context, progress shell.Progress) (err error) {
				folder, n, err = p.o.ExportCivilStatus(ctx, paths[0], func(done, of int) { progress(done, of, p.h.Text("civilstatus.exporting")) })
				return err
			},
			Done: func() {
				p.h.Toast(shell.Done, p.h.Text("civilstatus.exported", "n", n.Acts, "images", n.Images, "folder", filepath.Base(folder)), nil)
			}})
	})
}

func (p *page) restore() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.restore.pick"), Folder: true}, func(paths []string) {
		var n civilstatus.Restored
		p.h.Run(shell.Action{ID: "civilstatus.restore", Label: p.h.Text("civilstatus.restoring"),
			Run: func(ctx context.Context, _ shell.Progress) error {
				person, err := p.o.Person(ctx)
				if err != nil {
					return err
				}
				n, err = p.o.RestoreCivilStatus(ctx, person, paths[0])
				return err
			},
			Done: p.unless(func() {
				p.h.Toast(shell.Done, p.h.Text("civilstatus.restored", "n", n.Acts, "known", n.Known), nil)
				p.turnTo("")
			})})
	})
}

func (p *page) saveCard() {
	p.h.Save(shell.Made("fiche-mairie.json", func(ctx context.Context) ([]byte, error) {
		c, err := p.o.VerificationCard(ctx)
		if err != nil {
			return nil, err
		}
		return c.Write()
	}))
}

// knowCorrespondent shows the card of a correspondent: it is added once its fingerprint was read aloud by both.
func (p *page) knowCorrespondent() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.comedec.know"), Extensions: []string{".json"}}, func(paths []string) {
		ask(p, true, func(ctx context.Context) (comedec.Card, error) {
			files, err := p.o.ReadPages(ctx, paths[:1])
			if err != nil {
				return comedec.Card{}, err
			}
			c, err := comedec.ReadCard(files[0].Content)
			if errors.Is(err, comedec.ErrCard) {
				return comedec.Card{}, nil // told below, in words
			}
			return c, err
		}, func(c comedec.Card) {
			if c.Name == "" {
				p.h.Toast(shell.Waiting, p.h.Text("civilstatus.comedec.nocard"), nil)
				return
			}
			p.side.Objects = []fyne.CanvasObject{widgets.Heading(c.Name), widgets.Caption(p.h.Text("civilstatus.comedec.office."+string(c.Office)) + " " + c.Number),
				widgets.Heading(c.Fingerprint()), widgets.Caption(p.h.Text("civilstatus.comedec.compare")),
				widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.cancel"), nil, p.tools), widgets.NewPrimary(p.h.Text("civilstatus.comedec.add"), base.ConfirmIcon(), func() {
					p.runThen("correspondent", func(ctx context.Context, person string) error { return p.o.Verifications().Know(ctx, person, c) }, p.tools)
				}))}
			shell.LayOut(p.h, p.side)
		})
	})
}

// openVerification reads a request and shows what would be answered; the officer's word sends it.
func (p *page) openVerification() {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.comedec.open"), Extensions: []string{".comedec"}}, func(paths []string) {
		type read struct {
			r        comedec.Request
			from     comedec.Card
			x        comedec.Examined
			officers []authority.Person
		}
		ask(p, true, func(ctx context.Context) (v read, err error) {
			if v.r, v.from, v.x, err = p.o.OpenVerification(ctx, paths[0]); err == nil {
				v.officers, err = p.o.Officers(ctx)
			}
			return v, err
		}, func(v read) { p.verification(v.r, v.from, v.x, v.officers) })
	})
}

func (p *page) verification(r comedec.Request, from comedec.Card, x comedec.Examined, officers []authority.Person) {
	h := p.h
	what := strings.TrimSpace(r.FirstNames + " " + strings.ToUpper(r.LastName))
	when := r.Number
	if r.Day != "" {
		when = lang.Day(r.Day.Time())
	}
	p.side.Objects = []fyne.CanvasObject{widgets.Heading(h.Text("civilstatus.comedec.request", "from", from.Name)), widgets.Caption(h.Text("civilstatus.comedec.asks", "kind", r.Act.Name(), "who", what, "when", when, "purpose", r.Purpose)),
		widgets.NewNote(widgets.Waiting, h.Text("civilstatus.comedec.draft")), widgets.NewBadge(outcomes[x.Answer.Outcome], h.Text("civilstatus.comedec.outcome."+string(x.Answer.Outcome)))}
	for _, text := range append([]string{x.Answer.Why}, x.Notes...) {
		if text != "" {
			p.side.Add(widgets.Caption(text))
		}
	}
	for _, l := range x.Answer.Lines {
		p.side.Add(widgets.Caption(l.Label + " : " + l.Text))
	}
	for _, m := range x.Answer.Mentions {
		p.side.Add(widgets.Caption(m))
	}
	reason := widgets.NewText(h.Text("civilstatus.reason.hint"), 2)
	if x.Ask {
		p.side.Add(widgets.Field(h.Text("civilstatus.comedec.reason"), reason, ""))
	}
	var names []string
	for _, o := range officers {
		names = append(names, o.Name())
	}
	officer := widget.NewSelect(names, nil)
	officer.PlaceHolder = h.Text("civilstatus.comedec.officer")
	if len(names) > 0 {
		officer.SetSelectedIndex(0)
	}
	p.side.Add(officer)
	p.side.Add(widgets.Beside(widgets.NewButton(h.Text("civilstatus.cancel"), nil, p.tools), widgets.NewPrimary(h.Text("civilstatus.comedec.answer"), base.MailSendIcon(), func() {
		who, why := "", strings.TrimSpace(reason.Text)
		if i := officer.SelectedIndex(); i >= 0 {
			who = officers[i].ID
		}
		var sealed []byte
		p.runThen("answered", func(ctx context.Context, person string) (err error) {
			sealed, err = p.o.AnswerVerification(ctx, person, who, why, r, from)
			return err
		}, func() {
			p.h.Save(shell.Made("reponse-"+filepath.Base(r.ID)+".comedec", func(context.Context) ([]byte, error) { return sealed, nil }))
			p.tools()
		})
	})))
	shell.LayOut(h, p.side)
	if x.Act == nil {
		return
	}
	shell.Load(h, "picture", func(ctx context.Context) (widgets.Pages, error) { return p.o.Pictures(ctx, x.Act) }, p.preview.SetDocument)
}

var outcomes = map[comedec.Outcome]widgets.Meaning{comedec.Given: widgets.Done, comedec.Unknown: widgets.Plain, comedec.Several: widgets.Waiting, comedec.Withheld: widgets.Refused}
