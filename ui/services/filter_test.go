package services

import "testing"

func TestHolds(t *testing.T) {
	const text = "Les délais de l’urgence\u00a0: 10\u202f000\u202f€"
	for words, want := range map[string]bool{"": true, "  ": true, "delai": true, "URGENCE délais": true, "l'urgence": true, "10 000 €": true, "urgence budget": false, "urgences": false} {
		if holds(text, words) != want {
			t.Errorf("%q is found: %v", words, !want)
		}
	}
}
