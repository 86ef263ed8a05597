package manifest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/local/rule"
)

func page(t testing.TB, shade uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 20, 30))
	m.Pix[0] = shade
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sum(content []byte) string {
	d := sha256.Sum256(content)
	return hex.EncodeToString(d[:])
}

func read(t testing.TB, text string) []manifest.Line {
	t.Helper()
	lines, err := manifest.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func make(t testing.TB, text string, files fstest.MapFS) *manifest.Plan {
	t.Helper()
	p, err := manifest.Make(read(t, text), manifest.NewFiles(files), "Saint-Airial-des-Pins")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const header = "insee;type;annee;registre;numero;page;fichier;sha256;nom;prenoms;date_evenement\n"

func TestAListBecomesActs(t *testing.T) {
	files := fstest.MapFS{"NAI/1952/7_1.png": {Data: page(t, 1)}, "NAI/1952/7_2.png": {Data: page(t, 2)}, "m.png": {Data: page(t, 3)}}
	p := make(t, header+
		"40999;NAI;1952;1;7;2;NAI\\1952\\7_2.png;;EXEMPLE;Élise;04/03/1952\n"+
		"40999;Naissance;1952;1;7;1;NAI/1952/7_1.PNG;"+sum(page(t, 1))+";EXEMPLE;Élise;04/03/1952\n"+
		"40999;MAR;an;1;3;;m.png;;EXEMPLE;Jean;\n"+
		"40999;MAR;1953;1;3;;m.png;;EXEMPLE;Jean;12 brumaire an VII\n"+
		"40999;MAR;1953;1;3;;m.png;;D'ESSAI;Ève;\n", files)
	if len(p.Scans) != 2 || p.Held != 1 || p.Pages != 3 {
		t.Fatalf("%d acts, %d held, %d pages: %+v", len(p.Scans), p.Held, p.Pages, p.Problems)
	}
	born := p.Scans[0]
	if a := born.Act; a.Kind != civilstatus.Birth || a.Date != "1952-03-04" || a.LastName != "EXEMPLE" || a.Commune != "Saint-Airial-des-Pins" {
		t.Errorf("birth: %+v", a)
	}
	if len(born.Pages) != 2 || born.Pages[0].Name != "NAI/1952/7_1.png" || born.Pages[0].Want == nil || born.Pages[1].Want != nil {
		t.Errorf("pages: %+v", born.Pages)
	}
	wed := p.Scans[1].Act
	if wed.LastName != "EXEMPLE – D’ESSAI" || wed.FirstName != "Jean – Ève" || wed.Date != "1798-11-02" || wed.Written != "12 brumaire an VII" || len(p.Scans[1].Pages) != 1 {
		t.Errorf("marriage: %+v", wed)
	}
	if !slices.Equal(p.Lines[1], []int{3, 4}) {
		t.Errorf("its lines: %v", p.Lines)
	}
}

// Each fault holds its act alone, is told at its line and column, and says what to do.
func TestFaultsAreToldAndHoldTheirActAlone(t *testing.T) {
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, image.NewGray(image.Rect(0, 0, 200, 300)), nil); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"a.png": {Data: page(t, 1)}, "coupe.png": {Data: page(t, 1)[:45]}, "coupe.jpg": {Data: jpg.Bytes()[:jpg.Len()-40]}, "vide.png": {}, "texte.png": {Data: []byte("bonjour")},
		"x/b.png": {Data: page(t, 2)}, "y/b.png": {Data: page(t, 2)}, "coupe.tif": {Data: []byte("II*\x00\xff\xff\x00\x00reste")}, "coupe.pdf": {Data: []byte("%PDF-1.4\n1 0 obj")}}
	good := "40999;NAI;1952;;1;;a.png;;EXEMPLE;Élise;1952-03-04\n"
	for _, c := range []struct {
		name, line string
		column     manifest.Column
		stops      bool
	}{
		{"an unknown kind", "40999;XYZ;1952;;2;;a.png;;N;P;", manifest.Type, true},
		{"a year of five figures", "40999;NAI;19520;;2;;a.png;;N;P;", manifest.Year, true},
		{"no year", "40999;NAI;;;2;;a.png;;N;P;", manifest.Year, true},
		{"no number", "40999;NAI;1952;;;;a.png;;N;P;", manifest.Number, true},
		{"another commune", "40998;NAI;1952;;2;;a.png;;N;P;", manifest.INSEE, true},
		{"no name", "40999;NAI;1952;;2;;a.png;;;P;", manifest.LastName, false},
		{"an impossible day", "40999;NAI;1952;;2;;a.png;;N;P;30/02/1952", manifest.Date, true},
		{"a day past the Republican calendar", "40999;NAI;1806;;2;;a.png;;N;P;12 brumaire an XV", manifest.Date, true},
		{"a day of another century", "40999;NAI;1952;;2;;a.png;;N;P;1852-03-04", manifest.Date, false},
		{"a month alone", "40999;NAI;1952;;2;;a.png;;N;P;1952-03-00", manifest.Date, false},
		{"a digest cut", "40999;NAI;1952;;2;;a.png;abcd;N;P;", manifest.SHA256, true},
		{"a missing file", "40999;NAI;1952;;2;;z.png;;N;P;", manifest.File, true},
		{"a path that leaves the folder", "40999;NAI;1952;;2;;../a.png;;N;P;", manifest.File, true},
		{"two files of one name", "40999;NAI;1952;;2;;b.png;;N;P;", manifest.File, true},
		{"an empty file", "40999;NAI;1952;;2;;vide.png;;N;P;", manifest.File, true},
		{"a text", "40999;NAI;1952;;2;;texte.png;;N;P;", manifest.File, true},
		{"a PNG cut", "40999;NAI;1952;;2;;coupe.png;;N;P;", manifest.File, true},
		{"a JPEG cut", "40999;NAI;1952;;2;;coupe.jpg;;N;P;", manifest.File, true},
		{"a TIFF cut", "40999;NAI;1952;;2;;coupe.tif;;N;P;", manifest.File, true},
		{"a PDF cut", "40999;NAI;1952;;2;;coupe.pdf;;N;P;", manifest.File, true},
		{"two acts of one number", "40999;NAI;1952;;1;;x/b.png;;MODÈLE;Jean;", manifest.Number, true},
	} {
		p := make(t, header+good+good+c.line+"\n", files)
		at := slices.IndexFunc(p.Problems, func(p manifest.Problem) bool { return p.At == 2 })
		if at < 0 {
			t.Errorf("%s: nothing is said: %+v", c.name, p.Problems)
			continue
		}
		if q := p.Problems[at]; q.Column != c.column || q.Stops != c.stops || q.Why == "" || q.Cure == "" {
			t.Errorf("%s: %+v", c.name, q)
		}
		want := 2
		if c.stops {
			want = 1
		}
		if c.name == "two acts of one number" {
			want = 0
		}
		if len(p.Scans) != want {
			t.Errorf("%s: %d acts, want %d", c.name, len(p.Scans), want)
		}
	}
}

