package services

import (
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// many is how many rows a list has before it is worth looking for some of them.
const many = 8

// newFilter is the field above a long list: what is typed leaves the rows that it stands in. Its arrows work the list.
func (p *page) newFilter() *widgets.Entry {
	e := widgets.NewEntry(p.h.Text("services.filter"))
	e.SetIcon(base.SearchIcon())
	e.Hide()
	e.OnChanged = func(string) {
		p.narrow()
		if p.writing {
			return
		}
		p.list.Reset()
		p.list.SetCursor(0)
	}
	e.OnKey = func(k *fyne.KeyEvent) bool {
		switch {
		case k.Name == fyne.KeyDown:
			p.list.SetCursor(p.list.Cursor() + 1)
		case k.Name == fyne.KeyUp:
			p.list.SetCursor(p.list.Cursor() - 1)
		case (k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter) && len(p.rows) > 0:
			widgets.Focus(p.content, p.list)
		case k.Name == fyne.KeyEscape && e.Text != "":
			e.SetText("")
		default:
			return false
		}
		return true
	}
	return e
}

// Find goes to the field that filters the list.
func (p *page) Find() {
	p.filter.Show()
	p.middle.Refresh()
	widgets.Focus(p.filter, p.filter)
}

// unfilter forgets what was looked for.
func (p *page) unfilter() {
	if p.filter.Text != "" {
		p.filter.SetText("")
	}
	p.filter.Hide()
}

// narrow shows the rows of the section that hold what is looked for; the field is there where they are many.
func (p *page) narrow() {
	key := p.sections[p.at].key
	p.rows = nil
	for _, r := range p.all {
		if holds(r.title+" "+r.detail+" "+r.badge+" "+r.words, p.filter.Text) {
			p.rows = append(p.rows, r)
		}
	}
	if len(p.all) > many && key != "howto" {
		p.filter.Show()
	}
	p.list.Refresh()
	p.empty.Objects = nil
	switch {
	case len(p.all) == 0 && key == "howto" && p.question != "": // what stands above says that nothing was found
	case len(p.all) == 0:
		s := p.sections[p.at]
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("services"), p.words(s, ".empty"), p.words(s, ".empty.text"), nil)}
	case len(p.rows) == 0:
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(base.SearchIcon(), p.h.Text("services.filter.none"), p.h.Text("services.filter.none.text"), nil)}
	}
	p.empty.Refresh()
}

var straight = strings.NewReplacer("’", "'", "\u00a0", " ", "\u202f", " ")

// holds tells whether all of the words looked for stand in a text, in any order, accents and capitals aside.
func holds(text, words string) bool {
	text = straight.Replace(text)
	for _, w := range strings.Fields(straight.Replace(words)) {
		if !widgets.Matches(text, w) {
			return false
		}
	}
	return true
}
