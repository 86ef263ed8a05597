package door_test

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/ui/door"
	"alpi40.fr/airial/ui/lang"
)

// Every remedy of the safe mode is reached by the keyboard alone, in the order of what it replaces.
func TestSafeModeByKeyboard(t *testing.T) {
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t)
	var chosen []door.Remedy
	form := door.Safe(text, "door.safe.damaged", []door.Finding{{Text: "abîmé"}, {Good: true, Text: "intact"}}, errors.New("trouble"), func(r door.Remedy) { chosen = append(chosen, r) })
	w := test.NewTempWindow(t, form.Content)
	w.Canvas().Focus(form.First)
	for range 6 {
		f, ok := w.Canvas().Focused().(interface{ TypedKey(*fyne.KeyEvent) })
		if !ok {
			t.Fatalf("%T takes no key", w.Canvas().Focused())
		}
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		test.FocusNext(w.Canvas())
	}
	want := []door.Remedy{door.Examine, door.Rebuild, door.Repair, door.PutBack, door.OpenQuietly, door.OpenUsually}
	if len(chosen) != len(want) {
		t.Fatalf("%v", chosen)
	}
	for i := range want {
		if chosen[i] != want[i] {
			t.Errorf("%d: %v, want %v", i, chosen[i], want[i])
		}
	}
	if keys := text.Unknown(); len(keys) > 0 {
		t.Error(keys)
	}
}
