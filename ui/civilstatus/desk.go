package civilstatus

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// desk is the indexing desk: the acts whose index is poor, one after the other in front of their images, by the keyboard
// alone. Enter goes to the next field, and from the last one to the next act; what was said of the former act's year stands
// ready; F or M is enough for the gender; Page Down passes an act over.
type desk struct {
	p      *page
	act    *civilstatus.Act
	all    int
	done   int
	fields []*widgets.Entry // last, first, usual, date, gender
}

const (
	deskLast = iota
	deskFirst
	deskUsual
	deskDate
	deskGender
)

// indexDesk opens the desk at its first act.
func (p *page) indexDesk() {
	p.view, p.notice, p.arg = "", "", ""
	p.claim(true) // what the list shows meanwhile does not close the desk
	p.list.Reset()
	p.load()
	d := &desk{p: p}
	d.next("")
}

// next shows the act after one; after the last it begins again, and ends when none is left.
func (d *desk) next(after string) {
	type found struct {
		acts []civilstatus.Act
		all  int
	}
	ask(d.p, true, func(ctx context.Context) (f found, err error) {
		if f.acts, f.all, err = d.p.o.Acts().ToIndex(ctx, after, 1); err == nil && len(f.acts) == 0 && after != "" {
			f.acts, f.all, err = d.p.o.Acts().ToIndex(ctx, "", 1)
		}
		return f, err
	}, func(f found) {
		d.all = f.all
		if len(f.acts) == 0 {
			d.p.claim(false)
			d.p.h.Toast(shell.Done, d.p.h.Text("civilstatus.desk.done"), nil)
			d.p.load()
			return
		}
		d.act = &f.acts[0]
		d.show()
	})
}

func (d *desk) show() {
	p, a := d.p, d.act
	p.shown, p.arg, p.notice = a, a.ID, ""
	texts := []string{a.LastName, a.FirstName, a.Usual, deskDay(a), string(a.Gender)}
	names := []string{"last", "first", "usual", "date", "gender"}
	if a.Kind == civilstatus.Marriage {
		names = names[:deskGender]
	}
	d.fields = nil
	objects := []fyne.CanvasObject{widgets.Heading(p.h.Text("civilstatus.desk")), widgets.Caption(p.reference(a)), widgets.Caption(p.h.Text("civilstatus.desk.left", "n", d.all))}
	if d.done > 0 {
		objects = append(objects, widgets.Caption(p.h.Text("civilstatus.desk.count", "n", d.done)))
	}
	for i, name := range names {
		e := widgets.NewEntry(p.h.Text("civilstatus.desk." + name))
		e.SetText(texts[i])
		e.OnSubmitted = func(string) { d.forward(i) }
		e.OnKey = d.key
		d.fields = append(d.fields, e)
		objects = append(objects, widgets.Field(p.h.Text("civilstatus.index."+name), e, ""))
	}
	p.side.Objects = append(objects, widgets.Caption(p.h.Text("civilstatus.desk.keys")), widgets.Beside(widgets.NewButton(p.h.Text("civilstatus.desk.pass"), nil, func() { d.next(a.ID) }),
		widgets.NewButton(p.h.Text("civilstatus.desk.leave"), nil, p.leaveForm)))
	shell.LayOut(p.h, p.side)
	widgets.Focus(p.side, d.fields[0])
	shell.Load(p.h, "picture", func(ctx context.Context) (widgets.Pages, error) { return p.o.Pictures(ctx, a) }, p.preview.SetDocument)
}

// deskDay is the date as it is typed; that of the register's year is begun.
func deskDay(a *civilstatus.Act) string {
	switch {
	case a.Written != "":
		return a.Written
	case a.Date != "":
		return a.Date.Time().Format("02/01/2006")
	}
	return ""
}

// key is Page Down, which passes the act over.
func (d *desk) key(k *fyne.KeyEvent) bool {
	if k.Name != fyne.KeyPageDown {
		return false
	}
	d.next(d.act.ID)
	return true
}

// forward goes to the next field; from the last one it keeps the index and goes to the next act.
func (d *desk) forward(from int) {
	if from < len(d.fields)-1 {
		widgets.Focus(d.p.side, d.fields[from+1])
		return
	}
	in, bad := d.read()
	if bad != "" {
		d.p.h.Toast(shell.Waiting, d.p.h.Text(bad), nil)
		return
	}
	act := d.act.ID
	shell.Do(d.p.h, shell.Deed{ID: "civilstatus.desk", Label: d.p.h.Text("civilstatus.doing"), Done: d.p.h.Text("civilstatus.done.index"), Person: d.p.o.Person,
		Run:  func(ctx context.Context, person string) error { return d.p.o.Acts().Index(ctx, person, act, in) },
		Then: d.p.unless(func() { d.done++; d.next(act) })})
}

// read gives what was typed, or the key of what is wrong with it. A day without a year is of the register's.
func (d *desk) read() (in civilstatus.Index, bad string) {
	text := func(i int) string {
		if i >= len(d.fields) {
			return ""
		}
		return strings.TrimSpace(d.fields[i].Text)
	}
	in = civilstatus.Index{LastName: text(deskLast), FirstName: text(deskFirst), Usual: text(deskUsual)}
	day := text(deskDate)
	if parts := strings.FieldsFunc(day, func(r rune) bool { return r == '/' || r == ' ' || r == '-' || r == '.' }); len(parts) == 2 && figures(parts) {
		day = parts[0] + "/" + parts[1] + "/" + strconv.Itoa(d.act.Year)
	}
	var err error
	if in.Date, in.Written, err = manifest.Day(day); err != nil {
		return in, "civilstatus.index.noday"
	}
	switch strings.ToUpper(text(deskGender)) {
	case "F":
		in.Gender = civilstatus.Feminine
	case "M", "G", "H":
		in.Gender = civilstatus.Masculine
	case "":
	default:
		return in, "civilstatus.desk.nogender"
	}
	return in, ""
}

func figures(words []string) bool {
	for _, w := range words {
		if _, err := strconv.Atoi(w); err != nil {
			return false
		}
	}
	return true
}
