package parapheur

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// Name is the page's name in routes.
const Name shell.PageName = "parapheur"

// limit is how many folders a list shows at once.
const limit = 10_000

// Entry places the page in the rail.
func Entry(o Office) shell.Entry {
	return shell.Entry{
		Route: shell.Route{Page: Name}, Icon: theme.Icon("parapheur"), TitleKey: "shell.page.parapheur",
		New: func(h shell.Host) shell.Page { return newPage(h, o) },
		Commands: []shell.Command{
			{LabelKey: "parapheur.import", Run: func(x shell.Page) { x.(*page).pick() }},
			{LabelKey: "parapheur.search", Run: func(x shell.Page) { x.(*page).search() }},
			{LabelKey: "parapheur.verify.file", Run: func(x shell.Page) { x.(*page).verifyFile() }},
			{LabelKey: "parapheur.csv", Run: func(x shell.Page) { x.(*page).exportList() }},
		},
		Badge: func(ctx context.Context) (int, error) {
			person, err := o.Person(ctx)
			if err != nil {
				return 0, err
			}
			return o.Desk().Count(ctx, person)
		},
	}
}

type page struct {
	h     shell.Host
	o     Office
	box   parapheur.Box
	pile  *widget.Select
	query parapheur.Query // of the pile «found»
	arg   string
	rows  []parapheur.Row
	shown *view
	// document is which one of the folder is in the preview.
	document int
	// done tells that the folder shown was just acted upon.
	done bool
	// form tells that a new folder is being made where the facts are.
	form bool
	// judged makes the verification under this heading anew.
	judged struct {
		heading fyne.CanvasObject
		again   func()
	}
	list    *widgets.List
	empty   *fyne.Container
	preview *widgets.Preview
	// flow stands in the preview's place for an accounting flow; read is what was read in it, nothing for any other document.
	flow  *flowView
	read  flowRead
	facts *fyne.Container
	// compared is in the preview, when two revisions are held against each other.
	compared *pageimage.Comparison
	buttons  *fyne.Container
	content  fyne.CanvasObject
	keep     func()

	handOver, handBack, leaveOut, withdraw, approve, sign, refuse, takeBack, sendBack, reassign, remark, check, slip, proof, save, file, opinion, add, answer, archive *widgets.Button
}

func newPage(h shell.Host, o Office) *page {
	p := &page{h: h, o: o, box: parapheur.ToDo, facts: widgets.Wrapped(), empty: container.NewStack()}
	p.list = widgets.NewList(h.Now, func() int { return len(p.rows) }, func() fyne.CanvasObject { return widgets.NewRow(true) }, p.row)
	p.list.Tickable = true
	p.list.Label = func(i int) string { return p.rows[i].Title }
	p.list.OnCursor = func(i int) {
		if i < len(p.rows) {
			p.form = false
			p.open(p.rows[i].ID)
		}
	}
	p.list.OnTicked = func(int) { p.enable() }
	p.preview = widgets.NewPreview(h.Schedule, p.pageLabel)
	p.flow = newFlowView(h, p.openAttachment, p.printFlow)
	p.preview.OnError = func(err error) string { return shell.What(h, err) }
	p.preview.OnCarry = p.dragOut
	foot := container.NewVBox(widgets.NewButton(h.Text("parapheur.import"), base.ContentAddIcon(), p.pick),
		widgets.NewButton(h.Text("parapheur.verify.file"), base.ConfirmIcon(), p.verifyFile),
		container.NewGridWithColumns(2, widgets.NewButton(h.Text("parapheur.search"), base.SearchIcon(), p.search), widgets.NewButton(h.Text("parapheur.csv"), base.DownloadIcon(), p.exportList)))
	left := container.NewBorder(p.filters(), foot, nil, nil,
		container.NewStack(p.list, p.empty))
	right := container.NewBorder(nil, p.actions(), nil, nil, widgets.NewScroll(p.facts))
	p.content, p.keep = widgets.Panes(h.Preferences(), "parapheur", []float64{0.3, 0.62}, left, container.NewStack(p.preview, p.flow.box), right)
	return p
}

