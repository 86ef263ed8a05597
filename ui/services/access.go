package services

import (
	"cmp"
	"context"
	"time"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Access is how this computer reaches the town hall from afar, and how its website stands.
type Access struct {
	// Tunnel is the private network that is up on this computer; empty: none is seen. Coming is one that is being connected, Down
	// one that is set up and is not.
	Tunnel, Coming, Down string
	// Site is the website's address; Looked when it was last looked at, Answers what it did then, Since when, Code what it said
	// (0: nobody answered, Why: unknown, closed, late, untrusted, cut), Certificate the end of its certificate, Final where it leads.
	Site, Why, Final           string
	Code                       int
	Answers                    bool
	Looked, Since, Certificate time.Time
}

// AccessOffice is what this section asks of the program.
type AccessOffice interface {
	Access(ctx context.Context) (Access, error)
	// SetSite keeps the website's address; LookAtSite looks at it now.
	SetSite(ctx context.Context, address string) error
	LookAtSite(ctx context.Context) error
}

// endsSoon is how long before its end a certificate is told of.
const endsSoon = 14 * 24 * time.Hour

// access is the way to work from afar, and the website.
func (p *page) access() *section {
	return &section{key: "access",
		load: func(ctx context.Context) (any, []row, error) {
			a, err := p.o.Access(ctx)
			tunnel := row{id: "vpn", title: p.h.Text("services.vpn"), detail: p.h.Text("services.vpn.line"), meaning: widgets.Plain, badge: p.h.Text("services.vpn.unseen")}
			switch {
			case a.Tunnel != "":
				tunnel.meaning, tunnel.badge = widgets.Done, p.h.Text("services.vpn.up")
			case a.Coming != "":
				tunnel.meaning, tunnel.badge = widgets.Waiting, p.h.Text("services.vpn.coming")
			case a.Down != "":
				tunnel.badge = p.h.Text("services.vpn.down")
			}
			site := row{id: "site", title: p.h.Text("services.site"), detail: a.Site}
			if a.Site == "" {
				site.detail = p.h.Text("services.site.none")
			}
			site.meaning, site.badge = p.siteState(a)
			return a, []row{tunnel, site}, err
		},
		tools: func(any) []fyne.CanvasObject { return nil },
		open: func(loaded any, id string) {
			a, _ := loaded.(Access)
			if id == "vpn" {
				p.say(p.tunnel(a)...)
			} else {
				p.say(p.site(a)...)
			}
		},
	}
}

// siteState is how the website stands, in a word.
func (p *page) siteState(a Access) (widgets.Meaning, string) {
	switch {
	case a.Site == "":
		return widgets.Plain, ""
	case a.Looked.IsZero():
		return widgets.Waiting, p.h.Text("services.site.waiting")
	case a.Answers:
		return widgets.Done, p.h.Text("services.site.up")
	}
	return widgets.Late, p.h.Text("services.site.down")
}

// ask is the button of a service of the catalogue, if there is one.
func (p *page) ask(service, key string) []fyne.CanvasObject {
	s, known := p.c.Service(service)
	if !known {
		return nil
	}
	return []fyne.CanvasObject{widgets.Beside(widgets.NewPrimary(p.h.Text(key), base.MailSendIcon(), func() { p.order(s) }))}
}

func (p *page) tunnel(a Access) []fyne.CanvasObject {
	out := []fyne.CanvasObject{title(p.h.Text("services.vpn"))}
	if p.c.Remote.About != "" {
		out = append(out, wrapped(p.c.Remote.About))
	}
	look := widgets.Beside(widgets.NewButton(p.h.Text("services.vpn.look"), base.ViewRefreshIcon(), func() { p.reload("vpn") }))
	switch {
	case a.Tunnel != "":
		return append(out, widgets.NewNote(widgets.Done, p.h.Text("services.vpn.seen", "name", a.Tunnel)), look)
	case a.Coming != "":
		return append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.vpn.coming.long", "name", a.Coming)), look)
	case a.Down != "":
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.vpn.down.long", "name", a.Down)), look)
	default:
		out = append(out, widgets.NewNote(widgets.Plain, p.h.Text("services.vpn.none")), look)
	}
	return append(out, p.ask(p.c.Remote.Service, "services.vpn.ask")...)
}

func (p *page) site(a Access) []fyne.CanvasObject {
	h, now := p.h, p.h.Now()
	out := []fyne.CanvasObject{title(h.Text("services.site"))}
	if a.Site != "" {
		out = append(out, wrapped(a.Site))
	} else {
		out = append(out, widgets.Caption(h.Text("services.site.set.why")))
	}
	if !a.Looked.IsZero() {
		words := []any{"since", lang.Recent(hours(a.Since, now), now), "when", lang.Recent(hours(a.Looked, now), now), "code", a.Code}
		mean, key := widgets.Done, "services.site.answers"
		switch {
		case a.Answers:
		case a.Code > 0:
			mean, key = widgets.Late, "services.site.trouble"
		default:
			mean, key = widgets.Late, "services.site.silent"
			words = append(words, "why", h.Text("services.site.why."+cmp.Or(a.Why, "cut")))
		}
		out = append(out, widgets.NewNote(mean, h.Text(key, words...)))
		if a.Final != "" {
			out = append(out, widgets.Caption(h.Text("services.site.final", "address", a.Final)))
		}
		if c := a.Certificate; !c.IsZero() && c.Before(now.Add(endsSoon)) {
			out = append(out, widgets.NewNote(widgets.Late, h.Text("services.site.certificate", "day", lang.Day(hours(c, now)))))
		}
	} else if a.Site != "" {
		out = append(out, widgets.Caption(h.Text("services.site.notyet")))
	}
	change := func() {
		h.Ask(shell.Question{Title: h.Text("services.site.set"), Why: h.Text("services.site.set.why"), Placeholder: "www.commune.fr", Yes: h.Text("services.site.set.yes")}, func(address string) {
			p.do("site", func(ctx context.Context, _ string) error { return p.o.SetSite(ctx, address) }, func() { p.reload("site") })
		})
	}
	line := widgets.Beside(widgets.NewButton(h.Text("services.site.set"), base.DocumentCreateIcon(), change))
	if a.Site != "" {
		line.Add(widgets.NewButton(h.Text("services.site.look"), base.ViewRefreshIcon(), func() {
			p.do("looked", func(ctx context.Context, _ string) error { return p.o.LookAtSite(ctx) }, func() { p.reload("site") })
		}))
		line.Add(widgets.NewButton(h.Text("services.browse"), base.NavigateNextIcon(), func() { h.Browse(a.Site) }))
	}
	return append(append(out, line), p.ask(p.c.Site, "services.site.ask")...)
}
