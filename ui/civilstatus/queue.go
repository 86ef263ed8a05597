package civilstatus

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// The queue, in place of the acts: what came, what is to be prepared, verified, affixed, sent, and what is awaited.

func (p *page) count() int {
	if p.view != "" {
		return len(p.lines)
	}
	return len(p.acts)
}

func (p *page) label(i int) string {
	if p.view != "" {
		return p.subject(p.lines[i])
	}
	return p.acts[i].LastName
}

// showTabs writes the parts of the queue with how much each has.
func (p *page) showTabs() {
	n := map[civilstatus.View]int{}
	for _, l := range p.queue {
		n[l.View]++
	}
	p.tabs.Objects = nil
	for _, view := range append([]civilstatus.View{""}, civilstatus.Views()...) {
		text := p.h.Text("civilstatus.view.acts")
		if view != "" {
			text = p.h.Text("civilstatus.view." + string(view))
		}
		if n[view] > 0 {
			text += " (" + strconv.Itoa(n[view]) + ")"
		}
		tab := widgets.NewButton(text, nil, func() { p.turnTo(view) })
		if tab.Alignment = widget.ButtonAlignLeading; view == p.view {
			tab.Importance = widget.HighImportance
		}
		p.tabs.Add(tab)
	}
	p.tabs.Refresh()
	if none := p.view != civilstatus.ViewAffix || n[p.view] < 2; none != p.sheets.Hidden || p.view != "" && !p.more.Hidden {
		p.sheets.Hidden, p.more.Hidden = none, p.more.Hidden || p.view != ""
		p.left.Refresh()
	}
}

func (p *page) turnTo(view civilstatus.View) {
	p.view, p.notice, p.arg = view, "", ""
	p.claim(false)
	p.list.Reset()
	p.load()
}

func (p *page) loadQueue() {
	words := p.filter.Text
	shell.Load(p.h, "queue", p.o.Acts().Queue, func(lines []civilstatus.Line) {
		p.queue = lines
		p.showTabs()
		if p.view == "" {
			return
		}
		p.lines = nil
		for _, l := range lines {
			if l.View == p.view && (words == "" || widgets.Matches(p.subject(l)+" "+p.detail(l), words)) {
				p.lines = append(p.lines, l)
			}
		}
		p.list.Refresh()
		p.empty.Objects = nil
		if len(p.lines) == 0 {
			p.empty.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("civilstatus"), p.h.Text("civilstatus.queue.empty"), p.h.Text("civilstatus.queue.empty."+string(p.view)), nil)}
		}
		p.empty.Refresh()
		switch {
		case p.claimed.Writing():
			return
		case len(p.lines) == 0 && p.arg != "":
			p.open(p.arg) // as it stands now
			return
		case len(p.lines) == 0:
			p.side.Objects = nil
			p.side.Refresh()
			return
		}
		at := min(max(p.list.Cursor(), 0), len(p.lines)-1)
		for i, l := range p.lines {
			if l.Incoming != nil && l.Incoming.ID == p.notice || l.Incoming == nil && l.Act.ID == p.arg {
				at = i
				break
			}
		}
		p.list.SetCursor(at)
		p.openLine(at) // the row may be the same, and the line another
	})
}

func (p *page) subject(l civilstatus.Line) string {
	if l.Incoming != nil {
		return strings.TrimSpace(strings.ToUpper(l.Incoming.LastName) + " " + l.Incoming.FirstName)
	}
	return p.name(l.Act)
}

func (p *page) detail(l civilstatus.Line) string {
	switch {
	case l.Incoming != nil:
		return l.Incoming.From + " · " + lang.Day(l.Incoming.Received.Time())
	case l.Death != nil:
		return p.h.Text("civilstatus.death.short", "died", l.Death.Died, "score", strconv.Itoa(l.Death.Score))
	case l.Notice != nil:
		return l.Mention.Label + " · " + l.Notice.To[0]
	}
	return l.Mention.Label + " · " + p.reference(l.Act)
}

func (p *page) lineRow(i int, row *widgets.Row) {
	if i >= len(p.lines) {
		return
	}
	l := p.lines[i]
	m, word := widgets.Plain, ""
	switch {
	case l.Incoming != nil && l.Incoming.State == civilstatus.HeldBack:
		m, word = widgets.Refused, p.h.Text("civilstatus.incoming.held")
	case l.Late:
		m, word = widgets.Late, p.h.Text("civilstatus.late", "day", lang.Day(l.Due.Time()))
	case l.Due != "":
		m, word = widgets.Waiting, p.h.Text("civilstatus.before", "day", lang.Day(l.Due.Time()))
	}
	row.Set(p.subject(l), p.detail(l), true, false, m, word)
}

// openLine shows the act of a line, or the notice that came.
func (p *page) openLine(i int) {
	switch {
	case i < 0 || i >= len(p.lines):
	case p.lines[i].Incoming != nil:
		p.openIncoming(p.lines[i].Incoming.ID)
	default:
		p.open(p.lines[i].Act.ID)
	}
}

func (p *page) rescan(a *civilstatus.Act) {
	p.h.PickFiles(shell.Files{Title: p.h.Text("civilstatus.pick"), Extensions: scanned, Many: true}, func(paths []string) {
		p.shown = nil // its picture is another
		p.run("rescan", func(ctx context.Context, person string) error {
			pages, err := p.o.ReadPages(ctx, paths)
			if err != nil {
				return err
			}
			return p.o.Acts().Rescan(ctx, person, a.ID, pages)
		})
	})
}

var scanned = []string{".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pdf"}

func (p *page) leaveForm() {
	p.claim(false)
	p.load()
}
