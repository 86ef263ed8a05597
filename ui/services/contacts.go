package services

import (
	"context"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/ui/widgets"
)

// contacts are the people of the agency, and the member's contracts.
func (p *page) contacts() *section {
	return &section{key: "contacts",
		load: func(ctx context.Context) (any, []row, error) {
			c, err := p.o.Catalogue(ctx)
			if err != nil {
				return nil, nil, err
			}
			var rows []row
			for _, x := range c.Agency.Contacts {
				rows = append(rows, row{id: x.Name, title: x.Name, detail: x.Role, words: x.Phone + " " + x.Mail})
			}
			return c.Agency.Contacts, rows, nil
		},
		tools: func(any) []fyne.CanvasObject { return nil },
		open: func(loaded any, id string) {
			all, _ := loaded.([]services.Contact)
			for _, x := range all {
				if x.Name != id {
					continue
				}
				out := []fyne.CanvasObject{widgets.Heading(x.Name), widgets.Caption(x.Role)}
				if x.Phone != "" {
					out = append(out, widgets.Field(p.h.Text("services.contact.phone"), wrapped(x.Phone), ""))
				}
				if x.Mail != "" {
					out = append(out, widgets.Field(p.h.Text("services.contact.mail"), wrapped(x.Mail), ""))
				}
				p.say(out...)
			}
		},
	}
}
