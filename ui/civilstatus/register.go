package civilstatus

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// intake is the import of a digitised register: its problems at the left, the
// image of the one looked at, its line to be corrected at the right.
//
//	┌ problèmes ──────┬ image ─────────┬ ligne 12 ─────────┐
//	│ Ligne 12 Numéro │                │ Nom   [EXEMPLE]   │
//	│ Ligne 40 Image  │                │ [Corriger] [Écarter] │
//	├─────────────────┴────────────────┴───────────────────┤
//	│ [Importer les 1 204 actes]  [Enregistrer la liste…]  │
//	└──────────────────────────────────────────────────────┘
//
// Keys: Enter on a problem goes to the value at fault, Enter there corrects it.
type intake struct {
	p        *page
	register *manifest.Register
	lines    []manifest.Line
	plan     *manifest.Plan
	faults   []manifest.Problem // of the acts that were not kept
	problems []manifest.Problem
	done     string

	summary *widgets.CaptionText
	list    *widgets.List
	empty   *fyne.Container
	preview *widgets.Preview
	side    *fyne.Container
	fault   *widgets.Entry // of the value at fault
	typed   *typed         // what is being corrected, nil for nothing
	foot    *fyne.Container
	content *fyne.Container
	keep    func()
}

// typed is a line that is being corrected: it stays when the problems are told anew.
type typed struct {
	problem manifest.Problem
	line    manifest.Line
	column  manifest.Column // where
}

// pickRegister asks for the list that comes with a register, or for the folder of its images.
func (p *page) pickRegister(folder bool) {
	f := shell.Files{Title: p.h.Text("civilstatus.register.pick"), Extensions: []string{".csv", ".txt"}}
	if folder {
		f = shell.Files{Title: p.h.Text("civilstatus.register.pick.folder"), Folder: true}
	}
	p.h.PickFiles(f, func(paths []string) { p.openRegister(paths[0]) })
}

func (p *page) openRegister(path string) {
	var r *manifest.Register
	p.h.Run(shell.Action{ID: "civilstatus.register", Label: p.h.Text("civilstatus.register.reading"),
		Run: func(ctx context.Context, _ shell.Progress) (err error) {
			r, err = p.o.OpenRegister(ctx, path)
			return err
		},
		Done: func() { p.take(newIntake(p, r)) }})
}

// take shows an import in place of the acts; nil brings the acts back.
func (p *page) take(i *intake) {
	if p.intake != nil {
		p.intake.keep()
		p.intake.preview.Stop()
	}
	p.intake = i
	p.root.Objects = []fyne.CanvasObject{p.panes}
	if i != nil {
		p.root.Objects = []fyne.CanvasObject{i.content}
		i.replan()
	}
	shell.LayOut(p.h, p.root)
	if i == nil {
		p.load()
	}
}

func newIntake(p *page, r *manifest.Register) *intake {
	i := &intake{p: p, register: r, lines: r.Lines, side: widgets.Wrapped(), empty: container.NewStack(), foot: container.NewHBox(), summary: widgets.Caption("")}
	i.list = widgets.NewList(p.h.Now, func() int { return len(i.problems) }, func() fyne.CanvasObject { return widgets.NewRow(false) }, i.row)
	i.list.Label = func(at int) string { return i.title(i.problems[at]) }
	i.list.OnCursor = func(at int) {
		if at < len(i.problems) {
			i.look(i.problems[at])
		}
	}
	i.list.OnOpen = func(int) { widgets.Focus(i.side, i.fault) }
	i.preview = widgets.NewPreview(p.h.Schedule, func(page, n int) string { return p.h.Text("civilstatus.page", "page", page, "of", n) })
	i.preview.OnError = func(err error) string { return shell.What(p.h, err) }
	var panes fyne.CanvasObject
	panes, i.keep = widgets.Panes(p.h.Preferences(), "register", []float64{0.33, 0.5}, container.NewStack(i.list, i.empty), i.preview, widgets.NewScroll(i.side))
	title := widgets.Heading(p.h.Text("civilstatus.register.title", "name", r.Name))
	title.Truncation = fyne.TextTruncateEllipsis
	i.content = container.NewBorder(container.NewVBox(title, i.summary), i.foot, nil, nil, panes)
	return i
}

