package parapheur

import (
	"context"
	"path"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// flowView shows an accounting flow as an accountant reads it: its head, its bordereaux
// with their mandats and titres, and below the one that is chosen with its lines, its
// third party and its attachments.
type flowView struct {
	h     shell.Host
	open  func(pes.Attachment)
	print func()

	flow   *pes.Flow
	rows   []flowRow
	doubts map[string]bool // the places on which there is a remark
	head   *fyne.Container
	list   *widgets.List
	detail *fyne.Container
	box    fyne.CanvasObject
}

// flowRow is a bordereau, or one of its pieces.
type flowRow struct {
	bordereau *pes.Bordereau
	piece     *pes.Piece
}

func newFlowView(h shell.Host, open func(pes.Attachment), print func()) *flowView {
	v := &flowView{h: h, open: open, print: print, head: widgets.Wrapped(), detail: widgets.Wrapped()}
	v.list = widgets.NewList(h.Now, func() int { return len(v.rows) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, v.row)
	v.list.Label = func(i int) string { return v.subject(v.rows[i]) }
	v.list.OnCursor = v.choose
	split := container.NewVSplit(v.list, widgets.NewScroll(container.NewPadded(v.detail)))
	split.SetOffset(0.45)
	v.box = container.NewBorder(container.NewPadded(v.head), nil, nil, nil, split)
	v.box.Hide()
	return v
}

// show shows a flow; nil hides the view.
func (v *flowView) show(f *pes.Flow, remarks []pes.Remark) {
	v.flow, v.rows, v.doubts, v.detail.Objects = f, nil, map[string]bool{}, nil
	if f == nil {
		v.box.Hide()
		return
	}
	for _, r := range remarks {
		v.doubts[r.Where] = true
	}
	for _, b := range f.Bordereaux {
		v.rows = append(v.rows, flowRow{bordereau: b})
		for _, p := range b.Pieces {
			v.rows = append(v.rows, flowRow{b, p})
		}
	}
	totals := map[pes.Side]pes.Amount{}
	for _, b := range f.Bordereaux {
		totals[b.Side] += b.Net + b.VAT
	}
	title := widgets.Heading(v.h.Text("parapheur.flow.title", "label", lang.Typography(f.Label)))
	title.Wrapping = fyne.TextWrapWord
	v.head.Objects = []fyne.CanvasObject{title, widgets.Caption(v.h.Text("parapheur.flow.head", "file", f.Name, "post", f.Post, "budget", f.Budget))}
	var sums []string
	for _, side := range []pes.Side{pes.Spending, pes.Receipts} {
		if total, there := totals[side]; there {
			sums = append(sums, v.h.Text("parapheur.flow.total."+string(side), "amount", french.Amount(int64(total))))
		}
	}
	v.head.Add(wrapped(widgets.NewLabel(strings.Join(sums, " · "))))
	v.head.Add(container.NewHBox(widgets.NewButton(v.h.Text("parapheur.flow.print"), base.DocumentPrintIcon(), v.print)))
	v.box.Show()
	v.list.Reset()
	v.list.Refresh()
	if len(v.rows) > 1 {
		v.list.SetCursor(1) // the first mandat says more than its bordereau
		v.choose(1)
	}
}

// subject is a row's first line.
func (v *flowView) subject(r flowRow) string {
	b := r.bordereau
	if r.piece == nil {
		return v.h.Text("parapheur.flow.bordereau."+string(b.Side), "n", b.Number, "type", b.TypeLabel())
	}
	who := r.piece.Third().FullName()
	if who == "" {
		who = r.piece.Object
	}
	return v.h.Text("parapheur.flow.piece."+string(b.Side), "n", r.piece.Number, "who", who)
}

func (v *flowView) row(i int, _ bool, o fyne.CanvasObject) {
	if i >= len(v.rows) {
		return
	}
	r := v.rows[i]
	b := r.bordereau
	detail, where := v.h.Text("parapheur.flow.bordereau.detail", "n", len(b.Pieces), "year", b.Exercise, "amount", french.Amount(int64(b.Net+b.VAT))), "Bordereau "+b.Number
	if r.piece != nil {
		net, vat := r.piece.Total()
		detail = strings.TrimPrefix(r.piece.Object+" · "+french.Amount(int64(net+vat)), " · ")
		word := map[pes.Side]string{pes.Spending: "mandat", pes.Receipts: "titre"}[b.Side]
		where += ", " + word + " " + r.piece.Number
	}
	m, badge := widgets.Plain, ""
	switch {
	case v.doubts[where]:
		m, badge = widgets.Waiting, v.h.Text("parapheur.flow.look")
	case r.piece == nil && (b.Signed || v.flow.Signed):
		m, badge = widgets.Done, v.h.Text("parapheur.flow.signed")
	}
	o.(*widgets.Row).Set(v.subject(r), detail, r.piece == nil, false, m, badge)
}

// choose shows what is known of a row below the list.
func (v *flowView) choose(i int) {
	if i < 0 || i >= len(v.rows) {
		return
	}
	r := v.rows[i]
	if r.piece == nil {
		v.detail.Objects = v.bordereau(r.bordereau)
	} else {
		v.detail.Objects = v.piece(r)
	}
	shell.LayOut(v.h, v.detail)
}

func (v *flowView) bordereau(b *pes.Bordereau) []fyne.CanvasObject {
	facts := container.New(layout.NewFormLayout())
	for _, line := range [][2]string{
		{"date", day(b.Date)}, {"year", b.Exercise}, {"count", strconv.Itoa(b.Count)},
		{"net", french.Amount(int64(b.Net))}, {"vat", french.Amount(int64(b.VAT))}, {"cumulative", french.Amount(int64(b.Cumulative))},
	} {
		v.fact(facts, v.h.Text("parapheur.flow."+line[0]), line[1])
	}
	return []fyne.CanvasObject{wrapped(widgets.Heading(v.subject(flowRow{bordereau: b}))), facts}
}

func (v *flowView) piece(r flowRow) []fyne.CanvasObject {
	p := r.piece
	out := []fyne.CanvasObject{wrapped(widgets.Heading(v.subject(r))), widgets.Caption(p.TypeLabel(r.bordereau.Side) + " · " + p.NatureLabel(r.bordereau.Side))}
	out = append(out, v.attached(p)...)
	facts := container.New(layout.NewFormLayout())
	if p.Object != "" {
		v.fact(facts, v.h.Text("parapheur.flow.object"), p.Object)
	}
	for i, l := range p.Lines {
		v.fact(facts, v.h.Text("parapheur.flow.line", "n", l.Number), v.line(l))
		for _, t := range l.Thirds {
			if i == 0 || t.Key() != p.Third().Key() || t.Account != p.Third().Account {
				v.third(facts, t)
			}
		}
	}
	return append(out, facts)
}

// line is what an imputation says, in one paragraph.
func (v *flowView) line(l *pes.Line) string {
	text := v.h.Text("parapheur.flow.account", "account", l.Account)
	add := func(key, value string) {
		if value != "" {
			text += " · " + v.h.Text("parapheur.flow."+key, "value", value)
		}
	}
	add("function", l.Function)
	add("operation", l.Operation)
	add("invoice", l.Invoice)
	add("market", l.Market)
	add("payment", l.PaymentLabel())
	text += " · " + v.h.Text("parapheur.flow.amount", "net", french.Amount(int64(l.Net)), "vat", french.Amount(int64(l.VAT)))
	if l.Label != "" {
		text = l.Label + " · " + text
	}
	return text
}

func (v *flowView) third(facts *fyne.Container, t pes.Third) {
	who := t.FullName() + " · " + t.LegalLabel()
	if len(t.Address) > 0 {
		who += "\n" + strings.Join(t.Address, ", ")
	}
	v.fact(facts, v.h.Text("parapheur.flow.third"), who)
	if !t.Account.IsZero() {
		v.fact(facts, v.h.Text("parapheur.flow.bank"), grouped(t.Account.String())+" · "+t.Account.Holder)
	}
}

// grouped writes an account by fours, as it is printed everywhere.
func grouped(account string) string {
	account = strings.ReplaceAll(account, " ", "")
	var parts []string
	for len(account) > 4 {
		parts, account = append(parts, account[:4]), account[4:]
	}
	return strings.Join(append(parts, account), " ")
}

// attached are the attachments that a piece names, each with a button when it is there.
func (v *flowView) attached(p *pes.Piece) []fyne.CanvasObject {
	references := p.References
	for _, l := range p.Lines {
		references = append(references, l.References...)
	}
	var out []fyne.CanvasObject
	for _, r := range references {
		found := false
		for _, a := range v.flow.Attachments {
			if a.ID == r.ID && a.ID != "" {
				found = true
				out = append(out, container.NewHBox(widgets.NewButton(v.h.Text("parapheur.flow.open", "name", a.Name), base.DocumentIcon(), func() { v.open(a) })))
			}
		}
		if !found {
			name := r.Name
			if name == "" {
				name = r.ID
			}
			out = append(out, widgets.NewNote(widgets.Waiting, v.h.Text("parapheur.flow.missing", "name", name)))
		}
	}
	if len(out) == 0 {
		return []fyne.CanvasObject{widgets.Caption(v.h.Text("parapheur.flow.nothing"))}
	}
	return out
}

// fact adds a caption, and its value beside it.
func (v *flowView) fact(facts *fyne.Container, caption, value string) {
	label := widgets.Caption(caption)
	label.Wrapping = fyne.TextWrapOff
	facts.Add(label)
	facts.Add(wrapped(widgets.NewLabel(lang.Typography(value))))
}

func wrapped(l *widgets.Label) *widgets.Label {
	l.Wrapping = fyne.TextWrapWord
	return l
}

// day writes a day of a flow as people do, and as it is when it is none.
func day(text string) string {
	if at, err := lang.ParseDay(text); err == nil {
		return lang.Day(at)
	}
	return text
}

// flowRead is an accounting flow with what is to be looked at in it.
type flowRead struct {
	flow    *pes.Flow
	remarks []pes.Remark
}

// remarks are the notes on a flow, for the facts' pane.
func (p *page) remarks() (out []fyne.CanvasObject) {
	if len(p.read.remarks) > 0 {
		out = append(out, widgets.Heading(p.h.Text("parapheur.flow.remarks")))
	}
	for _, r := range p.read.remarks {
		m := map[pes.Severity]widgets.Meaning{pes.Stops: widgets.Refused, pes.Rejects: widgets.Late, pes.Warns: widgets.Waiting, pes.Tells: widgets.Plain}[r.Severity]
		text := r.Why + " " + r.Cure
		if r.Where != "" {
			text = r.Where + " : " + text
		}
		out = append(out, widgets.NewNote(m, lang.Typography(text)))
	}
	if f := p.read.flow; f != nil && p.shown != nil && p.shown.may().sign {
		for _, sentence := range f.Meaning() {
			out = append(out, widgets.Caption(lang.Typography(sentence)))
		}
	}
	return out
}

// openAttachment opens a PDF, and saves anything else.
func (p *page) openAttachment(a pes.Attachment) {
	made := shell.Made(a.Name, func(ctx context.Context) ([]byte, error) { return p.o.Attachment(ctx, a) })
	if strings.EqualFold(path.Ext(a.Name), ".pdf") || a.Media == "application/pdf" {
		p.h.OpenPDF(made)
		return
	}
	p.h.Save(made)
}
