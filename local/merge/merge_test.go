package merge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/merge"
)

func open(t interface{ Fatal(...any) }, replica uint32, updates ...[]byte) *merge.Text {
	text, err := merge.Open(replica, updates)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func become(t interface{ Fatal(...any) }, text *merge.Text, to string) []byte {
	u, err := text.Become(to)
	if err != nil {
		t.Fatal(err)
	}
	if got := text.String(); got != to {
		t.Fatal(got, "is not", to)
	}
	return u
}

// Two people write in one text apart: what each wrote is there, whoever reads first.
func TestWrittenApart(t *testing.T) {
	first := become(t, open(t, 1), "Ordre du jour :\n1. Budget 😀\n2. Voirie\n")
	a := become(t, open(t, 2, first), "Ordre du jour du 12 mars :\n1. Budget 😀\n2. Voirie\n")
	b := become(t, open(t, 3, first), "Ordre du jour :\n1. Budget 😀\n2. Voirie\n3. Questions diverses\n")
	const want = "Ordre du jour du 12 mars :\n1. Budget 😀\n2. Voirie\n3. Questions diverses\n"
	for _, updates := range [][][]byte{{first, a, b}, {b, first, a}, {a, b, first, a}} {
		if got := open(t, 4, updates...).String(); got != want {
			t.Errorf("%q", got)
		}
	}
	if u, err := open(t, 5, first, a, b).Become(want); err != nil || u != nil {
		t.Error("nothing changed, and an update came", err)
	}
}

// Any editing on three replicas, given on in any order, ends with the same text, without a word doubled or lost that nobody
// took out.
func TestAnyEditingConverges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var updates [][]byte
		have := make([]map[int]bool, 3)
		for i := range have {
			have[i] = map[int]bool{}
		}
		seen := func(i int) (out [][]byte) {
			for k, u := range updates {
				if have[i][k] {
					out = append(out, u)
				}
			}
			return out
		}
		for step := range rapid.IntRange(1, 8).Draw(r, "steps") {
			i := rapid.IntRange(0, 2).Draw(r, "who")
			text := open(r, uint32(100*step+i+1), seen(i)...)
			runes := []rune(text.String())
			at := rapid.IntRange(0, len(runes)).Draw(r, "at")
			gone := rapid.IntRange(0, len(runes)-at).Draw(r, "gone")
			u := become(r, text, string(runes[:at])+rapid.StringMatching(`[a-c é😀\n]{0,5}`).Draw(r, "added")+string(runes[at+gone:]))
			if u != nil {
				updates = append(updates, u)
				have[i][len(updates)-1] = true
			}
			for k := range updates {
				if rapid.Bool().Draw(r, "given") {
					have[(i+1)%3][k] = true
				}
			}
		}
		want := open(r, 1, updates...).String()
		for range 2 {
			if got := open(r, 2, rapid.Permutation(updates).Draw(r, "order")...).String(); got != want {
				r.Fatalf("%q, not %q", got, want)
			}
		}
	})
}

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		from, to    string
		place, want int
	}{
		{"abc", "abc", 2, 2}, {"abc", "xxabc", 1, 3}, {"abc", "abcxx", 2, 2}, {"été ici", "ici", 5, 1}, {"abc", "", 2, 0}, {"", "abc", 0, 3},
	} {
		if got := merge.Follow(c.from, c.to, c.place); got != c.want && !(c.from == "" && got == 0) {
			t.Errorf("%q to %q at %d: %d, wanted %d", c.from, c.to, c.place, got, c.want)
		}
	}
}

// What comes is said to begin between words, whatever letters it shares with its neighbours.
func TestDifferBetweenWords(t *testing.T) {
	for _, row := range []struct {
		from, to string
		want     merge.Edit
	}{
		{"Le maire signe.", "Le mot maire signe.", merge.Edit{At: 3, Added: "mot "}}, // the blank after it: see TestWordsKeepTheirBlank
		{"Le maire signe.", "mot Le maire signe.", merge.Edit{At: 0, Added: "mot "}},
		{"Le maire", "Le maire adjoint maire", merge.Edit{At: 8, Added: " adjoint maire"}},
	} {
		got := merge.Differ(row.from, row.to)
		if len(got) != 1 || got[0] != row.want {
			t.Errorf("%q to %q: %+v", row.from, row.to, got)
		}
	}
}

// One writes a word between two, while another takes the whole text away and begins with a word of his own: they do not run into
// each other.
func TestWordsKeepTheirBlank(t *testing.T) {
	for _, written := range []string{"un Le maire signe.", "Le un maire signe.", "Le maire un signe."} {
		base := become(t, open(t, 1), "Le maire signe.")
		one, other := become(t, open(t, 2, base), written), open(t, 3, base)
		text := open(t, 4, base, one, become(t, other, ""), become(t, other, "deux ")).String()
		for _, want := range []string{"un", "deux"} {
			if !slices.Contains(strings.Fields(text), want) {
				t.Errorf("%q: %q is not a word of %q", written, want, text)
			}
		}
	}
}

func TestHostileUpdates(t *testing.T) {
	good := become(t, open(t, 1), "texte")
	for name, u := range map[string][]byte{"nonsense": []byte("\xff\xfe\xfd"), "cut": good[:len(good)-3], "a long number": []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")} {
		if text, err := merge.Open(2, [][]byte{u}); err == nil && text.String() == "texte" {
			t.Errorf("%s was taken for a text", name)
		}
	}
	if _, err := merge.Open(2, [][]byte{make([]byte, merge.MaxUpdate+1)}); !errors.Is(err, merge.ErrTooLarge) {
		t.Error(err)
	}
	if _, err := open(t, 1).Become(strings.Repeat("a", merge.MaxText+1)); !errors.Is(err, merge.ErrTooLarge) {
		t.Error(err)
	}
}

// Whatever an update is, reading it ends, with a text or an error.
func FuzzOpen(f *testing.F) {
	f.Add(become(f, open(f, 1), "texte"))
	f.Add([]byte{0, 0})
	f.Fuzz(func(_ *testing.T, u []byte) {
		if text, err := merge.Open(7, [][]byte{u}); err == nil {
			_ = text.String()
		}
	})
}

// BenchmarkKeystroke opens a note of 500 updates, and writes one letter more.
func BenchmarkKeystroke(b *testing.B) {
	text := open(b, 1)
	var updates [][]byte
	said := ""
	for range 500 {
		said += "mot "
		updates = append(updates, become(b, text, said))
	}
	for b.Loop() {
		become(b, open(b, 2, updates...), said+"x")
	}
}
