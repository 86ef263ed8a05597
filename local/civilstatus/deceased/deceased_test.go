package deceased_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"alpi40.fr/airial/local/civilstatus/deceased"
)

// line is one of the file, in Latin-1.
func line(name, sex, born, code, place, country, died, diedCode, number string) string {
	return fmt.Sprintf("%-80s%s%s%-5s%-30s%-30s%s%-5s%-10s", name, sex, born, code, place, country, died, diedCode, number)
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, want string
	}{
		{line("EXEMPLE*CAMILLE ELISE/", "2", "19200312", "40999", "SAINT-AIRIAL", "", "20200105", "40088", "12"), "EXEMPLE|CAMILLE ELISE|12 mars 1920|40999|SAINT-AIRIAL||5 janvier 2020|40088|12"},
		{line("D'EXEMPLE*JEAN/", "1", "19200000", "99109", "BONN", "ALLEMAGNE", "20200100", "", ""), "D'EXEMPLE|JEAN|1920|99109|BONN|ALLEMAGNE|janvier 2020||"},
		{line("MOD\xc8LE*H\xc9L\xc8NE/", "2", "00000000", "", "", "", "20200105", "", ""), "MODÈLE|HÉLÈNE|date inconnue||||5 janvier 2020||"},
		{line("MODELE*ANNE/", "2", "19200312", "40999", "SAINT-S\xc9V\xc9", "", "20200105", "40088", "12"), "MODELE|ANNE|12 mars 1920|40999|SAINT-SÉVÉ||5 janvier 2020|40088|12"},
		{"MODELE*ANNE/" + strings.Repeat(" ", 68) + "219200312" + fmt.Sprintf("%-65s", "40999SAINT-SÉVÉ") + "2020010540088", "MODELE|ANNE|12 mars 1920|40999|SAINT-SÉVÉ||5 janvier 2020|40088|"},
		{line("SANS ETOILE", "2", "19200312", "", "", "", "20200105", "", ""), ""},
		{line("EXEMPLE*A/", "3", "19200312", "", "", "", "20200105", "", ""), ""},
		{line("EXEMPLE*A/", "2", "19201312", "", "", "", "20200105", "", ""), ""},
		{"EXEMPLE*A/", ""}, {"", ""},
	} {
		r, err := deceased.Parse([]byte(c.text))
		if c.want == "" {
			if !errors.Is(err, deceased.ErrLine) {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		got := strings.ReplaceAll(strings.Join([]string{r.LastName, r.FirstNames, r.Born.String(), r.BornCode, r.BornPlace, r.BornCountry, r.Died.String(), r.DiedCode, r.Number}, "|"), "\u00a0", " ")
		if err != nil || got != c.want {
			t.Errorf("%s, want %s, %v", got, c.want, err)
		}
	}
}

func births() *deceased.Births {
	return deceased.NewBirths("40999", []deceased.Birth{
		{Act: "camille", LastName: "Exemple", FirstNames: "Camille Élise", Sex: deceased.Female, Born: deceased.Date{Year: 1920, Month: 3, Day: 12}},
		{Act: "jean", LastName: "d’Exemple", FirstNames: "Jean", Sex: deceased.Male, Born: deceased.Date{Year: 1920, Month: 3, Day: 12}},
		{Act: "annee", LastName: "Modèle", FirstNames: "Anne", Born: deceased.Date{Year: 1931}},
		{Act: "dupond", LastName: "Dupond", FirstNames: "Paul", Sex: deceased.Male, Born: deceased.Date{Year: 1940, Month: 1, Day: 2}},
	})
}

func TestRead(t *testing.T) {
	file := strings.Join([]string{
		line("EXEMPLE*CAMILLE ELISE/", "2", "19200312", "40999", "SAINT-AIRIAL", "", "20200105", "40088", "12"), // 1
		line("EXEMPLE*MARIE/", "2", "19200312", "40999", "SAINT-AIRIAL", "", "20200105", "40088", "13"),         // a twin
		line("EXEMPLE*CAMILLE/", "2", "19200300", "40999", "SAINT-AIRIAL", "", "20200105", "40088", "14"),       // 3: month alone
		line("D EXEMPLE*JEAN PIERRE/", "1", "19200312", "33063", "BORDEAUX", "", "19990105", "40088", "15"),     // 4: born elsewhere, says the file
		line("MODELE*ANNE/", "2", "19310708", "40999", "SAINT-AIRIAL", "", "20010105", "40088", "16"),           // 5: the act's year
		line("DUPONT*PAUL/", "1", "19400102", "40999", "SAINT-AIRIAL", "", "20010105", "40088", "17"),           // 6: by ear
		line("DUPONT*PAULE/", "2", "19400102", "40999", "SAINT-AIRIAL", "", "20010105", "40088", "18"),
		line("AUTRE*CAMILLE/", "2", "19200312", "40999", "SAINT-AIRIAL", "", "20200105", "40088", "19"),
		"abîmée",
	}, "\r\n")
	var got []string
	told, err := deceased.Read(context.Background(), strings.NewReader(file), births(), func(m deceased.Match) error {
		got = append(got, fmt.Sprintf("%d %s %d", m.Line, m.Act, m.Score))
		return nil
	}, nil)
	if err != nil || told.Lines != 9 || told.Wrong != 1 || told.FirstWrong[0] != 9 {
		t.Fatalf("%+v, %v", told, err)
	}
	if want := "1 camille 100, 3 camille 73, 4 jean 75, 5 annee 83, 6 dupond 85"; strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
}

func TestReadRefusesAnotherFile(t *testing.T) {
	for name, text := range map[string]string{"prose": strings.Repeat("Ceci n’est pas le fichier.\n", 3000), "no line": strings.Repeat("x", 5<<20)} {
		if _, err := deceased.Read(context.Background(), strings.NewReader(text), births(), func(deceased.Match) error { return nil }, nil); !errors.Is(err, deceased.ErrNotFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := deceased.Read(ctx, &endless{text: line("A*B/", "1", "18000101", "", "", "", "19000101", "", "") + "\n"}, births(), func(deceased.Match) error { return nil }, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// endless repeats a text.
type endless struct {
	text string
	at   int
	left int // bytes; 0: for ever
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if e.left < 0 {
			return n, io.EOF
		}
		k := copy(p[n:], e.text[e.at:])
		n, e.at = n+k, (e.at+k)%len(e.text)
		if e.left > 0 {
			if e.left -= k; e.left <= 0 {
				e.left = -1
			}
		}
	}
	return n, nil
}

// Memory does not grow with the file: what a hundred times the lines cost is what the lines cost.
func TestReadKeepsNothing(t *testing.T) {
	b := births()
	allocations := func(lines int) float64 {
		text := line("AUTRE*CAMILLE/", "2", "19210312", "40999", "SAINT-AIRIAL", "", "20200105", "40088", "19") + "\n"
		return testing.AllocsPerRun(1, func() {
			if _, err := deceased.Read(context.Background(), &endless{text: text, left: len(text) * lines}, b, func(deceased.Match) error { return nil }, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocations(2_000), allocations(200_000); many > few+1000 {
		t.Errorf("%.0f allocations, %.0f for a hundred times the lines", few, many)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(line("EXEMPLE*CAMILLE/", "2", "19200312", "40999", "SAINT-AIRIAL", "", "20200105", "40088", "12")))
	f.Add([]byte("MOD\xc8LE*H\xc9/"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := deceased.Parse(text); err == nil {
			births().Match(1, r)
		}
		if _, err := deceased.Read(context.Background(), strings.NewReader(string(text)), births(), func(deceased.Match) error { return nil }, nil); err != nil && !errors.Is(err, deceased.ErrNotFile) {
			t.Error(err)
		}
	})
}
