package tdt

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"alpi40.fr/airial/local/handover"
)

func TestAnswersInLines(t *testing.T) {
	for _, test := range []struct{ answer, rest, refusal string }{
		{"OK\n1234\n", "1234\n", ""},
		{"\ufeffOK\r\n12", "12", ""},
		{"KO\n\xc9chec de l'authentification", "", "Échec de l'authentification"},
		{"KO\nLe numéro<br/>n'est pas correct", "", "Le numéro n'est pas correct"},
		{"KO", "", ""},
	} {
		rest, err := okay([]byte(test.answer))
		var r *handover.Refusal
		if strings.HasPrefix(test.answer, "KO") != errors.As(err, &r) || rest != test.rest || r != nil && r.Words != test.refusal {
			t.Errorf("%q: %q %v", test.answer, rest, err)
		}
	}
	for _, answer := range []string{"", "<html>", "OKAY\n1", "\x00"} {
		if _, err := okay([]byte(answer)); !errors.Is(err, ErrGarbage) {
			t.Errorf("%q: %v", answer, err)
		}
	}
	if line := Line(strings.Repeat("é\x00\n", 5000)); len(line) > handover.MaxWords || !utf8.ValidString(line) {
		t.Errorf("%d bytes", len(line))
	}
}

func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`<?xml version="1.0" encoding="UTF-8"?><import><id>12</id><resultat>OK</resultat><message/></import>`,
		`<?xml version="1.0" encoding="ISO-8859-1"?><transaction><id>12</id><resultat>KO</resultat><status>-1</status><message>refus` + "\xe9" + `</message></transaction>`,
		"OK\n4\n<actes:ARActe/>", "KO\nnon", "<!DOCTYPE html>", "", "\xff\xfe",
		`{"transactions":[{"id":12,"number":"2026_001"}]}`, `[{"id":"5","type":"3","number":"A","related_transaction_id":7}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if a, err := readImport(raw); err == nil && a.Result != "OK" && a.Result != "KO" {
			t.Error(a)
		}
		if a, err := readStatus(raw); err == nil && a.Result != "OK" && a.Result != "KO" {
			t.Error(a)
		}
		if rest, err := okay(raw); err == nil && !utf8.ValidString(rest) {
			t.Errorf("%q", rest)
		}
		if all, err := readLetters(raw); err == nil {
			for _, l := range all {
				if _, err := number(l.ID); err != nil {
					t.Error(l)
				}
			}
		}
		_, _ = readActs(raw)
		_, _ = created(raw)
		page(raw)
		if line := Line(text(raw)); len(line) > handover.MaxWords || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("%q", line)
		}
	})
}