func (p *page) Route() shell.Route         { return shell.Route{Page: Name, Arg: p.arg} }
func (p *page) Title() string              { return p.h.Text("shell.page.parapheur") }
func (p *page) Content() fyne.CanvasObject { return p.content }
func (p *page) Hide()                      { p.keep(); p.preview.Stop() }
func (p *page) Panes() []fyne.Focusable    { return []fyne.Focusable{p.list, p.preview} }

func (p *page) Show(r shell.Route) {
	if r.Arg != "" {
		p.arg = strings.TrimPrefix(r.Arg, "folder/")
	}
	p.h.Changes([]string{shell.TrustStream}, p.judgeAgain)
	p.h.Changes([]string{"folder/", "reading/", "remark/", "retrieved/", "opinion/", "receipt/", "legality/"}, p.load)
	p.load()
}

// Drop imports files dropped on the window.
func (p *page) Drop(paths []string) bool {
	p.importFiles(paths)
	return true
}

// boxes are the piles, in the order in which they are offered.
var boxes = []parapheur.Box{parapheur.ToDo, parapheur.Late, parapheur.Waiting, parapheur.Retrieve, parapheur.Finished}

func (p *page) filters() fyne.CanvasObject {
	p.pile = p.choice(len(boxes), func(i int) string { return p.h.Text("parapheur.box." + string(boxes[i])) })
	p.pile.PlaceHolder = p.h.Text("parapheur.box.found")
	p.pile.OnChanged = func(string) {
		i := p.pile.SelectedIndex()
		if i < 0 {
			return
		}
		p.box, p.arg, p.form, p.query = boxes[i], "", false, parapheur.Query{}
		p.list.Reset()
		p.load()
	}
	return p.pile
}

func (p *page) row(i int, ticked bool, o fyne.CanvasObject) {
	if i >= len(p.rows) {
		return
	}
	r := p.rows[i]
	m, key := badge(r)
	o.(*widgets.Row).Set(r.Title, detail(r, func(day string) string { return p.h.Text("parapheur.before", "day", day) }), r.Mine, ticked, m, p.h.Text(key))
}

func (p *page) load() {
	box, q := p.box, p.query
	shell.Load(p.h, "list", func(ctx context.Context) ([]parapheur.Row, error) {
		person, err := p.o.Person(ctx)
		if err != nil {
			return nil, err
		}
		if box == found {
			return p.o.Desk().Find(ctx, person, q, limit)
		}
		return p.o.Desk().List(ctx, person, box, limit)
	}, p.show)
}

func (p *page) show(rows []parapheur.Row) {
	p.rows = rows
	p.list.Refresh()
	if p.form {
		return // what is being typed is not taken away
	}
	p.empty.Objects = nil
	if len(rows) == 0 {
		p.empty.Objects = []fyne.CanvasObject{widgets.Empty(base.ConfirmIcon(), p.h.Text("parapheur.empty."+string(p.box)), p.h.Text("parapheur.empty.text"), nil)}
	}
	p.empty.Refresh()
	if len(rows) == 0 && (p.arg == "" || p.done) {
		p.arg, p.done = "", false
		p.present(nil)
		return
	}
	at := slices.IndexFunc(rows, func(r parapheur.Row) bool { return r.ID == p.arg })
	if at < 0 && (p.arg == "" || p.done) && len(rows) > 0 {
		// What was done has left the pile: the one that took its place is next.
		at = min(max(p.list.Cursor(), 0), len(rows)-1)
		p.arg = rows[at].ID
	}
	p.done = false
	if at < 0 {
		p.list.UnselectAll() // the folder shown is in another pile
	} else {
		p.list.SetCursor(at)
	}
	p.open(p.arg)
}

func (p *page) open(id string) {
	p.arg = id
	shell.Load(p.h, "folder", func(ctx context.Context) (*view, error) { return p.folder(ctx, id) }, p.present)
}

