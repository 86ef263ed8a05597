package settings_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/settings"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

type office struct {
	settings.Office // the methods a test does not need
	state           settings.State
	gateway         settings.Gateway
	enrolled        [][2]string
}

func (o *office) SetWatched(_ context.Context, dir string) error {
	o.state.Watched = dir
	return nil
}

func (o *office) Gateway(context.Context) (settings.Gateway, error) { return o.gateway, nil }

func (o *office) Release(context.Context) (settings.Release, error) {
	return settings.Release{Version: "0.2.0", Day: "2026-12-01", Notes: []string{"Les tables décennales."}}, nil
}

func (o *office) InstallTrust(context.Context, string) error { return nil }

func (o *office) SetTimestamp(_ context.Context, address string) error {
	o.state.Timestamp = address
	return nil
}

func (o *office) State(context.Context) (settings.State, error) { return o.state, nil }
func (o *office) Enrol(_ context.Context, server, code string) error {
	o.enrolled = append(o.enrolled, [2]string{server, code})
	o.state.Enrolled, o.state.Server = true, server
	return nil
}

type look struct{ mode, size string }

func (l *look) Apply(mode, size string) { l.mode, l.size = mode, size }

type prefs map[string]string

func (p prefs) String(k, f string) string {
	if v, ok := p[k]; ok {
		return v
	}
	return f
}
func (p prefs) SetString(k, v string)             { p[k] = v }
func (p prefs) Float(_ string, f float64) float64 { return f }
func (p prefs) SetFloat(string, float64)          {}
func (p prefs) Bool(_ string, f bool) bool        { return f }
func (p prefs) SetBool(string, bool)              {}

// all lists every object of a kind under o.
func all[T any](o fyne.CanvasObject) []T {
	var found []T
	if x, ok := o.(T); ok {
		found = append(found, x)
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			found = append(found, all[T](c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			found = append(found, all[T](c)...)
		}
	}
	return found
}

func TestEnrolAndLook(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	o, l, p := &office{state: settings.State{Certificate: settings.Certificate{Holder: "Maïté FICTIVE", NotAfter: time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC), Renewal: shell.Renewal{Holder: "Maïté FICTIVE", End: time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC), Days: 26, Urgent: true}}, Devices: []settings.Device{{Name: "Poste d’accueil", Here: true}, {Name: "Vieux portable", Revoked: true}}}}, &look{}, prefs{}
	o.gateway = settings.Gateway{On: true, URL: "http://127.0.0.1:8186/ws-iparapheur", Made: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		Calls: []settings.Call{{At: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), Operation: "CreerDossier", Folder: "COMPTA-7", Outcome: "OK"}}}
	queue := make(chan func(), 32)
	w := test.NewWindow(widgets.NewLabel(""))
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	shell.New(ctx, shell.Config{Window: w, Text: text, Preferences: p, Now: func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) },
		Schedule: func(f func()) { queue <- f }, Entries: []shell.Entry{settings.Entry(o, l)}})
	(<-queue)() // the state
	(<-queue)() // the door of business software
	(<-queue)() // the version that is offered
	entries := all[*widgets.Entry](w.Content())
	var server, code, timestamp *widgets.Entry
	for _, e := range entries {
		switch e.PlaceHolder {
		case text.Text("settings.enrol.server.hint"):
			server = e
		case text.Text("settings.enrol.code.hint"):
			code = e
		case text.Text("settings.timestamp.hint"):
			timestamp = e
		}
	}
	if server == nil || code == nil {
		t.Fatalf("no enrolment fields among %d", len(entries))
	}
	server.SetText(" https://alpi.example ")
	code.OnSubmitted("")
	code.SetText("ABCD2345")
	code.OnSubmitted("")
	for len(o.enrolled) == 0 || code.Text != "" {
		(<-queue)()
	}
	if len(o.enrolled) != 1 || o.enrolled[0] != [2]string{"https://alpi.example", "ABCD2345"} {
		t.Errorf("enrolled %v", o.enrolled)
	}
	timestamp.SetText("https://horodatage.example ")
	timestamp.OnSubmitted("")
	for timestamp.Text != "https://horodatage.example" {
		(<-queue)()
	}
	said := ""
	for _, l := range all[*widgets.CaptionText](w.Content()) {
		said += l.Text + "\n"
	}
	for _, name := range []string{"Poste d’accueil (cet ordinateur), depuis le", "Vieux portable, révoqué", "Le certificat de signature de Maïté FICTIVE expire dans 26 jours, le ", "http://127.0.0.1:8186/ws-iparapheur", "CreerDossier COMPTA-7", "La version 0.2.0 du 1er décembre 2026"} {
		if !strings.Contains(strings.ReplaceAll(said, "\u00a0", " "), name) {
			t.Errorf("%q is not among the computers:\n%s", name, said)
		}
	}
	for _, r := range all[*widget.RadioGroup](w.Content()) {
		for _, option := range r.Options {
			if option == text.Text("settings.look.mode.dark") {
				r.SetSelected(option)
			}
		}
	}
	if l.mode != "dark" || l.size != "normal" || p["look.mode"] != "dark" {
		t.Errorf("look %+v, kept %q", *l, p["look.mode"])
	}
}
