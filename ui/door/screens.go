package door

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/authority/cog"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Wait says what is being done, key a text of ui/lang.
func Wait(t *lang.Catalogue, key string) Form {
	return Form{Content: sheet(t, key, nil, []fyne.CanvasObject{widget.NewProgressBarInfinite()})}
}

// Passphrase asks for the passphrase that opens this computer's data, or, when
// fresh, for a new one of at least shortest characters, twice. The callee wipes
// the answer. recover, which may be nil, asks for the recovery sheet instead.
func Passphrase(t *lang.Catalogue, fresh bool, shortest int, trouble error, answer func([]byte), recover func()) Form {
	if !fresh {
		field := widgets.NewPassword(t.Text("door.passphrase"))
		give := func() {
			if field.Text != "" {
				answer([]byte(field.Text))
			}
		}
		field.OnSubmitted = func(string) { give() }
		return Form{First: field, Content: sheet(t, "door.open", trouble,
			[]fyne.CanvasObject{paragraph(t.Text("door.open.why")), widgets.Field(t.Text("door.passphrase"), field, t.Text("door.open.lost"))},
			buttons(t, recover, widgets.NewPrimary(t.Text("door.open.do"), nil, give))...)}
	}
	first, again := widgets.NewPassword(""), widgets.NewPassword("")
	state := widgets.Caption("")
	give := func() {
		switch {
		case utf8.RuneCountInString(first.Text) < shortest:
			state.SetText(t.Text("door.new.short", "n", shortest))
		case first.Text != again.Text:
			state.SetText(t.Text("door.new.differ"))
		default:
			answer([]byte(first.Text))
		}
	}
	again.OnSubmitted = func(string) { give() }
	return Form{First: first, Content: sheet(t, "door.new", trouble,
		[]fyne.CanvasObject{paragraph(t.Text("door.new.why", "n", shortest)), widgets.Field(t.Text("door.passphrase"), first, ""),
			widgets.Field(t.Text("door.new.again"), again, ""), state},
		widgets.NewPrimary(t.Text("door.new.do"), nil, give))}
}

// buttons puts the way by the recovery sheet before the usual one.
func buttons(t *lang.Catalogue, recover func(), usual fyne.CanvasObject) []fyne.CanvasObject {
	if recover == nil {
		return []fyne.CanvasObject{usual}
	}
	return []fyne.CanvasObject{widgets.NewButton(t.Text("door.recover"), nil, recover), usual}
}

// Recover asks for the code of the recovery sheet.
func Recover(t *lang.Catalogue, before string, trouble error, answer func(code string), back func()) Form {
	field := widgets.NewText(t.Text("door.recover.hint"), 4)
	field.SetText(before)
	return Form{First: field, Content: sheet(t, "door.recover.title", trouble,
		[]fyne.CanvasObject{paragraph(t.Text("door.recover.why")), field},
		widgets.NewButton(t.Text("door.back"), nil, back), widgets.NewPrimary(t.Text("door.open.do"), nil, func() { answer(field.Text) }))}
}

// Joining is how this computer finds its authority. Try asks for the demonstration instead, File for a
// provisioning file.
type Joining struct {
	Server, Code, Computer string
	Try, File              bool
}

// Join asks how to join; before is what was answered the time before.
func Join(t *lang.Catalogue, before Joining, trouble error, answer func(Joining)) Form {
	server, code, computer := widgets.NewEntry(t.Text("settings.enrol.server.hint")), widgets.NewEntry(t.Text("settings.enrol.code.hint")), widgets.NewEntry("")
	server.SetText(before.Server)
	code.SetText(before.Code)
	computer.SetText(before.Computer)
	state := widgets.Caption("")
	join := func() {
		j := Joining{Server: strings.TrimSpace(server.Text), Code: strings.TrimSpace(code.Text), Computer: strings.TrimSpace(computer.Text)}
		if j.Server == "" || j.Code == "" || j.Computer == "" {
			state.SetText(t.Text("door.join.missing"))
			return
		}
		answer(j)
	}
	code.OnSubmitted = func(string) { join() }
	computer.OnSubmitted = func(string) { join() }
	return Form{First: server, Content: sheet(t, "door.join", trouble, []fyne.CanvasObject{
		paragraph(t.Text("door.join.why")),
		widgets.Field(t.Text("settings.enrol.server"), server, ""),
		widgets.Field(t.Text("settings.enrol.code"), code, t.Text("settings.enrol.help")),
		widgets.Field(t.Text("door.computer"), computer, t.Text("door.computer.why")), state,
	}, widgets.NewButton(t.Text("door.try"), nil, func() { answer(Joining{Try: true}) }),
		widgets.NewButton(t.Text("door.file"), nil, func() {
			answer(Joining{Server: strings.TrimSpace(server.Text), Computer: strings.TrimSpace(computer.Text), File: true})
		}), widgets.NewPrimary(t.Text("settings.enrol.do"), nil, join))}
}

// Founding is what the first computer of an authority says of it.
type Founding struct {
	SIREN                         string // known since the joining
	Kind                          authority.Kind
	Name, Place, INSEE            string
	Population                    string
	Civility, FirstName, LastName string
	Mayor                         bool // who presides; else the secretary
}