func (p *page) folder(ctx context.Context, id string) (*view, error) {
	desk := p.o.Desk()
	f, err := desk.Folder(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &view{folder: f}
	if v.town, err = desk.Town(ctx); err != nil {
		return nil, err
	}
	person, err := p.o.Person(ctx)
	if err != nil {
		return nil, err
	}
	_, refused := parapheur.MayAct(f, v.town, person, dayOf(p.h.Now()))
	v.person, v.mine, v.day = person, refused == nil, dayOf(p.h.Now())
	if f.HandingOver() {
		v.trouble = p.o.CarryTrouble(ctx)
	}
	if f.Reviewable() {
		r, err := p.o.Review(ctx, id)
		if err != nil {
			return nil, err
		}
		v.review = &r
	}
	if f.Conflict {
		c, err := desk.Conflict(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		v.conflict = &c
	}
	v.answers, v.formal = p.answers(ctx, f)
	if v.mine {
		return v, desk.MarkRead(ctx, person, id)
	}
	return v, nil
}

func (p *page) present(v *view) {
	if p.form {
		return
	}
	if p.shown == nil || v == nil || p.shown.folder.ID != v.folder.ID || p.document >= len(v.folder.Documents) {
		p.document = 0
	}
	same := p.shown != nil && v != nil && p.shown.folder.ID == v.folder.ID && p.shown.folder.Documents[p.document].Digest == v.folder.Documents[p.document].Digest
	p.shown = v
	if v == nil {
		p.nothing("")
	} else if !same {
		p.look(p.document)
	}
	p.tell()
	p.enable()
}

// look shows one of the folder's documents.
func (p *page) look(i int) {
	p.document = i
	f := p.shown.folder
	d := f.Documents[i]
	if p.read.flow != nil { // its remarks are of no other document
		p.read = flowRead{}
		p.tell()
	}
	switch {
	case d.Format == parapheur.PES:
		p.preview.Hide()
		shell.Load(p.h, "pages", func(ctx context.Context) (r flowRead, err error) {
			r.flow, r.remarks, err = p.o.Flow(ctx, f.ID, d.Digest)
			return r, err
		}, func(r flowRead) {
			p.read = r
			p.flow.show(r.flow, r.remarks)
			p.tell()
		})
	case d.Format == parapheur.Any && !strings.EqualFold(path.Ext(d.Name), ".pdf"):
		p.nothing(p.h.Text("parapheur.noview"))
	default:
		p.pages(func(ctx context.Context) (widgets.Pages, error) { return p.o.Pages(ctx, d.Digest) })
	}
}

// pages shows a document that has pages.
func (p *page) pages(open func(context.Context) (widgets.Pages, error)) {
	p.flow.show(nil, nil)
	p.compared = nil
	p.preview.Show()
	shell.Load(p.h, "pages", open, p.preview.SetDocument)
}

// nothing shows a sentence, or nothing, where the pages stand.
func (p *page) nothing(why string) {
	p.flow.show(nil, nil)
	p.compared = nil
	p.preview.Show()
	shell.Load(p.h, "pages", func(context.Context) (string, error) { return why, nil }, p.preview.Say)
}

// tell writes the facts of the folder shown again.
func (p *page) tell() {
	if p.form {
		return
	}
	p.facts.Objects = p.describe(p.shown)
	shell.LayOut(p.h, p.facts)
}

// documents lists the folder's documents, when there are several.
func (p *page) documents(f *parapheur.Folder) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, d := range f.Documents {
		for _, b := range d.Beside {
			out = append(out, widgets.NewButton(p.h.Text("parapheur.beside", "name", b.Name), base.DocumentSaveIcon(), func() {
				p.h.Save(shell.Made(b.Name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, b.Digest) }))
			}))
		}
	}
	if len(f.Documents) < 2 {
		return out
	}
	var names []string
	for i, d := range f.Documents {
		key := "parapheur.document"
		if d.Annex {
			key = "parapheur.document.annex"
		}
		names = append(names, p.h.Text(key, "n", i+1, "name", d.Name))
	}
	choice := widget.NewSelect(names, nil)
	choice.SetSelectedIndex(p.document)
	choice.OnChanged = func(string) { p.look(choice.SelectedIndex()) }
	return append([]fyne.CanvasObject{choice}, out...)
}