// replan tells what would be imported of the lines as they are now.
func (i *intake) replan() {
	h := i.p.h
	lines := i.lines
	shell.Load(h, "plan", func(context.Context) (*manifest.Plan, error) {
		return manifest.Make(lines, i.register.Files, i.register.Commune)
	}, func(plan *manifest.Plan) {
		i.plan = plan
		i.show()
	})
}

func (i *intake) show() {
	h := i.p.h
	at := max(i.list.Cursor(), 0)
	i.problems = append(append([]manifest.Problem{}, i.faults...), i.plan.Problems...)
	i.summary.SetText(i.sentence())
	i.empty.Objects = nil
	if len(i.problems) == 0 {
		i.empty.Objects = []fyne.CanvasObject{widgets.Empty(theme.Icon("civilstatus"), h.Text("civilstatus.register.fine"), h.Text("civilstatus.register.fine.text"), nil)}
		i.side.Objects = nil
	}
	if i.typed != nil {
		for n, q := range i.problems {
			if q.At == i.typed.problem.At && q.Column == i.typed.problem.Column {
				at = n
			}
		}
	}
	i.list.Reset()
	i.list.SetCursor(at)
	i.foot.Objects = i.actions()
	shell.LayOut(h, i.content)
}

// sentence tells how many acts are ready, held and set aside.
func (i *intake) sentence() string {
	h := i.p.h
	text := i.done
	if text == "" {
		text = h.Text("civilstatus.register.ready", "n", len(i.plan.Scans), "pages", i.plan.Pages)
	}
	if i.plan.Held > 0 {
		text += " " + h.Text("civilstatus.register.held", "n", i.plan.Held)
	}
	if i.plan.Aside > 0 {
		text += " " + h.Text("civilstatus.register.aside", "n", i.plan.Aside)
	}
	return text
}

func (i *intake) actions() []fyne.CanvasObject {
	h := i.p.h
	do := widgets.NewPrimary(h.Text("civilstatus.register.do", "n", len(i.plan.Scans)), base.DownloadIcon(), i.run)
	if len(i.plan.Scans) == 0 {
		do.Disable()
	}
	return []fyne.CanvasObject{do,
		widgets.NewButton(h.Text("civilstatus.register.save"), base.DocumentSaveIcon(), func() {
			lines := i.lines
			h.Save(shell.Document{Name: "registre-corrige.csv", Open: func(context.Context) (io.ReadCloser, error) {
				var b bytes.Buffer
				err := manifest.Write(&b, lines)
				return io.NopCloser(&b), err
			}})
		}),
		widgets.NewButton(h.Text("civilstatus.register.close"), nil, func() { i.p.take(nil) })}
}

func (i *intake) title(q manifest.Problem) string {
	line := i.lines[q.At]
	if line.N == 0 {
		return line.Values[manifest.File]
	}
	return i.p.h.Text("civilstatus.register.line", "n", line.N, "column", i.name(q.Column))
}

func (i *intake) name(c manifest.Column) string {
	return i.p.h.Text("civilstatus.register.column." + string(c))
}

func (i *intake) row(at int, _ bool, o fyne.CanvasObject) {
	if at >= len(i.problems) {
		return
	}
	q := i.problems[at]
	m, word := widgets.Waiting, i.p.h.Text("civilstatus.register.told")
	if q.Stops {
		m, word = widgets.Late, i.p.h.Text("civilstatus.register.stops")
	}
	o.(*widgets.Row).Set(i.title(q), q.Why, q.Stops, false, m, word)
}

// look shows the image of a problem's line, and the line itself to be corrected.
func (i *intake) look(q manifest.Problem) {
	h := i.p.h
	line := i.lines[q.At]
	shell.Load(h, "picture", func(ctx context.Context) (widgets.Pages, error) {
		name := i.register.Files.Name(line)
		if name == "" {
			return nil, nil
		}
		return i.p.o.Scans(ctx, []string{filepath.Join(i.register.Dir, filepath.FromSlash(name))})
	}, func(pages widgets.Pages) {
		if pages == nil {
			i.preview.Say(h.Text("civilstatus.register.noimage"))
			return
		}
		i.preview.SetDocument(pages)
	})
	i.form(q, line)
}

