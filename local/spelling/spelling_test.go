package spelling_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/local/spelling"
)

var open = sync.OnceValues(spelling.Open)

func dictionary(t testing.TB) *spelling.Dictionary {
	t.Helper()
	d, err := open()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCheck(t *testing.T) {
	d := dictionary(t)
	accepted := spelling.Accept("Mme Maïté Fictive", "Saint-Airial-des-Pins", "Zorglub")
	for text, want := range map[string]string{
		"Le conseil municipal aprouve la délibération.":                         "aprouve",
		"L’assosiation des parents d'élèves":                                    "L’assosiation",
		"Mme Maïté Fictive, adjointe de Saint-Airial-des-Pins":                  "",
		"d’Airial et l'ALPI, au RIFSEEP, article 1636 B sexies":                 "",
		"Procès-verbal arrêté ; au-delà de 80 000 €, jusqu’au 1er mars":         "",
		"{montnat} à l’école, voir www.exmple.fr et mairie@exmple.fr":           "",
		"peut-être, celui-ci, c’est-à-dire, donne-t-il, qu’elle, aujourd’hui":   "",
		"Le Zorglub vaut 12eme, L2121-29, n°12":                                 "",
		"un procés-verbal":                                                      "procés-verbal",
		"Landais de Mont-de-Marsan, les coupes, ils approuvèrent, nous votions": "",
		"le cheveaux": "cheveaux",
		"":            "",
	} {
		var got []string
		for _, m := range d.Check(context.Background(), text, accepted) {
			if text[m.At:m.At+len(m.Word)] != m.Word {
				t.Errorf("%q: %q does not stand at %d", text, m.Word, m.At)
			}
			got = append(got, m.Word)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	d := dictionary(t)
	for wrong, right := range map[string]string{
		"deliberation": "délibération", "aprouve": "approuve", "subvension": "subvention", "mairrie": "mairie", "Deliberations": "Délibérations",
		"l'assosiation": "l’association", "voeux": "vœux", "reglement": "règlement", "conseiler": "conseiller",
	} {
		if got := d.Suggest(context.Background(), wrong, 5); !slices.Contains(got, right) || len(got) > 5 {
			t.Errorf("%s: %q", wrong, got)
		}
	}
}

// What Hunspell says of the same words with the same dictionary.
func TestAgreesWithHunspell(t *testing.T) {
	hunspell, err := exec.LookPath("hunspell")
	if err != nil {
		t.Skip("hunspell is not installed")
	}
	dir := t.TempDir()
	for _, name := range []string{"fr.aff", "fr.dic"} {
		packed, err := os.ReadFile(filepath.Join("dictionary", name+".zst"))
		if err != nil {
			t.Fatal(err)
		}
		z, _ := zstd.NewReader(nil)
		plain, err := z.DecodeAll(packed, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), plain, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile("../council/library/templates.json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(string(raw), func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzàâçéèêëîïôûùœ", r)
	}) {
		if len(w) > 3 {
			words[w], words[w+"z"] = true, true
		}
	}
	var list []string
	for w := range words {
		list = append(list, w)
	}
	command := exec.Command(hunspell, "-d", "fr", "-l", "-i", "utf-8")
	command.Env = append(os.Environ(), "DICPATH="+dir, "LC_ALL=C.UTF-8")
	command.Stdin = strings.NewReader(strings.Join(list, "\n") + "\n")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]bool{}
	for _, w := range strings.Fields(string(out)) {
		theirs[w] = true
	}
	d, differ := dictionary(t), 0
	for _, w := range list {
		ours := len(d.Check(context.Background(), w, nil)) > 0
		if ours != theirs[w] {
			differ++
			t.Logf("%s: wrong for us: %v, for hunspell: %v", w, ours, theirs[w])
		}
	}
	if differ*200 > len(list) || len(theirs) < 100 {
		t.Errorf("%d of %d words judged otherwise; hunspell finds %d wrong", differ, len(list), len(theirs))
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"", "l'-'", "{a{b}c", "’’’", "\xff\xfe", "a-b-c-", "1er_2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 300 {
			return
		}
		for _, m := range dictionary(t).Check(context.Background(), s, nil) {
			if s[m.At:m.At+len(m.Word)] != m.Word {
				t.Fatalf("%q at %d", m.Word, m.At)
			}
		}
	})
}
