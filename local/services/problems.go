package services

import (
	"slices"
	"strings"

	"alpi40.fr/airial/local/typeset/french"
)

// FindProblems gives the known problems that answer to some words best, at most n. Words are
// compared without accents, by their beginnings, and the small ones say nothing.
func FindProblems(all []Problem, text string, n int) []Problem {
	type scored struct {
		Problem
		score int
	}
	asked := Keywords(text)
	if len(asked) == 0 {
		return nil
	}
	var found []scored
	for _, p := range all {
		title, rest := Keywords(p.Title), Keywords(p.Words+" "+p.Cure)
		score := 0
		for _, w := range asked {
			switch {
			case has(title, w):
				score += 3
			case has(rest, w):
				score++
			}
		}
		if score >= 2 && score >= len(asked) {
			found = append(found, scored{p, score})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return b.score - a.score })
	var out []Problem
	for _, f := range found[:min(n, len(found))] {
		out = append(out, f.Problem)
	}
	return out
}

// has tells whether one of the words begins like another: «imprime» answers to «imprimante».
func has(words []string, w string) bool {
	stem := w
	if len(stem) > 5 {
		stem = stem[:max(5, len(stem)-3)]
	}
	return slices.ContainsFunc(words, func(x string) bool { return strings.HasPrefix(x, stem) || len(x) > 4 && strings.HasPrefix(w, x) })
}

// small words say nothing of what is asked.
var small = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("a au aux avec ce ces cet cette c d dans de des du elle elles en est et eux faire fait faut il ils j je l la le les leur lui m ma mais me mes mon n ne nos notre nous on ou par pas peut peux plus pour qu que quel quelle quels quelles quand qui quoi s sa sans se ses si son sont sur t ta te tes ton tu un une va vos votre vous y comment doit dois puis peux-je est-ce") {
		m[w] = true
	}
	return m
}()

// Keywords gives the words of a text that tell something, without accents, in lower case.
func Keywords(text string) (all []string) {
	for _, w := range french.BareWords(text) {
		if !small[w] && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}