func (i *intake) form(q manifest.Problem, line manifest.Line) {
	h := i.p.h
	if i.typed != nil && (i.typed.problem.At != q.At || i.typed.problem.Column != q.Column) {
		i.typed = nil
	}
	was := i.typed
	next := line
	if was != nil {
		next = was.line
	}
	var focus *widgets.Entry
	why := widgets.NewLabel(q.Why)
	why.Wrapping = fyne.TextWrapWord
	fields := container.NewGridWithColumns(2)
	objects := []fyne.CanvasObject{widgets.Heading(i.title(q)), why, widgets.Caption(q.Cure)}
	correct := func() { i.correct(q.At, next) }
	for _, c := range manifest.Columns() {
		if c == manifest.Aside {
			continue
		}
		entry := widgets.NewEntry("")
		entry.SetText(next.Values[c])
		entry.OnChanged = func(text string) {
			next = next.With(c, text)
			i.typed = &typed{q, next, c}
		}
		if was != nil && was.column == c {
			focus, entry.CursorColumn = entry, len([]rune(entry.Text))
		}
		entry.OnSubmitted = func(string) { correct() }
		field := widgets.Field(i.name(c), entry, "")
		if c == q.Column {
			objects, i.fault = append(objects, field), entry // it stands first, alone
			continue
		}
		fields.Add(field)
	}
	i.side.Objects = append(objects, widgets.Beside(widgets.NewPrimary(h.Text("civilstatus.register.correct"), base.ConfirmIcon(), correct),
		widgets.NewButton(h.Text("civilstatus.register.setaside"), nil, func() { i.correct(q.At, line.With(manifest.Aside, "oui")) })), fields)
	shell.LayOut(h, i.side)
	if focus != nil {
		widgets.Focus(i.side, focus)
	}
}

// correct puts another line in a line's place; what is corrected is kept at once.
func (i *intake) correct(at int, line manifest.Line) {
	lines := append([]manifest.Line{}, i.lines...)
	lines[at] = line
	i.lines, i.done, i.typed = lines, "", nil
	var rest []manifest.Problem
	for _, f := range i.faults {
		if f.At != at {
			rest = append(rest, f)
		}
	}
	i.faults = rest
	i.p.h.Run(shell.Action{ID: "civilstatus.register.keep." + strconv.Itoa(at), Label: i.p.h.Text("civilstatus.doing"),
		Run: func(ctx context.Context, _ shell.Progress) error { return i.p.o.KeepRegister(ctx, i.register, lines) }})
	widgets.Focus(i.list, i.list)
	i.replan()
}

// run imports what is ready; what could not be kept joins the problems.
func (i *intake) run() {
	h := i.p.h
	plan, lines := i.plan, i.lines
	var outcomes []civilstatus.Outcome
	tell := func() { i.told(plan, lines, outcomes) } // after a stop too: what was kept stays kept
	h.Run(shell.Action{ID: "civilstatus.register.import", Label: h.Text("civilstatus.register.importing"),
		Run: func(ctx context.Context, progress shell.Progress) error {
			person, err := i.p.o.Person(ctx)
			if err != nil {
				return err
			}
			outcomes, err = i.p.o.ImportRegister(ctx, person, plan.Scans, func(done, of int) { progress(done, of, h.Text("civilstatus.register.importing")) })
			return err
		},
		Done:   tell,
		Failed: func(err error) { tell(); h.Fail(err) }})
}

func (i *intake) told(plan *manifest.Plan, lines []manifest.Line, outcomes []civilstatus.Outcome) {
	added, known := 0, 0
	i.faults = nil
	for n, o := range outcomes {
		switch {
		case o.Err != nil:
			i.faults = append(i.faults, manifest.Fault(lines, plan.Lines[n][0], o.Err))
		case o.Known:
			known++
		default:
			added++
		}
	}
	i.done = i.p.h.Text("civilstatus.register.added", "n", added)
	if known > 0 {
		i.done += " " + i.p.h.Text("civilstatus.register.known", "n", known)
	}
	if len(i.faults) > 0 {
		i.done += " " + i.p.h.Text("civilstatus.register.refused", "n", len(i.faults))
	}
	i.p.h.Toast(shell.Done, i.done, nil)
	i.show()
}
