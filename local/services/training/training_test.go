package training_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services/training"
)

func zipped(t testing.TB, files map[string]string, link string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if link != "" {
		h := &zip.FileHeader{Name: link}
		h.SetMode(os.ModeSymlink | 0o777)
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte("/etc/passwd"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const ims = `<?xml version="1.0" encoding="ISO-8859-1"?><manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
<organizations default="B"><organization identifier="A"><title>Autre</title><item identifierref="R2"/></organization><organization identifier="B"><title>Les d` + "\xe9" + `lais</title><item identifier="I"><title>x</title><item identifierref="R1" parameters="?a=1"><adlcp:masteryscore>80</adlcp:masteryscore></item></item></organization></organizations>
<resources><resource identifier="R1" adlcp:scormtype="sco" href="sco/index.html"/><resource identifier="R2" href="autre.html"/></resources></manifest>`

const cmi5 = `<?xml version="1.0" encoding="utf-8"?><courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"><course id="https://agence.example/cours"><title><langstring lang="fr">Cours</langstring></title></course>
<au id="https://agence.example/unite" masteryScore="0.8"><title><langstring>U</langstring></title><url>index.html</url></au></courseStructure>`

func TestPackages(t *testing.T) {
	for name, row := range map[string]struct {
		files  map[string]string
		link   string
		want   error
		kind   training.Kind
		launch string
		title  string
	}{
		"scorm":              {files: map[string]string{"imsmanifest.xml": ims, "sco/index.html": "x", "autre.html": "y"}, kind: training.SCORM, launch: "sco/index.html?a=1", title: "Les délais"},
		"cmi5":               {files: map[string]string{"cmi5.xml": cmi5, "index.html": "x"}, kind: training.CMI5, launch: "index.html", title: "Cours"},
		"it leaves":          {files: map[string]string{"imsmanifest.xml": ims, "sco/index.html": "x", "../../etc/cron.d/x": "y"}, want: training.ErrEscapes},
		"it leaves, Windows": {files: map[string]string{"imsmanifest.xml": ims, "sco/index.html": "x", `..\..\x.exe`: "y"}, want: training.ErrEscapes},
		"from the root":      {files: map[string]string{"cmi5.xml": cmi5, "index.html": "x", "/etc/passwd": "y"}, want: training.ErrEscapes},
		"a drive":            {files: map[string]string{"cmi5.xml": cmi5, "index.html": "x", "C:/x": "y"}, want: training.ErrEscapes},
		"a link":             {files: map[string]string{"cmi5.xml": cmi5, "index.html": "x"}, link: "lien", want: training.ErrEscapes},
		"it opens elsewhere": {files: map[string]string{"cmi5.xml": strings.ReplaceAll(cmi5, "index.html", "https://voleur.example/"), "index.html": "x"}, want: training.ErrModule},
		"it opens above":     {files: map[string]string{"cmi5.xml": strings.ReplaceAll(cmi5, "index.html", "a/../../index.html"), "index.html": "x"}, want: training.ErrEscapes},
		"it opens nothing":   {files: map[string]string{"imsmanifest.xml": ims}, want: training.ErrModule},
		"entities":           {files: map[string]string{"cmi5.xml": `<!DOCTYPE x [<!ENTITY a "b">]>` + cmi5, "index.html": "x"}, want: training.ErrModule},
		"neither":            {files: map[string]string{"index.html": "x"}, want: training.ErrModule},
	} {
		c, err := training.ReadPackage(zipped(t, row.files, row.link))
		if !errors.Is(err, row.want) || row.want == nil && (err != nil || c.Kind != row.kind || c.Units[0].Launch != row.launch || c.Title != row.title || c.Units[0].Mastery != 0.8) {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
	if _, err := training.ReadPackage(zipped(t, map[string]string{"cmi5.xml": cmi5, "index.html": strings.Repeat("0", 129<<20)}, "")); !errors.Is(err, training.ErrTooLarge) {
		t.Errorf("a bomb: %v", err)
	}
	if _, err := training.ReadPackage([]byte("<html>")); !errors.Is(err, training.ErrModule) {
		t.Errorf("a page: %v", err)
	}
}

// All the units of a package are there, in its own order, whatever they are nested in; one that leaves the package refuses all.
func TestUnits(t *testing.T) {
	several := strings.Replace(ims, `<item identifierref="R1" parameters="?a=1"><adlcp:masteryscore>80</adlcp:masteryscore></item>`, `<item identifier="U" identifierref="R1"><title>Premier</title></item><item identifier="U" identifierref="R2"><title>Second</title></item><item identifier="V" identifierref="R2" isvisible="false"/>`, 1)
	c, err := training.ReadPackage(zipped(t, map[string]string{"imsmanifest.xml": several, "sco/index.html": "x", "autre.html": "y"}, ""))
	if err != nil || len(c.Units) != 2 || c.Units[0].Title != "Premier" || c.Units[1].Launch != "autre.html" || c.Units[0].ID == c.Units[1].ID {
		t.Errorf("%+v %v", c, err)
	}
	au := cmi5[strings.Index(cmi5, "<au "):strings.Index(cmi5, "</courseStructure>")]
	nested := strings.Replace(cmi5, au, `<block id="b"><title><langstring>B</langstring></title>`+strings.Replace(au, "/unite", "/une", 1)+`<block id="c">`+strings.Replace(au, "/unite", "/deux", 1)+`</block></block>`+strings.Replace(au, "/unite", "/trois", 1), 1)
	c, err = training.ReadPackage(zipped(t, map[string]string{"cmi5.xml": nested, "index.html": "x"}, ""))
	if err != nil || len(c.Units) != 3 || c.Units[0].ID != "https://agence.example/une" || c.Units[1].ID != "https://agence.example/deux" || c.Units[2].ID != "https://agence.example/trois" {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := training.ReadPackage(zipped(t, map[string]string{"imsmanifest.xml": strings.Replace(several, "autre.html", "../autre.html", 1), "sco/index.html": "x", "autre.html": "y"}, "")); !errors.Is(err, training.ErrEscapes) {
		t.Errorf("the second unit leaves: %v", err)
	}
}

// Whatever comes as a package is refused or can be served, without a panic.
func FuzzReadPackage(f *testing.F) {
	f.Add(zipped(f, map[string]string{"imsmanifest.xml": ims, "sco/index.html": "x"}, ""))
	f.Add(zipped(f, map[string]string{"cmi5.xml": cmi5, "index.html": "x"}, "l"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := training.ReadPackage(raw)
		if err != nil {
			return
		}
		for name := range c.Files {
			if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "../") || strings.Contains(name, "/../") {
				t.Fatalf("%q", name)
			}
		}
	})
}

func TestPages(t *testing.T) {
	good := `{"title":"T","pages":[{"title":"Un","text":"..."}],"quiz":[{"text":"?","options":["a","b","c"],"right":[2,0]},{"text":"?","options":["a","b"],"right":[1]}],"pass":50}`
	c, err := training.Read(map[string][]byte{"module.json": []byte(good)})
	if err != nil || c.Kind != training.Pages || c.Pass != 50 {
		t.Fatalf("%+v %v", c, err)
	}
	for name, row := range map[string]struct {
		answers [][]int
		points  int
		passes  bool
	}{"all right": {[][]int{{0, 2}, {1}}, 2, true}, "half": {[][]int{{0}, {1}}, 1, true}, "one too many": {[][]int{{0, 1, 2}, {0}}, 0, false}, "none": {nil, 0, false}} {
		if got := training.Correct(c.Quiz, row.answers); got != row.points || c.Passes(got) != row.passes {
			t.Errorf("%s: %d", name, got)
		}
	}
	for name, text := range map[string]string{"nothing": "", "no page": `{"pages":[]}`, "no such answer": `{"pages":[{}],"quiz":[{"options":["a","b"],"right":[2]}]}`, "nothing to choose": `{"pages":[{}],"quiz":[{"options":["a"],"right":[0]}]}`} {
		if _, err := training.Read(map[string][]byte{"module.json": []byte(text)}); !errors.Is(err, training.ErrModule) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A module is finished within six months; what two computers noted apart counts, the best of both.
func TestProgress(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { now = now.Add(time.Second); return now }, rand.Reader, training.Projections())
	s := training.New(j)
	note := func(step training.Step) {
		t.Helper()
		step.Person, step.Module = "eve", "m"
		if err := s.Note(ctx, step); err != nil {
			t.Fatal(err)
		}
	}
	at := func() training.Progress {
		t.Helper()
		p, err := s.Progress(ctx, "eve")
		if err != nil {
			t.Fatal(err)
		}
		return p["m"]
	}
	if err := s.Note(ctx, training.Step{Module: "m"}); rule.Find(err) == nil {
		t.Errorf("nobody: %v", err)
	}
	if err := s.Note(ctx, training.Step{Person: "eve", Module: "m", State: map[string]string{"cmi.suspend_data": strings.Repeat("x", 60<<10)}}); rule.Find(err) == nil {
		t.Errorf("too much: %v", err)
	}
	note(training.Step{Page: 3})
	note(training.Step{Page: 1, Points: 1, Of: 4})
	note(training.Step{Points: 3, Of: 4, State: map[string]string{"cmi.core.lesson_location": "5"}})
	if p := at(); p.Page != 3 || p.Points != 3 || p.State["cmi.core.lesson_location"] != "5" || !p.Until().Equal(p.Begun.AddDate(0, 6, 0)) || training.MayCertify(p) == nil {
		t.Errorf("%+v", p)
	}
	now = now.AddDate(0, 7, 0)
	if p := at(); !p.Over(now) {
		t.Errorf("after seven months: %+v", p)
	}
	note(training.Step{Page: 1})
	if p := at(); p.Page != 1 || p.Points != 0 || p.Over(now) {
		t.Errorf("begun again: %+v", p)
	}
	note(training.Step{Complete: true, Points: 4, Of: 4})
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(1, 0, 0)
	if p := at(); p.Done.IsZero() || p.Over(now) || training.MayCertify(p) != nil || p.Points != 4 {
		t.Errorf("done: %+v", p)
	}
}

// Two units of one package are followed apart, on two computers without a line: each keeps its own, and both complete the package.
func TestUnitsOfTwoComputers(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { now = now.Add(time.Second); return now }, rand.Reader, training.Projections())
	s := training.New(j)
	c := &training.Content{Kind: training.CMI5, Units: []training.Unit{{ID: "https://agence.example/1"}, {ID: "https://agence.example/2"}, {ID: "https://agence.example/3"}}}
	note := func(unit int, state map[string]string, complete bool) {
		t.Helper()
		if err := s.Note(ctx, training.Step{Person: "eve", Module: "m", Unit: c.Units[unit].ID, Units: len(c.Units), State: state, Complete: complete, Points: 50, Of: 100}); err != nil {
			t.Fatal(err)
		}
	}
	done := func(points string) map[string]string {
		return map[string]string{training.KeyDone: "1", training.KeyPoints: points}
	}
	both := c.Join(nil, 0, done("90")) // what both computers know
	note(0, both, false)
	note(1, c.Join(both, 1, map[string]string{"activities/state/bookmark": "4"}), false) // one goes on with the second unit
	note(2, c.Join(both, 2, done("60")), false)                                          // the other with the third
	at := func() training.Progress {
		t.Helper()
		p, err := s.Progress(ctx, "eve")
		if err != nil {
			t.Fatal(err)
		}
		return p["m"]
	}
	p := at()
	got := c.Standings(p.State)
	if !got[0].Done || got[1].Done || !got[1].Begun || !got[2].Done || got[2].Points != 60 || c.Part(p.State, 1)["activities/state/bookmark"] != "4" || !p.Done.IsZero() {
		t.Errorf("%+v %+v", got, p)
	}
	note(1, c.Join(c.Join(both, 1, done("30")), 1, done("30")), false) // it has not heard of the third
	note(0, c.Join(nil, 0, map[string]string{"activities/state/bookmark": "1"}), false)
	if p = at(); p.Done.IsZero() || p.Points != 60 || p.Of != 100 || !c.Standings(p.State)[0].Done || c.Part(p.State, 0)["activities/state/bookmark"] != "1" {
		t.Errorf("all three are done: %+v", p)
	}
}