func (p *page) describe(v *view) []fyne.CanvasObject {
	if v == nil {
		return nil
	}
	f := v.folder
	title := widgets.Heading(f.Title)
	title.Wrapping = fyne.TextWrapWord
	out := []fyne.CanvasObject{title, widgets.Caption(p.h.Text("parapheur.by", "who", v.town.Name(f.Author), "when", lang.DayHour(f.Created)))}
	out = append(out, p.documents(f)...)
	if len(f.Handovers) > 0 { // what is known of the transmission comes before all else
		out = append(append(out, p.handovers(v)...), p.receipts(v)...)
	}
	out = append(out, p.review(v)...)
	out = append(out, p.remarks()...)
	if v.conflict != nil {
		out = append(out, p.disagreement(v)...)
	}
	if f.Refusal != "" {
		out = append(out, widgets.NewNote(widgets.Refused, p.h.Text("parapheur.refused", "why", f.Refusal)))
	}
	out = append(out, widgets.Heading(p.h.Text("parapheur.route")))
	for i, s := range f.Route {
		m, word := widgets.Plain, p.h.Text("parapheur.step.later")
		switch {
		case i < f.Step:
			m, word = widgets.Done, p.h.Text("parapheur.step.done")
		case i == f.Step && f.State == parapheur.Running:
			m, word = widgets.Waiting, p.h.Text("parapheur.step.now")
		}
		out = append(out, container.NewHBox(widgets.NewBadge(m, word), widgets.NewLabel(s.Title)))
	}
	for _, s := range f.Signatures {
		m, key := widgets.Done, "parapheur.signature"
		switch {
		case s.Offline:
			m, key = widgets.Waiting, "parapheur.signature.offline"
		case s.Level == "EPES":
			key = "parapheur.signature.flow"
		}
		out = append(out, widgets.NewNote(m, p.h.Text(key, "who", v.town.Name(s.Person), "level", s.Level)))
	}
	if len(f.Handovers) == 0 {
		out = append(out, p.receipts(v)...)
	}
	out = append(out, p.beside(v)...)
	out = append(out, widgets.Heading(p.h.Text("parapheur.history")))
	for i := len(f.History) - 1; i >= 0; i-- {
		out = append(out, widgets.Caption(p.line(v, f.History[i])))
	}
	return out
}

func (p *page) line(v *view, e parapheur.Event) string {
	key := "parapheur.event." + strings.TrimPrefix(e.Kind, "folder.")
	if review := map[string]bool{parapheur.KindApproved: true, parapheur.KindForwarded: true, parapheur.KindBounced: true, parapheur.KindAcknowledged: true}; review[e.Kind] && v.folder.ReviewAt(e.Step) {
		key += ".review"
	}
	text := p.h.Text(key, "who", v.town.Name(e.Person), "when", lang.DayHour(e.At))
	if e.Note != "" {
		text += p.h.Text("parapheur.note", "note", e.Note)
	}
	return text
}

// disagreement shows both acts of a conflict, and lets one person decide.
func (p *page) disagreement(v *view) []fyne.CanvasObject {
	out := []fyne.CanvasObject{widgets.NewNote(widgets.Late, p.h.Text("parapheur.conflict"))}
	for _, e := range v.conflict.Holding {
		out = append(out, widgets.Caption(p.h.Text("parapheur.conflict.holding")+p.line(v, e)))
	}
	for _, e := range v.conflict.Contested {
		out = append(out, widgets.Caption(p.h.Text("parapheur.conflict.contested")+p.line(v, e)))
	}
	settle := func(redo bool) func() {
		return func() {
			id := v.folder.ID
			p.h.Ask(shell.Question{Title: p.h.Text("parapheur.conflict.title"), Why: p.h.Text("parapheur.conflict.why"), Lines: 2, Yes: p.h.Text("parapheur.conflict.do")}, func(note string) {
				p.act("settle", func(ctx context.Context, person string) error { return p.o.Desk().Settle(ctx, person, id, note, redo) })
			})
		}
	}
	return append(out, container.NewHBox(widgets.NewButton(p.h.Text("parapheur.conflict.keep"), nil, settle(false)), widgets.NewButton(p.h.Text("parapheur.conflict.redo"), nil, settle(true))))
}

