package door

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

// Remedy is what a person chooses in the safe mode.
type Remedy int

// The remedies, from the one that changes nothing to the one that replaces most.
const (
	Examine Remedy = iota
	Rebuild
	Repair
	PutBack
	OpenQuietly // without exchanges
	OpenUsually
)

// Finding is a line of what was found or done, and whether it is good.
type Finding struct {
	Good bool
	Text string
}

// Safe says why one is in the safe mode (key of ui/lang), what was found so far, and what may be done, each with what it leaves
// untouched. The remedies are those of damaged data; those that a sound computer needs are always there.
func Safe(t *lang.Catalogue, why string, found []Finding, trouble error, answer func(Remedy)) Form {
	fields := []fyne.CanvasObject{paragraph(t.Text(why))}
	for _, f := range found {
		m := widgets.Late
		if f.Good {
			m = widgets.Done
		}
		fields = append(fields, widgets.NewNote(m, f.Text))
	}
	var first fyne.Focusable
	for _, r := range []struct {
		remedy Remedy
		key    string
		icon   fyne.Resource
	}{
		{Examine, "examine", base.SearchIcon()}, {Rebuild, "rebuild", base.ViewRefreshIcon()},
		{Repair, "repair", base.SettingsIcon()}, {PutBack, "putback", base.HistoryIcon()},
	} {
		b := widgets.NewButton(t.Text("door.safe."+r.key), r.icon, func() { answer(r.remedy) })
		if first == nil {
			first = b
		}
		fields = append(fields, container.NewVBox(b, widgets.Caption(t.Text("door.safe."+r.key+".safe"))))
	}
	return Form{First: first, Content: sheet(t, "door.safe", trouble, fields,
		widgets.NewButton(t.Text("door.safe.quietly"), nil, func() { answer(OpenQuietly) }),
		widgets.NewPrimary(t.Text("door.safe.usually"), nil, func() { answer(OpenUsually) }))}
}
