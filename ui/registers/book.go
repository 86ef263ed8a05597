package registers

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// book shows the register of a year: what is missing on its paper, and how deliberations are numbered.
func (p *page) book(year int) {
	type schemes struct {
		now, next council.Scheme
		conflicts []registers.Conflict
	}
	arg := p.arg
	shell.Load(p.h, "book", func(ctx context.Context) (s schemes, err error) {
		if s.now, s.next, err = p.o.Council().Scheme(ctx, council.SeriesDeliberation); err != nil {
			return s, err
		}
		for _, series := range append(slices.Clone(seriesOfOrders), council.SeriesDeliberation) {
			found, err := p.conflicts(ctx, "numbering/"+string(series))
			if err != nil {
				return s, err
			}
			s.conflicts = append(s.conflicts, found...)
		}
		return s, nil
	}, func(s schemes) {
		if !p.mayShow(arg) {
			return
		}
		body := widgets.Wrapped()
		for _, c := range s.conflicts {
			p.disagree(body, c, nil)
		}
		p.cover(body, council.SeriesDeliberation, year)
		body.Add(widgets.Heading(p.h.Text("registers.hand")))
		p.byHand(body, year)
		if year == p.h.Now().Year() {
			p.numbers(body, council.SeriesDeliberation, s.now, s.next, council.Numbers)
		}
		p.put(body)
	})
}

// cover is the title of a register and what prints it.
func (p *page) cover(body *fyne.Container, series council.Series, year int) {
	title := widgets.Heading(p.h.Text("registers.series."+string(series), "year", strconv.Itoa(year)))
	title.Wrapping = fyne.TextWrapWord
	duplex := p.form.Check("duplex", p.h.Text("registers.duplex"), p.h.Preferences().Bool("registers.duplex", true))
	make := widgets.NewPrimary(p.h.Text("registers.make"), base.DocumentIcon(), func() {
		p.h.Preferences().SetBool("registers.duplex", duplex.Checked)
		y := registers.Year{Year: year, Series: series, Duplex: duplex.Checked}
		p.bind(y)
	})
	body.Add(title)
	body.Add(widgets.Caption(p.h.Text("registers.paperonly")))
	body.Add(duplex)
	body.Add(container.NewHBox(make))
}

// bind makes the register once, with its progress, and shows it.
func (p *page) bind(y registers.Year) {
	var pdf []byte
	p.h.Run(shell.Action{ID: "registers.bind", Label: p.h.Text("registers.binding"),
		Run: func(ctx context.Context, progress shell.Progress) error {
			d, err := p.o.Registers().PrintYear(ctx, y, func(done, of int) { progress(done, of, p.h.Text("registers.binding")) })
			pdf = d.PDF
			return err
		},
		Done: func() {
			p.see(p.h.Text("registers.file."+string(y.Series))+"-"+strconv.Itoa(y.Year)+".pdf", func(context.Context) ([]byte, error) { return pdf, nil })
		}})
}

// byHand tells which sittings have their closing sheet signed by hand.
func (p *page) byHand(body *fyne.Container, year int) {
	none := true
	for _, l := range p.lines {
		if l.follow == nil || l.year != year {
			continue
		}
		for _, d := range l.follow.Dues {
			if d.Step != registers.StepClosing {
				continue
			}
			none = false
			words := p.h.Text("registers.hand.no", "day", lang.Day(l.follow.Sitting.At))
			if d.Finished {
				words = p.h.Text("registers.hand.yes", "day", lang.Day(l.follow.Sitting.At), "on", lang.Day(d.Done.Time()))
			}
			body.Add(widgets.NewNote(meaning(d), words))
		}
	}
	if none {
		body.Add(widgets.Caption(p.h.Text("registers.hand.none")))
	}
}

// numbers is the form of how a series is numbered.
func (p *page) numbers(body *fyne.Container, series council.Series, now, next council.Scheme, given func(*store.Tx) ([]string, error)) {
	at := p.h.Now()
	body.Add(widgets.Heading(p.h.Text("registers.numbers")))
	words := p.h.Text("registers.numbers.now", "example", now.Next(at, nil))
	if next != now {
		words += " " + p.h.Text("registers.numbers.next", "example", next.Next(at.AddDate(1, 0, 0), nil))
	}
	body.Add(widgets.Caption(words))
	prefix := p.form.Entry("numbers.prefix", p.h.Text("registers.numbers.prefix"), now.Prefix)
	digits := p.form.Select("numbers.digits", []string{"2", "3", "4"}, strconv.Itoa(now.Digits))
	bySitting := p.form.Check("numbers.sitting", p.h.Text("registers.numbers.sitting"), now.BySitting)
	choose := widgets.NewButton(p.h.Text("registers.numbers.choose"), base.ConfirmIcon(), func() {
		s := council.Scheme{Prefix: strings.ToUpper(strings.TrimSpace(prefix.Text)), BySitting: bySitting.Checked}
		s.Digits, _ = strconv.Atoi(digits.Selected)
		p.give("numbers.", "numbers", func(ctx context.Context, person string) error {
			_, err := p.o.Council().ChooseScheme(ctx, person, series, s, given)
			return err
		})
	})
	fields := []fyne.CanvasObject{container.NewGridWithColumns(2, widgets.Field(p.h.Text("registers.numbers.prefix"), prefix, ""), widgets.Field(p.h.Text("registers.numbers.digits"), digits, ""))}
	if series == council.SeriesDeliberation {
		fields = append(fields, bySitting)
	}
	for _, o := range append(fields, widgets.Caption(p.h.Text("registers.numbers.help")), widgets.Beside(choose)) {
		body.Add(o)
	}
}
