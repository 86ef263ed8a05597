package vault

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Payslips is what the page asks about a lot of payslips. All run off the window's thread.
type Payslips interface {
	// FindPayslips tells for whom each document of a lot seems to be; one that holds the payslips of several agents comes once
	// for each. Files and what was found go together.
	FindPayslips(ctx context.Context, paths []string) (files []string, found []vault.Payslip, err error)
	// DepositPayslips puts them where their agents (Person) read them, and counts those that are new and those that were there.
	DepositPayslips(ctx context.Context, files []string, slips []vault.Payslip, progress shell.Progress) (fresh, known int, err error)
}

// payslips has a lot chosen, and shows for whom each seems to be: a person confirms before anything is deposited.
func (p *page) payslips() {
	h := p.h
	h.PickFiles(shell.Files{Title: h.Text("vault.pay.choose"), Many: true, Extensions: []string{".pdf"}}, func(paths []string) {
		var files []string
		var found []vault.Payslip
		h.Run(shell.Action{ID: "vault.pay", Label: h.Text("vault.pay.reading"),
			Run: func(ctx context.Context, _ shell.Progress) (err error) {
				files, found, err = p.o.FindPayslips(ctx, paths)
				return err
			},
			Done: func() { p.confirmPayslips(files, found) }})
	})
}

func (p *page) confirmPayslips(files []string, found []vault.Payslip) {
	h := p.h
	names, ids := []string{h.Text("vault.pay.nobody")}, []string{""}
	for _, person := range p.people {
		names, ids = append(names, person.Name()), append(ids, person.ID)
	}
	agents := make([]string, len(found))
	deposit := widgets.NewPrimary("", base.ConfirmIcon(), nil)
	count := func() {
		n := 0
		for _, a := range agents {
			if a != "" {
				n++
			}
		}
		deposit.SetText(h.Text("vault.pay.deposit", "n", n))
		if n == 0 {
			deposit.Disable()
		} else {
			deposit.Enable()
		}
	}
	out := []fyne.CanvasObject{widgets.Heading(h.Text("vault.pay.title")), widgets.Caption(h.Text("vault.pay.how"))}
	var rows []fyne.CanvasObject
	for i, f := range found {
		who := widget.NewSelect(names, nil)
		who.SetSelectedIndex(0)
		for n, id := range ids {
			if id == f.Person && id != "" {
				who.SetSelectedIndex(n)
				agents[i] = id
			}
		}
		who.OnChanged = func(string) {
			if n := who.SelectedIndex(); n >= 0 {
				agents[i] = ids[n]
			}
			count()
		}
		sign := "unsure"
		if f.Why != vault.Unsure {
			sign = string(f.Why)
		}
		name := widgets.NewLabel(f.Name)
		name.Truncation = fyne.TextTruncateEllipsis
		why := h.Text("vault.pay.by." + sign)
		switch {
		case f.First > 0 && f.First == f.Last:
			why = h.Text("vault.pay.page", "page", f.First) + " " + why
		case f.First > 0:
			why = h.Text("vault.pay.part", "first", f.First, "last", f.Last) + " " + why
		}
		rows = append(rows, name, widgets.Caption(why), who, widget.NewSeparator())
	}
	deposit.OnTapped = func() { p.depositPayslips(files, found, agents) }
	count()
	out = append(out, container.NewHBox(deposit, widgets.NewButton(h.Text("vault.link.cancel"), nil, p.aside)))
	p.item = nil
	p.list.UnselectAll()
	p.scrolled(append(out, rows...)...)
}

func (p *page) depositPayslips(files []string, found []vault.Payslip, agents []string) {
	h := p.h
	var chosen []string
	var to []vault.Payslip
	for i, a := range agents {
		if a != "" {
			slip := found[i]
			slip.Person = a
			chosen, to = append(chosen, files[i]), append(to, slip)
		}
	}
	h.Ask(shell.Question{Title: h.Text("vault.pay.sure", "n", len(chosen)), Why: h.Text("vault.pay.sure.why"), Yes: h.Text("vault.pay.sure.yes"), Plain: true}, func(string) {
		var fresh, known int
		h.Run(shell.Action{ID: "vault.pay", Label: h.Text("vault.pay.depositing"),
			Run: func(ctx context.Context, progress shell.Progress) (err error) {
				fresh, known, err = p.o.DepositPayslips(ctx, chosen, to, progress)
				return err
			},
			Done: func() {
				text := h.Text("vault.pay.done", "n", fresh)
				if known > 0 {
					text += " " + h.Text("vault.pay.known", "n", known)
				}
				h.Toast(shell.Done, text, nil)
				p.aside()
				p.load()
			}})
	})
}
