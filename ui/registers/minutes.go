package registers

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// minutesText is the text of minutes being typed.
type minutesText struct {
	p       *page
	minutes registers.Minutes
	sitting council.Sitting
	blocks  *widgets.Blocks
	ended   *widgets.Entry
	kept    bool // asked to be saved, even as it began
	body    fyne.CanvasObject
}

// write opens the minutes of a sitting to be typed.
func (p *page) write(sitting string) {
	type text struct {
		m registers.Minutes
		s council.Sitting
	}
	opening := "minutes/" + sitting
	p.opening = opening
	shell.Load(p.h, "minutes", func(ctx context.Context) (t text, err error) {
		t.m, t.s, err = p.o.Registers().Minutes(ctx, sitting)
		return t, err
	}, func(t text) {
		if p.opening == opening { // she did not go elsewhere meanwhile
			p.edit(&minutesText{p: p, minutes: t.m, sitting: t.s})
		}
	})
}

// places are where paragraphs stand, in order, with their names.
func (w *minutesText) places() (keys, names []string) {
	keys, names = []string{registers.PlaceOpening}, []string{w.p.h.Text("registers.minutes.opening")}
	for i, item := range w.sitting.Agenda {
		keys, names = append(keys, item.Deliberation), append(names, w.p.h.Text("registers.minutes.point", "n", i+1, "subject", item.Subject))
	}
	return append(keys, registers.PlaceClosing), append(names, w.p.h.Text("registers.minutes.closing"))
}

func (p *page) edit(w *minutesText) {
	p.writes, p.opening = w, ""
	keys, names := w.places()
	label := func(kind string, nth int) string {
		name := kind
		if i := slices.Index(keys, kind); i >= 0 {
			name = names[i]
		}
		if nth > 1 {
			return w.p.h.Text("registers.minutes.nth", "place", name, "n", nth)
		}
		return name
	}
	var blocks []widgets.Block
	for _, t := range w.minutes.Text {
		blocks = append(blocks, widgets.Block{Kind: t.Point, Text: t.Text})
	}
	w.blocks = widgets.NewBlocks(label, blocks)
	w.ended = widgets.NewEntry(p.h.Text("registers.minutes.ended.hint"))
	w.ended.SetText(w.minutes.Ended)
	w.blocks.OnChanged = func([]widgets.Block) { p.typed() }
	w.ended.OnChanged = func(string) { p.typed() }
	where := widget.NewSelect(names, nil)
	where.SetSelectedIndex(min(1, len(names)-1))
	add := widgets.NewButton(p.h.Text("registers.minutes.add"), base.ContentAddIcon(), func() {
		if i := where.SelectedIndex(); i >= 0 {
			w.insert(keys, i)
		}
	})
	title := widgets.Heading(p.h.Text("registers.minutes", "day", lang.LongDay(w.sitting.At)))
	title.Wrapping = fyne.TextWrapWord
	w.body = widgets.Wrapped(title, widgets.Caption(p.h.Text("registers.minutes.help")), w.blocks,
		container.NewBorder(nil, nil, nil, add, where),
		widgets.Field(p.h.Text("registers.minutes.ended"), w.ended, ""),
		container.NewHBox(widgets.NewButton(p.h.Text("registers.back"), base.NavigateBackIcon(), p.stop), widgets.NewPrimary(p.h.Text("registers.keep"), base.DocumentSaveIcon(), func() { w.kept = true; p.stop() })))
	p.put(w.body)
	p.see(w.print())
}

// insert adds a paragraph after those of a place, or, when it has none, before the next place that has.
func (w *minutesText) insert(keys []string, at int) {
	blocks := w.blocks.Blocks()
	to := len(blocks)
	for i, b := range blocks {
		if j := slices.Index(keys, b.Kind); j > at {
			to = i
			break
		}
	}
	w.blocks.Set(slices.Insert(blocks, to, widgets.Block{Kind: keys[at]}))
	w.blocks.Focus(to)
}

// stop saves what was typed and comes back to the sitting.
func (p *page) stop() {
	if _, minutes := p.writes.(*minutesText); minutes {
		p.current = registers.PaperMinutes
	}
	p.leaveText()
	p.load()
}

// now is the text as it stands on the screen.
func (w *minutesText) now() registers.Minutes {
	m := w.minutes
	m.Text, m.Ended = nil, strings.TrimSpace(w.ended.Text)
	for _, b := range w.blocks.Blocks() {
		m.Text = append(m.Text, registers.Paragraph{Point: b.Kind, Text: b.Text})
	}
	return m
}

func (w *minutesText) save() {
	m := w.now()
	if (m.Edition != "" || !w.kept) && slices.Equal(m.Text, w.minutes.Text) && m.Ended == w.minutes.Ended {
		return
	}
	p := w.p
	p.h.Run(shell.Action{ID: "registers.write." + w.sitting.ID, Label: p.h.Text("registers.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			return p.o.Registers().SaveMinutes(ctx, person, w.sitting.ID, m.Edition, m.Text, m.Ended)
		},
		Done:   func() { p.h.Toast(shell.Done, p.h.Text("registers.done.write"), nil); p.load() },
		Failed: func(err error) { p.h.Fail(err); p.back(w, w.body) }})
}

func (w *minutesText) print() (string, maker) {
	m := w.now()
	return w.p.h.Text("registers.file.minutes") + "-" + w.sitting.At.Format("2006-01-02") + ".pdf", func(ctx context.Context) ([]byte, error) {
		d, err := w.p.o.Registers().PrintMinutes(ctx, w.sitting.ID, m)
		return d.PDF, err
	}
}
