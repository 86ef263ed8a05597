package widgets

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2/widget"
)

// Form keeps the fields of a pane that is laid out anew whenever what it shows changes, here or on another computer. A field is
// the same one each time, so that what is being typed, its cursor and the focus stay; one in which nobody typed follows what
// is known. Fields have names; those of a subject (an act, a sitting) are left with it.
type Form struct {
	subject string
	fields  map[string]*formField
}

// formField is a field with what it was filled from, and what it held then.
type formField struct {
	object any
	known  string
	held   string
	taken  bool // what it holds was handed over: it is filled anew
	value  func() string
	fill   func(known string)
}

func (x *formField) typed() bool { return x.value() != x.held }

func (x *formField) fillFrom(known string) {
	x.fill(known)
	x.known, x.held, x.taken = known, x.value(), false
}

// Of says what the pane shows; another subject begins with fresh fields.
func (f *Form) Of(subject string) {
	if f.fields == nil || f.subject != subject {
		f.subject, f.fields = subject, map[string]*formField{}
	}
}

// Shows tells whether it is of that subject.
func (f *Form) Shows(subject string) bool { return f.subject == subject }

// Entry is a one-line field.
func (f *Form) Entry(name, placeholder, known string) *Entry {
	return f.text(name, known, func() *Entry { return NewEntry(placeholder) })
}

// Lines is a field of several lines, at least rows high.
func (f *Form) Lines(name, placeholder string, rows int, known string) *Entry {
	return f.text(name, known, func() *Entry { return NewText(placeholder, rows) })
}

func (f *Form) text(name, known string, make func() *Entry) *Entry {
	return keep(f, name, known, func() (*Entry, *formField) {
		e := make()
		return e, &formField{value: func() string { return e.Text }, fill: func(known string) {
			e.OnChanged = nil // of the pane before
			e.SetText(known)
		}}
	})
}

// Select is a choice among options, known being the one to stand there at first; "" for none. A choice that is offered no more is
// taken back.
func (f *Form) Select(name string, options []string, known string) *widget.Select {
	s := keep(f, name, known, func() (*widget.Select, *formField) {
		s := widget.NewSelect(options, nil)
		return s, &formField{value: func() string { return s.Selected }, fill: func(known string) {
			s.OnChanged = nil
			if known == "" {
				s.ClearSelected()
				return
			}
			s.SetSelected(known)
		}}
	})
	if !slices.Equal(s.Options, options) {
		s.OnChanged = nil
		s.SetOptions(options)
		if s.Selected != "" && !slices.Contains(options, s.Selected) {
			s.ClearSelected()
		}
	}
	return s
}

// Check is a box to tick.
func (f *Form) Check(name, label string, known bool) *widget.Check {
	words := map[bool]string{true: "yes", false: ""}
	return keep(f, name, words[known], func() (*widget.Check, *formField) {
		c := widget.NewCheck(label, nil)
		return c, &formField{value: func() string { return words[c.Checked] }, fill: func(known string) {
			c.OnChanged = nil
			c.SetChecked(known != "")
		}}
	})
}

// keep gives the field of a name, made and filled the first time, filled again when nobody typed in it.
func keep[T any](f *Form, name, known string, make func() (T, *formField)) T {
	if f.fields == nil {
		f.Of("")
	}
	x, ok := f.fields[name]
	if !ok {
		var o T
		o, x = make()
		x.object = o
		f.fields[name] = x
		x.fillFrom(known)
		return o
	}
	if !x.typed() && (known != x.known || x.taken) {
		x.fillFrom(known)
	}
	return x.object.(T)
}

// Typed tells whether somebody typed in a field whose name begins so.
func (f *Form) Typed(prefix string) bool {
	for name, x := range f.fields {
		if strings.HasPrefix(name, prefix) && x.typed() {
			return true
		}
	}
	return false
}

// Given is called when the fields whose names begin so are handed over, and gives what to call once they were taken: from then
// on they follow what is known, but for those in which somebody typed since.
func (f *Form) Given(prefix string) (taken func()) {
	values := map[*formField]string{}
	for name, x := range f.fields {
		if strings.HasPrefix(name, prefix) {
			values[x] = x.value()
		}
	}
	return func() {
		for x, value := range values {
			if x.value() == value {
				x.held, x.taken = value, true
			}
		}
	}
}
