// Package court knows the names of the civil courts of first instance and of appeal, as a mention cites them.
//
// The list is that of the ministry of justice, «Liste des juridictions compétentes pour les communes de France» (data.gouv.fr), as
// a public copy of July 2026 gives it, compared with the courts that the Court of cassation names in Judilibre. It is a help to write
// a name, never a limit: courts were called otherwise («tribunal de grande instance» until 2019) and some were closed.
package court

import (
	_ "embed"
	"slices"
	"strings"

	"alpi40.fr/airial/local/typeset/french"
)

//go:embed courts.csv
var table string

// Court is a court of first instance, with the court that hears its appeals.
type Court struct{ Name, Appeal string }

// All are the courts, in the order of the list.
func All() (all []Court) {
	for line := range strings.Lines(table) {
		name, appeal, _ := strings.Cut(strings.TrimSpace(line), ";")
		all = append(all, Court{name, appeal})
	}
	return all
}

// Search gives up to limit names that hold all the words typed, each as the beginning of a word: those of first instance,
// then those of appeal. «tj» stands for «tribunal judiciaire», «ca» for «cour d’appel».
func Search(typed string, limit int) (found []string) {
	words := strings.Fields(bare(typed))
	if len(words) > 0 {
		if long, known := short[words[0]]; known {
			words = append(strings.Fields(long), words[1:]...)
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "le" || w == "les" }) // «du Mans», «des Sables-d’Olonne»
	if len(words) == 0 {
		return nil
	}
	courts := All()
	for _, name := range []func(Court) string{func(c Court) string { return c.Name }, func(c Court) string { return c.Appeal }} {
		for _, c := range courts {
			if n := name(c); len(found) < limit && holds(n, words) && !slices.Contains(found, n) {
				found = append(found, n)
			}
		}
	}
	return found
}

var short = map[string]string{"tj": "tribunal judiciaire", "ca": "cour d appel"}

func bare(text string) string {
	return strings.ToLower(french.Unaccented(strings.NewReplacer("-", " ", "’", " ", "'", " ").Replace(text)))
}

func holds(name string, words []string) bool {
	of := strings.Fields(bare(name))
	for _, w := range words {
		if !slices.ContainsFunc(of, func(x string) bool { return strings.HasPrefix(x, w) }) {
			return false
		}
	}
	return true
}
