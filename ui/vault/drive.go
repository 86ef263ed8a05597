package vault

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// showDrive is the pane of the folder on this computer.
func (p *page) showDrive() {
	shell.Load(p.h, "drive", p.o.Drive, func(d Drive) {
		if p.view == drive {
			p.layDrive(d)
		}
	})
}

func (p *page) layDrive(d Drive) {
	h := p.h
	set := func(on bool) func() {
		return func() {
			var now Drive
			h.Run(shell.Action{ID: "vault.drive", Label: h.Text("vault.doing"),
				Run:  func(ctx context.Context, _ shell.Progress) (err error) { now, err = p.o.SetDrive(ctx, on); return err },
				Done: func() { p.layDrive(now) }})
		}
	}
	out := []fyne.CanvasObject{widgets.Heading(h.Text("vault.drive")), widgets.Caption(h.Text("vault.drive.how"))}
	if !d.On {
		p.scrolled(append(out, container.NewHBox(widgets.NewPrimary(h.Text("vault.drive.on"), base.FolderOpenIcon(), set(true))))...)
		return
	}
	line := func(key, value string) fyne.CanvasObject {
		return widgets.Field(h.Text(key), p.copied(value), "")
	}
	p.scrolled(append(out,
		container.NewHBox(widgets.NewPrimary(h.Text("vault.drive.show"), base.FolderOpenIcon(), func() {
			h.Run(shell.Action{ID: "vault.drive.show", Label: h.Text("vault.doing"), Run: func(ctx context.Context, _ shell.Progress) error { return p.o.ShowDrive(ctx) }})
		}), widgets.NewButton(h.Text("vault.drive.off"), base.CancelIcon(), set(false))),
		line("vault.drive.address", d.Address), line("vault.drive.login", d.Login), line("vault.drive.password", d.Password),
		widgets.Caption(h.Text("vault.drive.end")))...)
}
