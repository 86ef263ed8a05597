package mailbox_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/mailbox"
)

// Who is known is found by the beginning of a name or an address; who pretends, or wrote to the junk, is not offered.
func TestKnown(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	j := journaltest.Open(t, "mairie", func() time.Time { return now }, rand.Reader, mailbox.Projections())
	b := mailbox.New(j.Store(), func() time.Time { return now }, rand.Reader)
	b.Own = func() []string { return []string{"saint-airial.example"} }
	folders := []mailbox.ServerFolder{{Name: "INBOX", Delimiter: "/", Role: mailbox.Inbox}, {Name: "Junk", Delimiter: "/", Role: mailbox.Junk}}
	if err := b.SetFolders(ctx, folders); err != nil {
		t.Fatal(err)
	}
	uid := uint32(0)
	for _, m := range []struct{ folder, from string }{
		{"INBOX", "Ève Exemple <eve@exemple.example>"}, {"INBOX", "Jean Exemple <jean@exemple.example>"}, {"INBOX", "Eve EXEMPLE <EVE@exemple.example>"},
		{"INBOX", "\"Exemple, Luc\" <luc@autre.example>"}, {"INBOX", "La mairie <mairie@saint-aerial.example>"}, {"Junk", "Exemple gagnant <gain@voleur.example>"},
	} {
		uid++
		now = now.Add(time.Minute)
		if uid == 1 || m.folder == "Junk" {
			if err := b.Reset(ctx, m.folder, 1); err != nil {
				t.Fatal(err)
			}
		}
		err := b.List(ctx, m.folder, []mailbox.Listing{{UID: uid, Size: 100, At: now}})
		if err == nil {
			err = b.Store(ctx, m.folder, []mailbox.Fetched{{UID: uid, Raw: fmt.Appendf(nil, "From: %s\nMessage-ID: <%d@x>\nSubject: x\n\nx\n", m.from, uid)}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	also := mailbox.Address{Name: "Mme Ève MODÈLE", Address: "eve.modele@saint-airial.example"}
	for words, want := range map[string][]string{
		"eve":      {also.Address, "EVE@exemple.example"},
		"Ève mod":  {also.Address},
		"exem":     {"luc@autre.example", "EVE@exemple.example", "jean@exemple.example"},
		"exem eve": {"EVE@exemple.example"},
		"mairie":   nil, // it imitates ours
		"gagnant":  nil,
		"xemple":   nil,
		" , ":      nil,
	} {
		all, err := b.Known(ctx, words, 5, also)
		var got []string
		for _, a := range all {
			got = append(got, a.Address)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q, %v", words, got, want, err)
		}
	}
	if all, err := b.Known(ctx, "exem", 1); err != nil || len(all) != 1 || all[0].Written() != "luc@autre.example" {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := b.Of("autre").Known(ctx, "eve", 5); err != nil || len(all) != 0 {
		t.Errorf("of another mailbox: %+v, %v", all, err)
	}
}
