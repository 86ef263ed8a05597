package settings

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// news is the section of the versions: the one that runs, the one that is offered, and what it brings.
type news struct {
	p     *page
	box   *fyne.Container
	shown Release
}

func (p *page) versions() fyne.CanvasObject {
	p.news = &news{p: p, box: container.NewVBox()}
	return p.section("version", p.news.box)
}

func (n *news) load() { shell.Load(n.p.h, "release", n.p.office.Release, n.show) }

func (n *news) show(r Release) {
	h := n.p.h
	n.shown = r
	n.box.RemoveAll()
	defer n.box.Refresh()
	if r.Withdrawn {
		n.box.Add(widgets.NewNote(widgets.Late, h.Text("settings.version.withdrawn")))
	}
	if r.Version == "" {
		n.box.Add(widgets.NewNote(widgets.Done, h.Text("settings.version.none")))
		return
	}
	day := r.Day
	if t, err := time.Parse(time.DateOnly, r.Day); err == nil {
		day = lang.Day(t)
	}
	n.box.Add(widgets.NewNote(widgets.Waiting, h.Text("settings.version.new", "version", r.Version, "day", day)))
	if len(r.Notes) > 0 {
		notes := widgets.NewLabel("– " + strings.Join(r.Notes, "\n– "))
		notes.Wrapping = fyne.TextWrapWord
		n.box.Add(notes)
	}
	n.box.Add(widgets.Beside(widgets.NewButton(h.Text("settings.version.install", "version", r.Version), base.DownloadIcon(), n.install)))
}

// install fetches the installer and hands it to the system, which asks for the administrator's word.
func (n *news) install() {
	h := n.p.h
	var path string
	h.Run(shell.Action{ID: "release", Label: h.Text("settings.version.fetching", "version", n.shown.Version),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			path, err = n.p.office.FetchRelease(ctx)
			return err
		},
		Done: func() {
			h.Toast(shell.Waiting, h.Text("settings.version.close"), nil)
			h.OpenPath(path)
		}})
}