// Found asks the first person of an authority what it is and who she is; before
// is what was answered the time before. What the official tables know is proposed.
func Found(t *lang.Catalogue, before Founding, trouble error, answer func(Founding)) Form {
	fields := []struct {
		key string
		to  *string
	}{
		{"door.found.insee", &before.INSEE}, {"door.found.population", &before.Population}, {"door.found.name", &before.Name}, {"door.found.place", &before.Place},
		{"door.found.first", &before.FirstName}, {"door.found.last", &before.LastName},
	}
	var rows []fyne.CanvasObject
	var entries []*widgets.Entry
	for _, f := range fields {
		e := widgets.NewEntry("")
		e.SetText(*f.to)
		entries, rows = append(entries, e), append(rows, widgets.Field(t.Text(f.key), e, ""))
	}
	insee, population, name, place := entries[0], entries[1], entries[2], entries[3]
	kinds := authority.Kinds()
	kind := widget.NewSelect(nil, nil)
	for _, k := range kinds {
		kind.Options = append(kind.Options, t.Text("door.found.kind."+string(k)))
	}
	source := widgets.Caption("")
	// What was proposed gives way to another proposal, what was typed never does.
	proposed := map[*widgets.Entry]string{}
	propose := func() {
		known := authority.Proposed(before.SIREN, kinds[max(0, kind.SelectedIndex())], insee.Text)
		figure := ""
		if known.Population > 0 {
			figure = strconv.Itoa(known.Population)
		}
		for e, text := range map[*widgets.Entry]string{name: known.Name, place: known.Place, population: figure} {
			if e.Text == proposed[e] && text != "" {
				proposed[e] = text
				e.SetText(text)
			}
		}
		source.SetText(t.Text("door.found.source"))
		if near := named(insee.Text); len(near) > 0 {
			var codes []string
			for _, c := range near {
				codes = append(codes, t.Text("door.found.code", "name", c.Name, "code", c.Code))
			}
			source.SetText(t.Text("door.found.codes", "codes", strings.Join(codes, ", ")))
		}
		if figure != "" {
			source.SetText(t.Text("door.found.proposed", "n", known.Population, "source", known.PopulationSource))
		}
	}
	if known := authority.Proposed(before.SIREN, before.Kind, before.INSEE); before.Kind == "" {
		before.Kind = cmp.Or(known.Kind, authority.Commune)
		insee.SetText(known.INSEE)
	}
	kind.SetSelectedIndex(max(0, slices.Index(kinds, before.Kind)))
	kind.OnChanged, insee.OnChanged = func(string) { propose() }, func(string) { propose() }
	propose()
	civility := choice([]string{t.Text("door.found.mrs"), t.Text("door.found.mr")}, before.Civility == t.Text("door.found.mr"))
	function := choice([]string{t.Text("door.found.secretary"), t.Text("door.found.mayor")}, before.Mayor)
	shown := []fyne.CanvasObject{paragraph(t.Text("door.found.why")),
		container.NewGridWithColumns(3, widgets.Field(t.Text("door.found.kind"), kind, ""), rows[0], rows[1]), source, rows[2], rows[3],
		container.NewGridWithColumns(2, rows[4], rows[5]), container.NewHBox(civility, layout.NewSpacer(), function)}
	return Form{First: insee, Content: sheet(t, "door.found", trouble, shown, widgets.NewPrimary(t.Text("door.found.do"), nil, func() {
		for i, f := range fields {
			*f.to = strings.TrimSpace(entries[i].Text)
		}
		before.Kind = kinds[max(0, kind.SelectedIndex())]
		before.Civility, before.Mayor = civility.Selected, function.Selected == t.Text("door.found.mayor")
		answer(before)
	}))}
}

// named are the communes of a name that was typed in the place of a code.
func named(typed string) []cog.Commune {
	if strings.ContainsAny(typed, "0123456789") || utf8.RuneCountInString(typed) < 3 {
		return nil
	}
	return cog.Search(typed, 3)
}

func choice(words []string, second bool) *widget.RadioGroup {
	radio := widget.NewRadioGroup(words, nil)
	radio.Horizontal, radio.Required, radio.Selected = true, true, words[0]
	if second {
		radio.Selected = words[1]
	}
	return radio
}

// Person is somebody who may work at this computer.
type Person struct{ ID, Name, Title string }

// Who asks who works at this computer.
func Who(t *lang.Catalogue, people []Person, trouble error, answer func(id string)) Form {
	fields := []fyne.CanvasObject{paragraph(t.Text("door.who.why"))}
	var first fyne.Focusable
	for _, p := range people {
		b := widgets.NewButton(t.Text("door.who.line", "name", p.Name, "title", p.Title), nil, func() { answer(p.ID) })
		b.Alignment = widget.ButtonAlignLeading
		if first == nil {
			first = b
		}
		fields = append(fields, b)
	}
	return Form{First: first, Content: sheet(t, "door.who", trouble, fields)}
}

// Failed says why the program cannot open, and offers to try again, or the safe mode; recover as for Passphrase.
func Failed(t *lang.Catalogue, trouble error, again, safe, recover func()) Form {
	b := widgets.NewPrimary(t.Text("door.again"), nil, again)
	what, kept, todo := shell.Explain(t, trouble) // who cannot open her desk wants first of all to know what became of her work
	note := widgets.NewNote(widgets.Refused, strings.TrimSpace(what+" "+kept)+" "+todo)
	return Form{First: b, Content: sheet(t, "door.failed", nil, []fyne.CanvasObject{note}, append([]fyne.CanvasObject{widgets.NewButton(t.Text("door.safe.open"), nil, safe)}, buttons(t, recover, b)...)...)}
}
