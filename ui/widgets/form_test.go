package widgets_test

import (
	"testing"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/widgets"
)

// A pane is laid out again while somebody types: her field is the same one, with its cursor and the focus; the other fields
// follow what is known.
func TestFormKeepsWhatIsTyped(t *testing.T) {
	inLight(t)
	var f widgets.Form
	pane := container.NewVBox()
	w := test.NewWindow(pane)
	defer w.Close()
	show := func(subject, number, day, matter string, told bool) (n, d *widgets.Entry) {
		f.Of(subject)
		n, d = f.Entry("receipt.number", "", number), f.Entry("receipt.day", "", day)
		pane.Objects = nil
		for _, o := range []*widgets.Entry{n, d} {
			pane.Add(o)
		}
		pane.Add(f.Select("matter", []string{"", "7.5", "8.1"}, matter))
		pane.Add(f.Check("told", "", told))
		return n, d
	}
	number, day := show("a", "", "", "7.5", false)
	w.Canvas().Focus(number)
	test.Type(number, "040-2")
	if !f.Typed("receipt.") || f.Typed("matter") {
		t.Error("typed where nobody did, or the reverse")
	}
	again, other := show("a", "autre", "12/01/2027", "8.1", true)
	if again != number || again.Text != "040-2" || w.Canvas().Focused() != number {
		t.Errorf("what was typed: %q, the focus: %v", again.Text, w.Canvas().Focused())
	}
	if other != day || day.Text != "12/01/2027" || f.Select("matter", []string{"", "7.5", "8.1"}, "8.1").Selected != "8.1" || !f.Check("told", "", true).Checked {
		t.Errorf("what nobody typed in does not follow: %q", day.Text)
	}

	// What was handed over follows from then on; what was typed meanwhile does not.
	taken := f.Given("receipt.")
	test.Type(day, "x")
	taken()
	show("a", "040-20", "13/01/2027", "8.1", true)
	if number.Text != "040-20" || day.Text == "13/01/2027" {
		t.Errorf("after it was given: %q, %q", number.Text, day.Text)
	}

	// A choice that is not offered, as somebody who left: nothing is chosen, and what is known later is.
	if s := f.Select("who", []string{"Ève"}, "Jean"); s.Selected != "" || f.Typed("who") {
		t.Errorf("%q is chosen", s.Selected)
	}
	if s := f.Select("who", []string{"Ève"}, "Ève"); s.Selected != "Ève" {
		t.Errorf("%q is chosen", s.Selected)
	}

	// What was handed over and changed nothing is shown as it is known.
	test.Type(f.Entry("prefix", "", "DEL"), "-")
	f.Given("prefix")()
	if e := f.Entry("prefix", "", "DEL"); e.Text != "DEL" {
		t.Errorf("the prefix: %q", e.Text)
	}

	// A choice that is offered no more is taken back; another subject has its own fields.
	if s := f.Select("matter", []string{"7.5"}, "8.1"); s.Selected != "" {
		t.Errorf("%q is still chosen", s.Selected)
	}
	if n, _ := show("b", "", "", "", false); n == number || n.Text != "" {
		t.Errorf("the field of another act: %q", n.Text)
	}
}
