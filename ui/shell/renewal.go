package shell

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

// Renewal is what there is to say of a signature certificate that ends soon, and of the request
// to renew it. The zero value: nothing.
type Renewal struct {
	Holder string
	End    time.Time
	Days   int  // those it has left
	Urgent bool // within a month
	// Asked is when a new one was asked of the agency, zero before; State is «asked», «received»
	// or «closed», and Answer what the agency said on Answered.
	Asked         time.Time
	State, Answer string
	Answered      time.Time
}

// Renew shows a renewal, with the button that asks for it while it was not asked; ask runs off
// the window's thread, then on it. Nothing is shown of the zero value.
func Renew(h Host, r Renewal, ask func(context.Context) error, then func()) []fyne.CanvasObject {
	if r.End.IsZero() {
		return nil
	}
	m := widgets.Waiting
	if r.Urgent {
		m = widgets.Late
	}
	text := h.Text("services.renewal.soon", "n", r.Days, "holder", r.Holder, "day", lang.Day(r.End))
	if !r.End.After(h.Now()) {
		text = h.Text("services.renewal.over", "holder", r.Holder, "day", lang.Day(r.End))
	}
	parts := []fyne.CanvasObject{widgets.NewNote(m, text)}
	if r.Asked.IsZero() {
		button := widgets.NewButton(h.Text("services.renewal.ask"), base.MailSendIcon(), func() {
			h.Run(Action{ID: "renewal", Label: h.Text("services.renewal.asking"),
				Run:  func(ctx context.Context, _ Progress) error { return ask(ctx) },
				Done: func() { h.Toast(Done, h.Text("services.renewal.sent"), nil); then() }})
		})
		return append(parts, container.NewHBox(button))
	}
	told := h.Text("services.renewal."+r.State, "asked", lang.Day(r.Asked), "day", lang.Day(r.Answered))
	if r.Answer != "" {
		told += " " + h.Text("services.renewal.answer", "text", r.Answer)
	}
	if r.State == "asked" {
		m = widgets.Waiting
	} else {
		m = widgets.Done
	}
	return append(parts, widgets.NewNote(m, told))
}
