package services

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/ui/widgets"
)

// themeKey begins the keys of the sections that the agency's catalogue makes.
const themeKey = "theme-"

// theme is a section of the agency's own: what was asked of a theme, what can be asked, and whom to call about it.
func (p *page) theme(t services.Theme) *section {
	return &section{key: themeKey + t.ID, title: t.Name, about: t.About, texts: "theme",
		load: func(ctx context.Context) (any, []row, error) {
			c, err := p.o.Catalogue(ctx)
			if err != nil {
				return nil, nil, err
			}
			return p.asked(ctx, func(r services.Request) bool {
				s, known := c.Service(r.Service)
				return known && s.Theme == t.ID && r.What == services.Ordered
			})
		},
		tools: func(any) []fyne.CanvasObject {
			out := []fyne.CanvasObject{}
			for _, s := range p.c.Services {
				if s.Theme == t.ID {
					out = append(out, widgets.NewLink(s.Name, func() { p.order(s) }))
				}
			}
			for _, x := range p.c.Agency.Contacts {
				if slices.Contains(x.Subjects, t.Name) {
					out = append(out, p.call(x))
				}
			}
			return out
		},
		open: p.openRequest,
	}
}

// call is whom to call, with the button that copies the number.
func (p *page) call(x services.Contact) fyne.CanvasObject {
	if x.Phone == "" {
		return widgets.Caption(strings.TrimSpace(x.Name + "\n" + x.Mail))
	}
	return widgets.Wrapped(widgets.Caption(strings.TrimSpace(p.h.Text("services.call", "name", x.Name, "phone", x.Phone)+"\n"+x.Hours)),
		widgets.Beside(widgets.NewButton(p.h.Text("services.call.copy"), base.ContentCopyIcon(), func() { p.copied(x.Phone) })))
}
