package office_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/conference"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/conference/conferencetest"
	"alpi40.fr/airial/sync/feed"
	"alpi40.fr/airial/sync/mail"
)

// pager reads nothing of a page: its words are of no use to these tests.
func pager(context.Context, []byte) (int, string, error) { return 1, "", nil }

// The agency's catalogue takes the place of the model by the exchanges; what is made from it (a ticket with its
// diagnosis, an order that is signed, a module, a conference, the news) works on a real hall.
func TestAgency(t *testing.T) {
	ctx := t.Context()
	s, halls := twoLaptops(t)
	h := halls[0]
	me, err := h.People.Found(ctx, authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400},
		authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Maire", Roles: []authority.Role{authority.RoleSecretary, authority.RoleMayor}, Since: "2026-01-01"})
	if err == nil {
		err = h.SetPerson(ctx, me)
	}
	if err != nil {
		t.Fatal(err)
	}
	o := h.Office()
	c, err := o.Catalogue(ctx)
	if err != nil || !c.Model || o.Notice() != "" {
		t.Fatalf("before: model %v, notice %q: %v", c.Model, o.Notice(), err)
	}

	feeds := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>Lettre</title><content type="html">&lt;p&gt;Bonjour&lt;script&gt;x&lt;/script&gt;</content></entry></feed>`)
	}))
	defer feeds.Close()
	engine := conferencetest.Start("partagé")
	defer engine.Close()
	own := *c
	own.Agency.Name = "Agence"
	own.Notices = []services.Notice{{ID: "n", Title: "Coupure ce soir", Urgent: true, From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)}}
	own.Feeds = []services.Feed{{Title: "Fil", Address: feeds.URL + "/"}, {Title: "Muet", Address: "https://127.0.0.1:1/"}}
	own.Modules = []services.Module{{ID: "m", Title: "Module", Parcel: "module-m"}}
	own.Rooms = []services.Room{{ID: "r", Name: "Salle", Engine: "bbb", Address: engine.Address(), Seats: 20, Record: true}}
	text, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	publish := func(kind, name string, content []byte, version int) error {
		raw, err := s.MakeParcel(kind, map[string][]byte{name: content}, version)
		if err != nil {
			return err
		}
		_, err = s.PublishParcel(ctx, raw, func(*parcel.Parcel) error { return nil })
		return err
	}
	if err := errors.Join(publish(services.CatalogueKind, services.CatalogueFile, text, 1), publish("module-m", "module.json", []byte(`{"title":"M","pages":[{"title":"Un","text":"x"}]}`), 1)); err != nil {
		t.Fatal(err)
	}
	exchange := func() {
		t.Helper()
		if _, err := h.Sync.Once(ctx); err != nil {
			t.Fatal(err)
		}
	}
	exchange()
	if c, err = o.Catalogue(ctx); err != nil || c.Model || c.Version != 1 || !strings.Contains(o.Notice(), "Coupure ce soir") {
		t.Fatalf("after: %d %q %v", c.Version, o.Notice(), err)
	}
	// One that this program cannot read does not take its place.
	if err := publish(services.CatalogueKind, services.CatalogueFile, []byte(`{"services":[{"id":"a"}]}`), 2); err != nil {
		t.Fatal(err)
	}
	exchange()
	if c, err = o.Catalogue(ctx); err != nil || c.Version != 1 {
		t.Errorf("a catalogue that contradicts itself was taken: %d %v", c.Version, err)
	}

	diagnosis, err := h.Diagnose(ctx)
	if err != nil || !strings.Contains(diagnosis, "Airial : ") || !strings.Contains(diagnosis, "Disque : ") || !strings.Contains(diagnosis, "Dernier échange réussi : ") {
		t.Errorf("%s %v", diagnosis, err)
	}
	for _, secret := range []string{"Brouillon", "BROUILLON", "Solène", "Commune d’essai", ours} {
		if strings.Contains(diagnosis, secret) {
			t.Errorf("the diagnosis tells %q:\n%s", secret, diagnosis)
		}
	}

	order, _ := c.Service("order")
	answers := map[string]string{"quote": "D-1", "amount": "1250,50", "where": "Mairie"}
	folder, err := h.SignOrder(ctx, me, order, answers, []services.Joined{{Field: "file", Name: "devis.txt", Content: []byte("devis")}}, pager)
	if err != nil {
		t.Fatal(err)
	}
	all, err := h.Counter.List(ctx)
	if err != nil || len(all) != 1 || all[0].State != services.Prepared || all[0].Folder != folder {
		t.Fatalf("%+v %v", all, err)
	}
	f, err := h.Folders.Folder(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // whoever notes it again changes nothing
		if err := h.Counter.Signed(ctx, me, folder, services.File{Name: f.Documents[0].Name, Digest: f.Documents[0].Digest, Size: f.Documents[0].Size}); err != nil {
			t.Fatal(err)
		}
	}
	if all, err = h.Counter.List(ctx); err != nil || all[0].State != services.Asked || len(all[0].Answers) == 0 || all[0].Answers[len(all[0].Answers)-1].Files[0] != (services.File{Name: "Commande de matériel.pdf", Digest: f.Documents[0].Digest, Size: f.Documents[0].Size}) || f.Documents[0].Size < 1000 {
		t.Errorf("signed: %+v %v", all, err)
	}

	if err := h.FetchModule(ctx, c.Modules[0]); err != nil {
		t.Fatal(err)
	}
	if content, err := o.Module(ctx, c.Modules[0]); err != nil || content.Kind != training.Pages {
		t.Errorf("%+v %v", content, err)
	}
	if _, err := h.TrainingCertificate(ctx, me, c.Modules[0]); err == nil {
		t.Error("a certificate before the end")
	}
	if err := h.School.Note(ctx, training.Step{Person: me, Module: "m", Page: 1, Complete: true}); err != nil {
		t.Fatal(err)
	}
	if d, err := h.TrainingCertificate(ctx, me, c.Modules[0]); err != nil || d.Pages != 1 {
		t.Errorf("%d pages, %v", d.Pages, err)
	}

	// A module that cannot be read is refused, and does not stay.
	if err := publish("module-p", "package.zip", []byte("<html>"), 1); err != nil {
		t.Fatal(err)
	}
	strange := services.Module{ID: "p", Title: "Page", Parcel: "module-p"}
	if err := h.FetchModule(ctx, strange); !errors.Is(err, training.ErrModule) || o.HasParcel(strange.Parcel) {
		t.Errorf("a page in the place of a module: %v, kept %v", err, o.HasParcel(strange.Parcel))
	}

	if err := h.FetchNews(ctx, feeds.Client().Transport); err != nil {
		t.Fatal(err)
	}
	items, err := h.News.Items(ctx)
	told, err2 := h.News.Feeds(ctx)
	if err != nil || err2 != nil || len(items) != 1 || items[0].Text != "Bonjour" || len(told) != 2 || told[1].Trouble == "" {
		t.Errorf("%+v %+v %v %v", items, told, err, err2)
	}

	if err := h.FetchNews(ctx, nil); !errors.Is(err, feed.ErrOffline) { // whose certificate nobody knows: none can be read
		t.Errorf("no feed was read, and nothing is said: %v", err)
	}
	if again, err := h.News.Items(ctx); err != nil || len(again) != 1 {
		t.Errorf("what was there: %d %v", len(again), err)
	}

	m := conference.Meeting{Title: "Commission", At: time.Now().Add(time.Hour), Until: time.Now().Add(2 * time.Hour), Seats: 5, Guests: []string{"Jean MODÈLE <jean@exemple.example>"}}
	if m.ID, err = h.Diary.Book(ctx, me, m, c.Rooms[0]); err != nil {
		t.Fatal(err)
	}
	m.Room = "r"
	if _, err := h.JoinConference(ctx, me, m, engine.Client().Transport); err == nil {
		t.Error("joined without the engine's secret")
	}
	if err := h.SetRoomSecret(ctx, "r", "partagé"); err != nil {
		t.Fatal(err)
	}
	page, err := h.JoinConference(ctx, me, m, engine.Client().Transport)
	if err != nil || !strings.Contains(page, "MODERATOR") {
		t.Errorf("%s %v", page, err)
	}
	if _, err := h.InviteConference(ctx, me, m); !errors.Is(err, office.ErrNoMail) {
		t.Errorf("invited without a mailbox: %v", err)
	}
	if err := h.SetMailAccount(ctx, office.MailAccount{Name: "Mairie", Address: "mairie@essai.example", Login: "m", Imap: mail.Server{Address: "127.0.0.1:1", Security: mail.TLS}}, "secret"); err != nil {
		t.Fatal(err)
	}
	if n, err := h.InviteConference(ctx, me, m); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	letters, err := h.Mail.Letters(ctx)
	if err != nil || len(letters) != 1 || letters[0].State != mailbox.Queued || !strings.Contains(letters[0].Text, "VIEWER") || strings.Contains(letters[0].Text, "partagé") {
		t.Errorf("%+v %v", letters, err)
	}
	_, raw, err := h.Mail.Leaving(ctx)
	if err != nil || !strings.Contains(string(raw), "text/calendar; charset=utf-8; method=REQUEST") && !strings.Contains(string(raw), "method=REQUEST") {
		t.Errorf("%v", err)
	}

	if d, err := h.PrintRegister(ctx); err != nil || d.Pages < 2 {
		t.Errorf("register: %d pages, %v", d.Pages, err)
	}
	if law := h.LawPassages(); len(law) < 50 {
		t.Errorf("%d passages of law", len(law))
	}
}

// An attachment becomes a notice, an annex of a draft, or a file of the vault, in one gesture.
func TestMailGestures(t *testing.T) {
	ctx := t.Context()
	_, halls := twoLaptops(t)
	h := halls[0]
	me, err := h.People.Found(ctx, authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400},
		authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Maire", Roles: []authority.Role{authority.RoleSecretary, authority.RoleMayor}, Since: "2026-01-01"})
	if err == nil {
		err = h.SetPerson(ctx, me)
	}
	if err == nil {
		err = h.Mail.SetFolders(ctx, []mailbox.ServerFolder{{Name: "INBOX", Delimiter: "/", Role: mailbox.Inbox}})
	}
	if err == nil {
		err = h.Mail.Reset(ctx, "INBOX", 1)
	}
	if err == nil {
		err = h.Mail.List(ctx, "INBOX", []mailbox.Listing{{UID: 1, Size: 400, At: time.Now()}})
	}
	if err == nil {
		err = h.Mail.Store(ctx, "INBOX", []mailbox.Fetched{{UID: 1, Raw: []byte("From: Greffe <greffe@tribunal.example>\nSubject: Avis de mention\nMessage-ID: <n@tribunal.example>\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain\n\nCi-joint.\n--o\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=avis.pdf\n\n%PDF-1.7\n--o--\n")}})
	}
	if err != nil {
		t.Fatal(err)
	}
	folders, err := h.Mail.Folders(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := h.Mail.Messages(ctx, folders[0].ID, 10)
	if err != nil || len(rows) != 1 {
		t.Fatal(len(rows), err)
	}
	m, err := h.Mail.Message(ctx, rows[0].ID)
	if err != nil || len(m.Files) != 1 {
		t.Fatal(len(m.Files), err)
	}
	place := m.Files[0].Place
	notice, err := h.MailToNotice(ctx, me, m.ID, place, "MODÈLE")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := h.Acts.Incoming(ctx, notice); err != nil || n.From != "Greffe" || n.LastName != "MODÈLE" || len(n.Pages) != 1 || n.Reference != "n@tribunal.example" {
		t.Errorf("%+v %v", n, err)
	}
	draft, err := h.MailToDraft(ctx, me, m.ID, place, "")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := h.Council.Deliberation(ctx, draft); err != nil || d.Text.Subject() != "Avis de mention" || len(d.Text.Annexes) != 1 {
		t.Errorf("%+v %v", d, err)
	}
	if _, err := h.MailToDraft(ctx, me, m.ID, place, draft); err == nil {
		t.Error("the same annex twice")
	}
	for _, want := range []string{"avis.pdf", "avis (2).pdf"} {
		if name, err := h.MailToVault(ctx, me, m.ID, place); err != nil || name != want {
			t.Errorf("%s, want %s: %v", name, want, err)
		}
	}
	if _, err := h.MailToVault(ctx, me, 999, place); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such message: %v", err)
	}
	// An accounting flow becomes a folder that goes the way of one; what is neither pages nor a flow does not.
	flow := strings.Replace(string(pestest.Example), "00040099900014", ours+"00014", 1)
	joined := "Content-Type: application/xml\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="
	err = errors.Join(h.Mail.List(ctx, "INBOX", []mailbox.Listing{{UID: 2, Size: 400, At: time.Now().Add(time.Hour)}}),
		h.Mail.Store(ctx, "INBOX", []mailbox.Fetched{{UID: 2, Raw: []byte("From: Compta <compta@editeur.example>\nSubject: Bordereau 12\nMessage-ID: <f@editeur.example>\nContent-Type: multipart/mixed; boundary=o\n\n--o\n" +
			joined + "flux.xml\n\n" + base64.StdEncoding.EncodeToString([]byte(flow)) + "\n--o\n" + joined + "autre.xml\n\n" + base64.StdEncoding.EncodeToString([]byte("<autre/>")) + "\n--o--\n")}}))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err = h.Mail.Messages(ctx, folders[0].ID, 10); err != nil || len(rows) != 2 {
		t.Fatal(len(rows), err)
	}
	if m, err = h.Mail.Message(ctx, rows[0].ID); err != nil || len(m.Files) != 2 {
		t.Fatalf("%+v, %v", m.Files, err)
	}
	id, err := h.MailToFolder(ctx, m.ID, m.Files[0].Place, counted)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := h.Folders.Folder(ctx, id); err != nil || f.Kind != parapheur.Accounting || f.Title != "Bordereau 12" || f.Documents[0].Format != parapheur.PES {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := h.MailToFolder(ctx, m.ID, m.Files[1].Place, counted); rule.Find(err) == nil {
		t.Errorf("what is no flow: %v", err)
	}
}
