package vault

import (
	"context"
	"strings"

	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Received is what the page asks about a link that somebody gave. All run off the window's thread.
type Received interface {
	// ReceiveLink brings what a link shares into a folder of the person's own space, and gives its name and how many came.
	ReceiveLink(ctx context.Context, address, phrase string, progress shell.Progress) (folder string, n int, err error)
	// GiveToLink sends files of the disk to a link.
	GiveToLink(ctx context.Context, address, phrase string, paths []string, progress shell.Progress) error
}

// received is the form of a link that somebody gave.
func (p *page) received() {
	h := p.h
	address, phrase := widgets.NewEntry("https://…"), widgets.NewEntry("abcd-efgh-jkmn")
	given := func() (string, string) { return strings.TrimSpace(address.Text), strings.TrimSpace(phrase.Text) }
	receive := widgets.NewPrimary(h.Text("vault.received.do"), base.DownloadIcon(), func() {
		a, words := given()
		var folder string
		var n int
		h.Run(shell.Action{ID: "vault.received", Label: h.Text("vault.received.doing"),
			Run: func(ctx context.Context, progress shell.Progress) (err error) {
				folder, n, err = p.o.ReceiveLink(ctx, a, words, progress)
				return err
			},
			Done: func() {
				h.Toast(shell.Done, h.Text("vault.received.done", "n", n, "name", folder), nil)
				if len(p.spaces) > 0 {
					p.visit(files, p.spaces[0].ID, "")
				}
			}})
	})
	give := widgets.NewButton(h.Text("vault.received.give"), base.UploadIcon(), func() {
		a, words := given()
		h.PickFiles(shell.Files{Title: h.Text("vault.received.give"), Many: true}, func(paths []string) {
			h.Run(shell.Action{ID: "vault.received", Label: h.Text("vault.received.giving"),
				Run: func(ctx context.Context, progress shell.Progress) error {
					return p.o.GiveToLink(ctx, a, words, paths, progress)
				},
				Done: func() { h.Toast(shell.Done, h.Text("vault.received.given", "n", len(paths)), nil) }})
		})
	})
	phrase.OnSubmitted = func(string) { receive.OnTapped() }
	p.wantedLink = ""
	p.list.UnselectAll()
	p.scrolled(widgets.Heading(h.Text("vault.received")), widgets.Caption(h.Text("vault.received.how")),
		widgets.Field(h.Text("vault.received.link"), address, ""), widgets.Field(h.Text("vault.received.phrase"), phrase, ""),
		widgets.Beside(receive, give, widgets.NewButton(h.Text("vault.link.cancel"), nil, p.aside)))
	widgets.Focus(p.content, address)
}