// An image that the list gives to two acts is told, and stops neither: a page may hold both. Where many pages do, it is said once.
func TestAnImageOfSeveralActsIsTold(t *testing.T) {
	files := fstest.MapFS{}
	list := func(acts int, image func(i int) int) string {
		var text strings.Builder
		text.WriteString(header)
		for i := range acts {
			name := fmt.Sprintf("%02d.png", image(i))
			files[name] = &fstest.MapFile{Data: page(t, uint8(image(i)))}
			fmt.Fprintf(&text, "40999;NAI;1952;;%d;;%s;;N%d;P;1952-03-04\n", i+1, name, i)
		}
		return text.String()
	}
	p := make(t, list(20, func(i int) int { return max(i, 1) }), files) // acts 1 and 2
	if len(p.Scans) != 20 || len(p.Problems) != 1 || p.Problems[0].At != 1 || p.Problems[0].Stops || p.Problems[0].Column != manifest.File || !strings.Contains(p.Problems[0].Why, "l’acte n° 1 (ligne 2)") {
		t.Errorf("one: %d acts, %+v", len(p.Scans), p.Problems)
	}
	p = make(t, list(20, func(i int) int { return i / 2 }), files)
	if len(p.Scans) != 20 || len(p.Problems) != 1 || p.Problems[0].At != 1 || !strings.Contains(p.Problems[0].Why, "10 des 10 images") {
		t.Errorf("two acts a page: %d acts, %+v", len(p.Scans), p.Problems)
	}
}

