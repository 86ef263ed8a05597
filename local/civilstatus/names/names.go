package names

import (
	"slices"
	"strings"
	"unicode"

	"alpi40.fr/airial/local/typeset/french"
)

// Apostrophes are those that stand for one in lists and on keyboards.
const Apostrophes = "'`´‘’ʼ′"

// particles stand before a name and may be written with it or not.
var particles = map[string]bool{
	"d": true, "l": true, "de": true, "du": true, "des": true, "la": true, "le": true, "les": true, "da": true, "di": true, "do": true, "dos": true,
	"del": true, "della": true, "van": true, "von": true, "der": true, "den": true,
}

// joined are what parts the words of one name that is also written in one.
func joins(r rune) bool {
	return r == '-' || r == '‐' || r == '‑' || strings.ContainsRune(Apostrophes, r)
}

// Name is what an index keeps of a name.
type Name struct {
	Words  []string // without accents, in lower case, each once
	Sounds []string // see Sound, in lower case, without hyphens
}

// Of gives what an index keeps of names: first names, last names, usual names.
func Of(full ...string) (n Name) {
	for _, text := range full {
		for _, group := range groups(text) {
			for _, w := range append(slices.Clone(group), joinings(group)...) {
				n.add(w, !particles[w])
			}
		}
	}
	return n
}

func (n *Name) add(word string, heard bool) {
	if !slices.Contains(n.Words, word) {
		n.Words = append(n.Words, word)
	}
	if s := sound(word); heard && s != "" && !slices.Contains(n.Sounds, s) {
		n.Sounds = append(n.Sounds, s)
	}
}

func sound(word string) string { return strings.ToLower(strings.ReplaceAll(Sound(word), "-", "")) }

// Term is one thing that is looked for: a word or a name of several.
type Term struct {
	Words  []string // all of them
	Joined string   // or this one; empty for one word
	Sounds []string // or one of these sounds
}

// Terms gives what a person looks for by what she typed.
func Terms(typed string) (all []Term) {
	for _, group := range groups(typed) {
		t := Term{Words: group}
		if len(group) > 1 {
			t.Joined = strings.Join(group, "")
		}
		heard := []string{group[len(group)-1], t.Joined}
		for _, w := range heard {
			if s := sound(w); len(w) > 2 && s != "" && !slices.Contains(t.Sounds, s) {
				t.Sounds = append(t.Sounds, s)
			}
		}
		all = append(all, t)
	}
	return all
}

// groups parts a text into names of one or more words: «de La Tour», «Dupont-Martin», «d’Artagnan», «Camille».
func groups(text string) (all [][]string) {
	text = ligatures.Replace(french.Unaccented(text))
	var group []string
	var word strings.Builder
	flush := func(open bool) {
		if word.Len() > 0 {
			group = append(group, strings.ToLower(word.String()))
			word.Reset()
		}
		if len(group) > 0 && !open && !particles[group[len(group)-1]] {
			all, group = append(all, group), nil
		}
	}
	for _, r := range text {
		switch {
		case joins(r): // before letters: the modifier apostrophe is one
			flush(true)
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			word.WriteRune(r)
		default:
			flush(false)
		}
	}
	flush(false)
	if len(group) > 0 {
		all = append(all, group)
	}
	return all
}

// joinings are the ends of a group, each in one word: «delatour», «latour».
func joinings(group []string) (all []string) {
	for i := range len(group) - 1 {
		all = append(all, strings.Join(group[i:], ""))
	}
	return all
}

// Key is a name by which two writings of it are one: words in one, without accents, hyphens, apostrophes, spaces.
func Key(name string) string {
	var out strings.Builder
	for _, g := range groups(name) {
		for _, w := range g {
			out.WriteString(w)
		}
	}
	return out.String()
}
