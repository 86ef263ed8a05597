package services

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// certificates are those of the people of the town hall, by their end.
func (p *page) certificates() *section {
	return &section{key: "certificates",
		load: func(ctx context.Context) (any, []row, error) {
			c, err := p.o.Catalogue(ctx)
			if err != nil {
				return nil, nil, err
			}
			if _, err := p.o.ReadKey(ctx); err != nil {
				return nil, nil, err
			}
			all, err := p.o.Counter().Certificates(ctx)
			var rows []row
			for _, h := range all {
				m, word := p.lasting(h, c.Revocation.Advance)
				rows = append(rows, row{h.Fingerprint, h.Subject, p.h.Text("services.cert.line", "day", lang.Day(h.End), "issuer", h.Issuer), m == widgets.Late || m == widgets.Refused, m, word, ""})
			}
			return all, rows, err
		},
		tools: func(any) []fyne.CanvasObject {
			return []fyne.CanvasObject{widgets.Caption(p.h.Text("services.cert.how")), widgets.Beside(widgets.NewButton(p.h.Text("services.cert.lost"), base.WarningIcon(), p.revocation))}
		},
		open: func(loaded any, id string) {
			all, _ := loaded.([]services.Held)
			for _, h := range all {
				if h.Fingerprint == id {
					p.say(p.certificate(h)...)
				}
			}
		},
	}
}

// lasting says how long a certificate has.
func (p *page) lasting(h services.Held, advance int) (widgets.Meaning, string) {
	days, renew := h.Left(p.h.Now(), advance)
	switch {
	case days < 0:
		return widgets.Refused, p.h.Text("services.cert.over")
	case renew && h.Request == nil:
		return widgets.Late, p.h.Text("services.cert.left", "n", days)
	case renew:
		return widgets.Waiting, p.h.Text("services.cert.asked")
	}
	return widgets.Done, p.h.Text("services.cert.left", "n", days)
}

func (p *page) certificate(h services.Held) []fyne.CanvasObject {
	m, word := p.lasting(h, p.c.Revocation.Advance)
	out := []fyne.CanvasObject{widgets.Heading(h.Subject), widgets.Caption(p.name(h.Person)), widgets.NewBadge(m, word),
		widgets.Field(p.h.Text("services.cert.end"), wrapped(lang.DayHour(hours(h.End, p.h.Now()))), ""), widgets.Field(p.h.Text("services.cert.issuer"), wrapped(h.Issuer), ""), widgets.Field(p.h.Text("services.cert.serial"), wrapped(h.Serial), "")}
	if h.Request != nil {
		r := *h.Request
		_, word := p.state(r)
		out = append(out, widgets.Heading(p.h.Text("services.cert.request")), widgets.Caption(p.h.Text("services.cert.request.line", "day", lang.Day(r.Asked), "state", word)), widgets.Beside(widgets.NewButton(p.h.Text("services.cert.request.open"), base.NavigateNextIcon(), func() {
			p.h.Go(shell.Route{Page: Name, Arg: "requests/" + r.ID})
		})))
		return append(out, p.appointment(r)...)
	}
	var files []services.Joined
	join := p.joins(p.h.Text("services.cert.papers"), strings.TrimSpace("– "+strings.ReplaceAll(p.c.Revocation.Papers, "\n", "\n– ")), func() []services.Joined { return files }, func(j services.Joined) { j.Field = "papers"; files = append(files, j); p.writing = true }, func(i int) { files = without(files, "papers", i) })
	return append(out, widgets.Heading(p.h.Text("services.cert.renew")), join, widgets.Beside(widgets.NewPrimary(p.h.Text("services.cert.ask"), base.MailSendIcon(), func() {
		papers := files
		p.do("renew", func(ctx context.Context, _ string) error { return p.o.Renew(ctx, h, papers) }, func() { p.reload(h.Fingerprint) })
	})))
}

// revocation tells what to do when a key is lost.
func (p *page) revocation() {
	p.writing = true
	out := []fyne.CanvasObject{widgets.Heading(p.h.Text("services.cert.lost")), widgets.NewNote(widgets.Late, p.c.Revocation.Text)}
	if p.c.Revocation.Phone != "" {
		out = append(out, widgets.Field(p.h.Text("services.cert.lost.phone"), wrapped(p.c.Revocation.Phone), ""))
	}
	p.say(append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.cert.lost.ticket"), base.ContentAddIcon(), func() { p.start("assistance", func(p *page) { p.ticket() }) }),
		widgets.NewButton(p.h.Text("services.back"), nil, func() { p.reload("") })))...)
}