func TestListsOfAllSorts(t *testing.T) {
	want := read(t, "type;annee;numero;fichier;nom\nNAI;1952;7;é.png;D’ÉTÉ\n")
	old, err := charmap.Windows1252.NewEncoder().String("Type;Année;N°;Fichier;Nom\r\nNAI;1952;7;é.png;D'ÉTÉ\r\n;;;;\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"Windows-1252": old, "a mark": "\ufefftype,annee,numero,fichier,nom\nNAI,1952,7,é.png,D'ÉTÉ\n", "tabs": "type\tannee\tnumero\tfichier\tnom\nNAI\t1952\t7\té.png\tD`ÉTÉ\n",
	} {
		if got := read(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, text := range map[string]string{"empty": "", "no number": "type;annee;fichier\n", "a picture": string(page(t, 1))} {
		if _, err := manifest.Read(strings.NewReader(text)); rule.Find(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	lines := read(t, header+"40999;NAI;1952;1;7;2;é.png;;D’ESSAI;Élise;4 mars 1952\n")
	var b bytes.Buffer
	if err := manifest.Write(&b, lines); err != nil {
		t.Fatal(err)
	}
	for c, v := range read(t, b.String())[0].Values {
		if v != lines[0].Values[c] {
			t.Errorf("%s: %q", c, v)
		}
	}
}

func TestFoldersTellTheirActs(t *testing.T) {
	files := fstest.MapFS{}
	want := map[string][4]string{ // kind, year, number, page
		"Naissances/1952/012.jpg":    {"NAI", "1952", "12", ""},
		"1903_D_7_2.tif":             {"DEC", "1903", "7", "2"},
		"Mariages/1888/3 bis.png":    {"MAR", "1888", "3 bis", ""},
		"divers/plan de 1900 ok.pdf": {"", "1900", "", ""},
	}
	for name := range want {
		files[name] = &fstest.MapFile{Data: page(t, 1)}
	}
	files["Naissances/lisezmoi.txt"] = &fstest.MapFile{Data: []byte("x")}
	lines, err := manifest.Tree(context.Background(), files)
	if err != nil || len(lines) != len(want) {
		t.Fatalf("%v, %v", lines, err)
	}
	for _, l := range lines {
		v := l.Values
		if got := [4]string{v[manifest.Type], v[manifest.Year], v[manifest.Number], v[manifest.Page]}; got != want[v[manifest.File]] {
			t.Errorf("%s: %q", v[manifest.File], got)
		}
	}
}

// The correspondence of the Republican calendar is that of the decree of 4 frimaire an II:
// each year's first day, and the best known days.
func TestDates(t *testing.T) {
	for _, c := range []struct {
		text, written string
		day           authority.Day
	}{
		{"1er vendémiaire an I", "1er vendémiaire an I", "1792-09-22"}, {"1 vendemiaire an 4", "1 vendemiaire an 4", "1795-09-23"},
		{"1er vendémiaire an VIII", "1er vendémiaire an VIII", "1799-09-23"}, {"1er vendémiaire an XII", "1er vendémiaire an XII", "1803-09-24"},
		{"9 thermidor an II", "9 thermidor an II", "1794-07-27"}, {"18 brumaire an VIII", "18 brumaire an VIII", "1799-11-09"},
		{"10 nivôse an XIV", "10 nivôse an XIV", "1805-12-31"}, {"6e jour complémentaire de l'an III", "6e jour complémentaire de l’an III", "1795-09-22"},
		{"1952-03-04", "", "1952-03-04"}, {"4/3/1952", "", "1952-03-04"}, {"1er mai 1952", "", "1952-05-01"}, {"29 février 1952", "", "1952-02-29"},
		{"1952-03-00", "mars 1952", ""}, {"1952-00-00", "1952", ""}, {"0000-00-00", "inconnue", ""}, {"vers la Saint-Jean", "vers la Saint-Jean", ""}, {"", "", ""},
	} {
		day, written, err := manifest.Day(c.text)
		if day != c.day || written != c.written || err != nil {
			t.Errorf("%q: %q %q, %v", c.text, day, written, err)
		}
	}
	for _, text := range []string{"29 février 1953", "1953-13-01", "31/04/1953", "6e jour complémentaire an II", "11 nivôse an XIV", "31 brumaire an II"} {
		if day, _, err := manifest.Day(text); err == nil {
			t.Errorf("%q passes as %s", text, day)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header+"40999;NAI;1952;1;7;2;a.png;;EXEMPLE;Élise;04/03/1952\n"), "a.png")
	f.Add([]byte("type,annee,numero,fichier\n\"NAI,1,2,\\..\\a\n"), "x/a.png")
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		lines, err := manifest.Read(bytes.NewReader(text))
		if err != nil {
			if rule.Find(err) == nil {
				t.Fatalf("not said: %v", err)
			}
			return
		}
		p, err := manifest.Make(lines, manifest.NewFiles(fstest.MapFS{"a.png": {Data: text}}), "X")
		if err == nil && len(p.Scans) > len(lines) {
			t.Fatalf("%d acts of %d lines", len(p.Scans), len(lines))
		}
		if _, _, err := manifest.Day(name); err == nil {
			_, _ = manifest.Tree(context.Background(), fstest.MapFS{"a": {Data: text}})
		}
	})
}
