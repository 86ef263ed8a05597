package office_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/sync/mail"
)

// Whoever a folder waits for near its deadline is reminded by mail, once a day, of how many there are and until when: never of
// what they are. Who works on the computer that does so, who has no address and who waits for nothing is not.
func TestRemindedByMail(t *testing.T) {
	ctx := t.Context()
	s, address := serve(t)
	code, err := s.NewCode(ctx, ours)
	must(t, err)
	o := open(t, t.TempDir())
	t.Cleanup(func() { o.Close() })
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	must(t, err)
	me, err := h.People.Found(ctx, authority.Authority{ID: ours, Name: "Commune d’essai", Place: "Essai", Kind: authority.Commune, Population: 400},
		authority.Person{FirstName: "Ève", LastName: "Exemple", Email: "eve@exemple.example", Roles: []authority.Role{authority.RoleSecretary, authority.RoleAdministrator}})
	must(t, err)
	must(t, h.SetPerson(ctx, me))
	mayor, err := h.People.Put(ctx, me, authority.Person{FirstName: "Maïté", LastName: "Fictive", Email: "maire@exemple.example", Roles: []authority.Role{authority.RoleMayor}})
	must(t, err)
	other, err := h.People.Put(ctx, me, authority.Person{FirstName: "Jean", LastName: "Modèle"})
	must(t, err)
	_, err = h.People.Put(ctx, me, authority.Person{FirstName: "Inès", LastName: "Exemple", Email: "ines@exemple.example"})
	must(t, err)
	today := authority.DayOf(time.Now())
	folder := func(title, person string, deadline authority.Day) {
		t.Helper()
		_, err := h.Folders.Import(ctx, me, parapheur.Import{Title: title, Kind: parapheur.Letter, Deadline: deadline, Send: true,
			Route: []parapheur.Step{{Kind: parapheur.Approval, Person: person, Title: "Visa"}}, Files: []parapheur.File{{Name: "a.txt", Content: []byte("texte")}}})
		must(t, err)
	}
	folder("Licenciement de M. X", mayor, today.Plus(-1))
	folder("Autre affaire", mayor, today.Plus(1))
	folder("Loin", mayor, today.Plus(60))
	folder("Pour moi", me, today)
	folder("Sans adresse", other, today)

	if n, err := h.RemindByMail(ctx); err != nil || n != 0 {
		t.Errorf("nobody asked for it: %d, %v", n, err)
	}
	if err := h.SetRemindByMail(ctx, true); !errors.Is(err, office.ErrNoMail) {
		t.Errorf("without a mailbox: %v", err)
	}
	must(t, h.SetMailAccount(ctx, office.MailAccount{Name: "Mairie", Address: "mairie@exemple.example", Login: "m", Imap: mail.Server{Address: "127.0.0.1:1", Security: mail.TLS}}, "secret"))
	must(t, h.SetRemindByMail(ctx, true))
	for _, want := range []int{1, 0} { // each day once
		if n, err := h.RemindByMail(ctx); err != nil || n != want {
			t.Errorf("%d left, not %d: %v", n, want, err)
		}
	}
	letters, err := h.Mail.Letters(ctx)
	must(t, err)
	if len(letters) != 1 || !strings.Contains(letters[0].To, "maire@exemple.example") || letters[0].Subject != "Parapheur : 2 dossiers vous attendent" || !strings.Contains(letters[0].Text, "dont 1 en retard") ||
		strings.Contains(letters[0].Text, "Licenciement") {
		t.Errorf("%+v", letters)
	}
	must(t, h.SetRemindByMail(ctx, false))
	if on, err := h.RemindsByMail(ctx); err != nil || on {
		t.Errorf("%v, %v", on, err)
	}
}