func (p *page) actions() fyne.CanvasObject {
	p.sign = widgets.NewPrimary(p.h.Text("parapheur.sign"), base.DocumentCreateIcon(), p.signLot)
	p.approve = widgets.NewPrimary(p.h.Text("parapheur.approve"), base.ConfirmIcon(), p.doApprove)
	p.handOver = widgets.NewPrimary(p.h.Text("parapheur.handover"), base.UploadIcon(), p.doHandOver)
	p.handBack = widgets.NewButton(p.h.Text("parapheur.handback"), base.ContentUndoIcon(), func() {
		f := p.shown.folder
		p.act("handback", func(ctx context.Context, person string) error {
			if f.AtReview() {
				return p.o.TakeBackLegality(ctx, f.ID)
			}
			return p.o.Desk().HandBack(ctx, person, f.ID)
		})
	})
	p.withdraw = widgets.NewButton(p.h.Text("parapheur.withdraw"), base.ContentRemoveIcon(), func() {
		id := p.shown.folder.ID
		p.h.Ask(shell.Question{Title: p.h.Text("parapheur.withdraw.title"), Why: p.h.Text("parapheur.withdraw.why"), Yes: p.h.Text("parapheur.withdraw.do"), Plain: true, Dangerous: true}, func(string) {
			p.act("withdraw", func(ctx context.Context, person string) error { return p.o.Desk().Withdraw(ctx, person, id) })
		})
	})
	p.leaveOut = widgets.NewButton(p.h.Text("parapheur.leaveout"), base.MediaSkipNextIcon(), func() { p.askReason("leaveout", p.o.Desk().LeaveOut) })
	p.refuse = widgets.NewButton(p.h.Text("parapheur.refuse"), base.CancelIcon(), p.doRefuse)
	p.takeBack = widgets.NewButton(p.h.Text("parapheur.takeback"), base.ContentUndoIcon(), func() {
		id := p.shown.folder.ID
		p.act("takeback", func(ctx context.Context, person string) error { return p.o.Desk().TakeBack(ctx, person, id) })
	})
	p.sendBack = widgets.NewButton(p.h.Text("parapheur.sendback"), base.NavigateBackIcon(), func() { p.askReason("sendback", p.o.Desk().SendBack) })
	p.remark = widgets.NewButton(p.h.Text("parapheur.remark"), base.DocumentIcon(), p.doRemark)
	p.reassign = widgets.NewButton(p.h.Text("parapheur.reassign"), base.AccountIcon(), p.doReassign)
	p.opinion = widgets.NewButton(p.h.Text("parapheur.opinion"), base.HelpIcon(), p.doOpinion)
	p.add = widgets.NewButton(p.h.Text("parapheur.add"), base.MailAttachmentIcon(), p.doAdd)
	p.answer = widgets.NewButton(p.h.Text("parapheur.receipt.add"), base.MailReplyIcon(), p.doReceipt)
	p.check = widgets.NewButton(p.h.Text("parapheur.verify"), base.SearchIcon(), p.verify)
	p.slip = widgets.NewButton(p.h.Text("parapheur.slip"), base.DocumentPrintIcon(), p.PrintPage)
	p.proof = widgets.NewButton(p.h.Text("parapheur.proof"), base.FolderIcon(), func() {
		f := p.shown.folder
		p.h.Save(shell.Made(p.h.Text("parapheur.proof.file", "title", strings.NewReplacer("/", "-", "\\", "-").Replace(f.Title)), func(ctx context.Context) ([]byte, error) { return p.o.Bundle(ctx, f.ID) }))
	})
	p.archive = widgets.NewButton(p.h.Text("parapheur.archive"), base.StorageIcon(), p.doArchive)
	p.save = widgets.NewButton(p.h.Text("parapheur.save"), base.DocumentSaveIcon(), p.export)
	p.file = widgets.NewButton(p.h.Text("parapheur.retrieve"), base.FolderIcon(), func() {
		id := p.shown.folder.ID
		p.act("retrieve", func(ctx context.Context, person string) error { return p.o.Desk().Retrieve(ctx, person, id) })
	})
	p.buttons = container.NewVBox(p.sign, p.approve, p.handOver, p.file, p.takeBack, p.handBack, p.leaveOut, container.NewGridWithColumns(2, p.refuse, p.sendBack, p.reassign, p.opinion, p.remark, p.add, p.answer, p.check, p.slip, p.proof, p.archive, p.save, p.withdraw))
	return p.buttons
}

