package registers

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// minutesText is the text of minutes being typed.
type minutesText struct {
	p       *page
	written registers.Written // as it was before what is being typed
	sitting council.Sitting
	blocks  *widgets.Blocks
	ended   *widgets.Entry
	hands   *widgets.CaptionText // who else writes it, or reads it
	readers []string             // those who have it open elsewhere
	kept    bool                 // asked to be saved, even as it began
	unkept  bool                 // something was written since the last version
	saving  bool
	left    bool // while it was being saved
	turn    int
	body    fyne.CanvasObject
}

// write opens the minutes of a sitting to be typed.
func (p *page) write(sitting string) {
	type text struct {
		w registers.Written
		s council.Sitting
	}
	opening := "minutes/" + sitting
	p.opening = opening
	shell.Load(p.h, "minutes", func(ctx context.Context) (t text, err error) {
		t.w, t.s, err = p.o.Registers().Written(ctx, sitting)
		return t, err
	}, func(t text) {
		if p.opening == opening { // she did not go elsewhere meanwhile
			p.edit(&minutesText{p: p, written: t.w, sitting: t.s})
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
	w.blocks = widgets.NewBlocks(label, shownBlocks(w.written.Text))
	w.hands = widgets.Caption("")
	w.hands.Hide()
	w.ended = widgets.NewEntry(p.h.Text("registers.minutes.ended.hint"))
	w.ended.SetText(w.written.Ended)
	w.blocks.OnChanged = func([]widgets.Block) { w.typed() }
	w.ended.OnChanged = func(string) { w.typed() }
	where := widget.NewSelect(names, nil)
	where.SetSelectedIndex(min(1, len(names)-1))
	add := widgets.NewButton(p.h.Text("registers.minutes.add"), base.ContentAddIcon(), func() {
		if i := where.SelectedIndex(); i >= 0 {
			w.insert(keys, i)
		}
	})
	title := widgets.Heading(p.h.Text("registers.minutes", "day", lang.LongDay(w.sitting.At)))
	title.Wrapping = fyne.TextWrapWord
	w.body = widgets.Wrapped(title, widgets.Caption(p.h.Text("registers.minutes.help")), w.hands, w.blocks,
		container.NewBorder(nil, nil, nil, add, where),
		widgets.Field(p.h.Text("registers.minutes.ended"), w.ended, ""),
		widgets.Beside(widgets.NewButton(p.h.Text("registers.back"), base.NavigateBackIcon(), p.stop), widgets.NewPrimary(p.h.Text("registers.keep"), base.DocumentSaveIcon(), func() { w.kept = true; p.stop() })))
	p.put(w.body)
	p.see(w.print())
	shell.Attend(p.h, "minutes/"+w.sitting.ID, func(names []string) {
		if p.writes == writer(w) {
			w.readers = names
			w.tellHands()
		}
	})
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

func shownBlocks(text []registers.Paragraph) (blocks []widgets.Block) {
	for _, t := range text {
		blocks = append(blocks, widgets.Block{Kind: t.Point, Text: t.Text})
	}
	return blocks
}

// now is the text as it stands on the screen.
func (w *minutesText) now() registers.Minutes {
	m := w.written.Minutes
	m.Text, m.Ended = nil, strings.TrimSpace(w.ended.Text)
	for _, b := range w.blocks.Blocks() {
		m.Text = append(m.Text, registers.Paragraph{Point: b.Kind, Text: b.Text})
	}
	return m
}

// changed tells whether something was typed that is not written yet.
func (w *minutesText) changed() bool {
	m := w.now()
	return !slices.Equal(m.Text, w.written.Text) || m.Ended != w.written.Ended
}

// writeTime is how long typing rests before what was typed leaves for those who write the same minutes.
const writeTime = 800 * time.Millisecond

func (w *minutesText) typed() {
	w.p.typed()
	w.turn++
	turn := w.turn
	w.p.after(writeTime, func() {
		if turn == w.turn && w.p.writes == writer(w) && w.changed() {
			w.send(false)
		}
	})
}

// save makes a version of what was written, when the minutes are left.
func (w *minutesText) save() {
	if w.saving {
		w.left = true
		return
	}
	if w.kept && w.written.Edition == "" || w.unkept || w.changed() {
		w.send(true)
	}
}

// send keeps what is typed, as it is being written or as a version, and takes what others wrote.
func (w *minutesText) send(version bool) {
	p, had, m := w.p, w.written, w.now()
	w.saving = true
	var now registers.Written
	p.h.Run(shell.Action{ID: "registers.write." + w.sitting.ID, Label: p.h.Text("registers.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			if version {
				now, err = p.o.Registers().Keep(ctx, person, had, m.Text, m.Ended)
			} else {
				now, err = p.o.Registers().Write(ctx, person, had, m.Text, m.Ended)
			}
			return err
		},
		Done: func() {
			w.saving, w.unkept = false, !version
			typed := w.now()
			if slices.Equal(typed.Text, m.Text) && typed.Ended == m.Ended {
				w.take(now)
			} else {
				w.written = had.With(m.Text, m.Ended, p.o.Registers().Device(), now)
			}
			switch {
			case w.left:
				w.left = false
				w.save()
			case version:
				p.h.Toast(shell.Done, p.h.Text("registers.done.write"), nil)
				p.load()
			case w.changed():
				w.typed()
			}
		},
		Failed: func(err error) {
			w.saving, w.unkept, w.left = false, true, false
			p.h.Fail(err)
			p.back(w, w.body)
		}})
}

// follow takes what came from afar, once what is typed here is kept.
func (w *minutesText) follow() {
	if w.saving || w.changed() {
		return // keeping it brings the rest
	}
	shell.Load(w.p.h, "minutes", func(ctx context.Context) (now registers.Written, err error) {
		now, _, err = w.p.o.Registers().Written(ctx, w.sitting.ID)
		return now, err
	}, func(now registers.Written) {
		if w.p.writes == writer(w) && !w.saving && !w.changed() {
			w.take(now)
		}
	})
}

// take shows the minutes as they have become; who types stays where she is.
func (w *minutesText) take(now registers.Written) {
	typed := w.now()
	w.written = now
	w.tellHands()
	if slices.Equal(typed.Text, now.Text) && typed.Ended == now.Ended {
		return
	}
	w.blocks.Follow(shownBlocks(now.Text), merge.Follow)
	if now.Ended != typed.Ended {
		w.ended.Follow(now.Ended, merge.Follow)
	}
	if w.p.writes == writer(w) {
		w.p.see(w.print())
	}
}

// lately is how long somebody is said to be writing after she did.
const lately = time.Minute

// tellHands says who else writes the minutes.
func (w *minutesText) tellHands() {
	p := w.p
	var said, writers []string
	for _, h := range w.written.State.Hands {
		if h.Device != p.o.Registers().Device() && h.At.After(p.h.Now().Add(-lately)) {
			writers = append(writers, p.personName(h.Person))
			said = append(said, p.h.Text("registers.minutes.hand", "who", p.personName(h.Person)))
		}
	}
	if len(said) > 0 {
		p.after(lately, func() {
			if p.writes == writer(w) {
				w.tellHands()
			}
		})
	}
	shell.SayCompany(p.h, w.hands, said, w.readers, writers)
	shell.LayOut(p.h, p.middle)
}

func (w *minutesText) print() (string, maker) {
	m := w.now()
	return w.p.h.Text("registers.file.minutes") + "-" + w.sitting.At.Format("2006-01-02") + ".pdf", func(ctx context.Context) ([]byte, error) {
		d, err := w.p.o.Registers().PrintMinutes(ctx, w.sitting.ID, m)
		return d.PDF, err
	}
}
