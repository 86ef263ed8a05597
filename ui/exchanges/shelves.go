package exchanges

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// shelves is the other list of the page: the things that have documents, and where these are.
type shelves struct {
	p     *page
	bar   *fyne.Container
	view  *widget.Select
	where *widget.Select
	words *widgets.Entry
	found *fyne.Container // what narrows the list down
}

func newShelves(p *page) *shelves {
	t := p.h.Text
	s := &shelves{p: p, words: widgets.NewEntry(t("exchanges.find"))}
	s.view = widget.NewSelect([]string{t("exchanges.view.waiting"), t("exchanges.view.documents")}, nil)
	s.view.SetSelectedIndex(0)
	s.where = widget.NewSelect([]string{t("exchanges.where.all"), t("exchanges.where.server"), t("exchanges.where.here")}, nil)
	s.where.SetSelectedIndex(0)
	s.found = widgets.Wrapped(s.where, s.words)
	s.found.Hide()
	s.view.OnChanged = func(string) { s.turn() }
	s.where.OnChanged = func(string) { s.load() }
	s.words.OnChanged = func(string) { s.load() }
	s.bar = widgets.Wrapped(s.view, s.found)
	return s
}

// chosen tells whether this list is the one in view.
func (s *shelves) chosen() bool { return s.view.SelectedIndex() == 1 }

// turn passes from one list to the other.
func (s *shelves) turn() {
	s.found.Hidden = !s.chosen()
	shell.LayOut(s.p.h, s.p.left)
	s.p.chosen = ""
	if s.chosen() {
		s.load()
	} else {
		s.p.fill(rows(&s.p.s))
	}
}

func (s *shelves) load() {
	if !s.chosen() {
		return
	}
	where, words := Where(max(0, s.where.SelectedIndex())), s.words.Text
	shell.Load(s.p.h, "shelves", func(ctx context.Context) ([]Shelf, error) { return s.p.o.Shelves(ctx, where, words) }, func(all []Shelf) {
		if !s.chosen() {
			return
		}
		list := make([]row, len(all))
		for i := range all {
			list[i] = row{shelf: &all[i]}
		}
		s.p.fill(list)
	})
}

// what says in one line where a thing's documents are.
func (s *shelves) what(x *Shelf) string {
	counts := s.p.h.Text("exchanges.shelf.counts", "here", x.Here, "away", x.Away+x.Coming)
	if x.Bytes > 0 {
		counts += s.p.h.Text("exchanges.shelf.size", "size", bytesText(s.p.h.Lang(), x.Bytes))
	}
	return counts
}

// draw shows a thing at the right, with what a person may do of its documents.
func (s *shelves) draw(r row) {
	p, x, t := s.p, r.shelf, s.p.h.Text
	heading := widgets.Heading(p.title(r))
	heading.Wrapping = fyne.TextWrapWord
	m, word := place(p.h.Lang(), x)
	out := []fyne.CanvasObject{heading, widgets.NewNote(m, word), widgets.Caption(s.what(x)), widgets.Caption(t("exchanges.shelf.last", "when", lang.Recent(x.Last, p.h.Now())))}
	switch {
	case x.Needed:
		out = append(out, widgets.Caption(t("exchanges.shelf.needed")))
	case x.Kept:
		out = append(out, widgets.Caption(t("exchanges.shelf.kept")))
	case x.Coming > 0:
		out = append(out, widgets.Caption(t("exchanges.down.safe")))
	case x.Away > 0:
		out = append(out, widgets.Caption(t("exchanges.shelf.away")))
	default:
		out = append(out, widgets.Caption(t("exchanges.shelf.here")))
	}
	buttons := container.NewVBox()
	if x.Away+x.Coming > 0 {
		buttons.Add(widgets.NewPrimary(t("exchanges.bring"), base.DownloadIcon(), func() { s.bring(x.Stream) }))
	}
	if x.Route != (shell.Route{}) {
		buttons.Add(widgets.NewButton(t("exchanges.open"), base.NavigateNextIcon(), func() { p.h.Go(x.Route) }))
	}
	switch {
	case x.Needed:
	case x.Kept:
		buttons.Add(widgets.NewButton(t("exchanges.unkeep"), nil, func() { p.local.keepHere(x.Stream, false) }))
	default:
		buttons.Add(widgets.NewButton(t("exchanges.keep"), nil, func() { p.local.keepHere(x.Stream, true) }))
		if x.Here > 0 {
			buttons.Add(widgets.NewButton(t("exchanges.leave"), nil, func() { s.leave(x.Stream) }))
		}
	}
	p.detail.Objects = append(out, container.NewHBox(buttons))
}

func (s *shelves) bring(stream string) {
	p, came, lacking := s.p, 0, 0
	p.h.Run(shell.Action{ID: "bring " + stream, Label: p.h.Text("exchanges.bringing"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			came, lacking, err = p.o.Bring(ctx, stream)
			return err
		},
		Done: func() {
			text := p.h.Text("exchanges.brought", "n", came)
			if lacking > 0 {
				text += " " + p.h.Text("exchanges.lacking", "n", lacking)
			}
			p.h.Toast(shell.Done, text, nil)
			p.load()
		}})
}

func (s *shelves) leave(stream string) {
	p, documents, bytes := s.p, 0, int64(0)
	p.h.Run(shell.Action{ID: "leave " + stream, Label: p.h.Text("exchanges.room.making"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			documents, bytes, err = p.o.LeaveThere(ctx, stream)
			return err
		},
		Done: func() {
			text := p.h.Text("exchanges.left.none")
			if documents > 0 {
				text = p.h.Text("exchanges.room.made", "n", documents, "size", bytesText(p.h.Lang(), bytes))
			}
			p.h.Toast(shell.Done, text, nil)
			p.load()
		}})
}