func (p *page) enable() {
	may := p.shown.may()
	signing := len(p.ticked(func(r parapheur.Row) bool { return r.StepKind.Signs() }))
	approving, handing := len(p.ticked(approvable)), len(p.ticked(transmissible))
	lot := signing > 1 || approving > 1 || handing > 1
	p.handOver.SetText(p.h.Text("parapheur.handover"))
	if p.shown != nil && p.shown.folder.AtReview() {
		p.handOver.SetText(p.h.Text("parapheur.handover.review"))
	}
	if handing > 1 {
		p.handOver.SetText(p.h.Text("parapheur.handover.lot", "n", handing))
	}
	p.sign.SetText(p.h.Text("parapheur.sign"))
	if signing > 1 {
		p.sign.SetText(p.h.Text("parapheur.sign.lot", "n", signing))
	}
	p.approve.SetText(p.h.Text("parapheur.approve"))
	if approving > 1 {
		p.approve.SetText(p.h.Text("parapheur.approve.lot", "n", approving))
	}
	there := p.shown != nil && !lot
	for b, on := range map[*widgets.Button]bool{p.approve: (may.approve && !lot) || approving > 1, p.sign: (may.sign && !lot) || signing > 1,
		p.handOver: (may.handOver && !lot) || handing > 1, p.handBack: may.handBack && !lot, p.leaveOut: may.leaveOut && !lot, p.withdraw: may.withdraw && !lot,
		p.refuse: may.refuse && !lot, p.takeBack: may.takeBack && !lot, p.sendBack: may.sendBack && !lot, p.reassign: may.reassign && !lot, p.opinion: may.opinion && !lot, p.add: may.add && !lot,
		p.file: there && p.box == parapheur.Retrieve, p.answer: there && parapheur.MayNoteReceipt(p.shown.folder), p.remark: there, p.check: there, p.slip: there, p.proof: there, p.save: there, p.archive: there && parapheur.MayArchive(p.shown.folder) == nil} {
		b.Hidden = !on || p.form
		b.Refresh()
	}
	p.buttons.Refresh()
}

// PrintPage prints the signing slip.
func (p *page) PrintPage() {
	if p.shown == nil {
		return
	}
	id := p.shown.folder.ID
	p.h.OpenPDF(shell.Made(p.h.Text("parapheur.slip.file"), func(ctx context.Context) ([]byte, error) { return p.o.Slip(ctx, id) }))
}

func (p *page) export() { p.h.Save(p.chosen()) }

// dragOut takes the document in view to another program.
func (p *page) dragOut() {
	if p.shown != nil && !p.form {
		p.h.DragOut(p.chosen())
	}
}

// chosen is the document in view.
func (p *page) chosen() shell.Document {
	d := p.shown.folder.Documents[p.document]
	return shell.Made(d.Name, func(ctx context.Context) ([]byte, error) { return p.o.Content(ctx, d.Digest) })
}
