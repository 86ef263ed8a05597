package desk

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/lang"
)

// Five weeks of a small commune, on two computers that are closed each evening and opened again on another day: a folder
// prepared and signed each week, an accounting flow handed over, a council summoned, held, signed, transmitted and published, the
// notices of a court, mail that becomes a folder, days without network, a backup, and the change of the year. At the end both
// computers have the same journal, nothing in them is damaged, and the backup gives all back.
func TestMonthInTheWindow(t *testing.T) {
	aside(t)
	dir := folderOf(t, "month")
	c := &commune{at: time.Now()}
	c.open(t, filepath.Join(dir, "commune"))
	for i, day := range month {
		c.wake(day.morning())
		began := time.Now()
		playInTheWindow(t, fmt.Sprintf("month-%d", i+1), dir, "AIRIAL_TEST_COMMUNE="+c.file, "AIRIAL_TEST_MOMENT="+day.morning().Format(time.RFC3339))
		if t.Failed() {
			t.Fatalf("%s: %s", day.at, day.name)
		}
		t.Logf("%s: %s, %s", day.at, day.name, time.Since(began).Round(time.Second))
	}
	c.sound(t, dir)
}

// monthDay is a day on which the computers are used.
type monthDay struct {
	at, name string
	do       func(h *hands) error
}

func (d monthDay) morning() time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", d.at, time.Local)
	if err != nil {
		panic(err)
	}
	return at
}

// month is in the order of its days. Each begins at the mayor's desk, which opens first.
var month = []monthDay{
	{"2026-11-30 09:00", "a folder is prepared and signed", func(h *hands) error { return h.folder("Convention de prêt") }},
	{"2026-12-01 09:30", "two flows are handed over", (*hands).handover},
	{"2026-12-03 10:00", "a draft is written and approved", func(h *hands) error { return h.play(h.newEvening().drafted()) }},
	{"2026-12-07 14:00", "the council is summoned, a second folder signed", func(h *hands) error {
		e := h.newEvening()
		return errors.Join(h.play(e.called(monthSitting)), h.play([]step{e.rises()}), h.folder("Devis de la toiture"))
	}},
	{"2026-12-09 09:15", "a court's notices come, and mail", func(h *hands) error {
		return errors.Join(h.incoming(), h.pick(os.Getenv("AIRIAL_TEST_WINDOW")), h.mail())
	}},
	{"2026-12-14 20:30", "the council sits, without network", func(h *hands) error {
		e := h.newEvening()
		return h.play(append([]step{e.sits()}, e.held()...))
	}},
	{"2026-12-15 09:00", "what was voted is signed, a third folder too", func(h *hands) error {
		e := h.newEvening()
		return errors.Join(h.play(append([]step{e.seated()}, e.signed()...)), h.play([]step{e.rises()}), h.folder("Contrat de nettoyage"))
	}},
	{"2026-12-16 09:00", "it is transmitted and published", (*hands).monthLegality},
	{"2026-12-22 16:00", "a fourth folder, and a backup", func(h *hands) error { return errors.Join(h.folder("Bon de commande"), h.monthBackup()) }},
	{"2027-01-04 09:00", "the new year's first folder", func(h *hands) error {
		return errors.Join(h.play([]step{{"the exchanges have resumed by themselves", func() error { return h.see("À jour") }}}), h.folder("Contrat de maintenance"))
	}},
}

var monthSitting = time.Date(2026, 12, 14, 20, 30, 0, 0, time.Local)

// called: the secretary summons the council to hear the draft of the roof and a grant, by the form.
func (e *evening) called(at time.Time) []step {
	return []step{
		{"the secretary sits down", func() error { return e.sit(e.mayor.Name, e.secretary.Name, "Ordinateur du secrétariat") }},
		{"she summons the council in time", func() error {
			if _, err := demo.Draft(e.ctx, e.council(), e.now()); err != nil {
				return err
			}
			return errors.Join(e.click("Conseil"), e.summons(at.Format("02/01/2006"), at.Format("15h04")), e.see("3 exigés"), e.shoot("summons"), e.click("Convoquer"), e.see("La séance est convoquée."), e.see("Tenir la séance"))
		}},
		{"the roof comes first", func() error {
			if err := e.recall(); err != nil {
				return err
			}
			s, err := e.council().Sitting(e.ctx, e.sitting)
			if err != nil || strings.HasPrefix(s.Agenda[0].Subject, roof) {
				return err
			}
			return errors.Join(e.click("1. "+s.Agenda[0].Subject), e.click("Descendre"), e.holds("the roof is first", func(s *council.Sitting) bool { return strings.HasPrefix(s.Agenda[0].Subject, roof) }))
		}},
	}
}

// recall finds the sitting and its two acts again.
func (e *evening) recall() error {
	all, err := e.council().Sittings(e.ctx)
	if err != nil || len(all) != 1 || len(all[0].Agenda) != 2 {
		return errors.Join(fmt.Errorf("%d sittings: %+v", len(all), all), err)
	}
	e.sitting, e.agenda = all[0].ID, []string{all[0].Agenda[0].Deliberation, all[0].Agenda[1].Deliberation}
	return nil
}

// seated: the secretary sits down, and knows which sitting it is.
func (e *evening) seated() step {
	return step{"the secretary sits down", func() error {
		return errors.Join(e.recall(), e.sit(e.mayor.Name, e.secretary.Name, "Ordinateur du secrétariat"))
	}}
}

// rises: the mayor's desk comes back.
func (e *evening) rises() step {
	return step{"the mayor's desk comes back", func() error { return e.sit(e.secretary.Name, e.mayor.Name, "Portable du maire") }}
}

// sits: the secretary opens the sitting's page, the network unplugged.
func (e *evening) sits() step {
	return step{"the secretary opens the sitting, without network", func() error {
		return errors.Join(e.seated().do(), e.leave(), e.click("Conseil"), e.click("Séances"), e.click("Séance du "+lang.LongDay(monthSitting)), e.see("Tenir la séance"))
	}}
}

func (h *hands) monthLegality() (err error) {
	e := h.newEvening()
	stop, err := e.beside()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return h.play(append(append([]step{e.seated()}, e.transmitted()...), e.published()...))
}

func (h *hands) monthBackup() error {
	to := filepath.Join(h.shots, "backups")
	return h.play([]step{{"a backup is written", func() error {
		return errors.Join(os.MkdirAll(to, 0o700), h.click("Réglages"), h.click("Une clé USB ou un dossier du réseau"), h.x("type", "--delay", "20", to), h.click("Sauvegarder maintenant"), h.see("Sauvegarde écrite"), h.see("Dernière sauvegarde"))
	}}, {"the year ends without network", h.leave}})
}

// commune is what surrounds the two computers for a month: the server, and the authorities of certification and of time. Its
// clock is that of the day played.
type commune struct {
	file string // what a computer needs to be opened again
	surroundings
	mu    sync.Mutex
	at    time.Time // the moment at which the day played began
	since time.Time // when it began in truth
}

// surroundings are told to each program in a file.
type surroundings struct {
	Folder    string
	Timestamp string
	Root      []byte
	Laptops   []laptop
}

// laptop is one of the two computers, in the order of their seats.
type laptop struct {
	Name, Title string
	Token       *token.PKCS11
}

func (c *commune) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at.Add(time.Since(c.since))
}

func (c *commune) wake(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since = at, time.Now()
}

func (c *commune) open(t *testing.T, dir string) {
	t.Helper()
	c.wake(month[0].morning().Add(-24 * time.Hour))
	ctx := t.Context()
	town, err := demo.Open(ctx, dir, c.now, rand.Reader, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := town.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := town.Agency(ctx, c.now()); err != nil {
		t.Fatal(err)
	}
	o := town.Outside()
	c.surroundings = surroundings{Folder: dir, Timestamp: o.TimestampURL, Root: o.Anchors[0].Raw}
	for _, l := range []struct{ name, label, title, person, holder string }{
		{"maire", "Portable du maire", "Saint-Airial-des-Pins — maire", demo.Mayor, "Maïté FICTIVE"},
		{"secretariat", "Ordinateur du secrétariat", "Saint-Airial-des-Pins — secrétariat", demo.Secretary, "Ève EXEMPLE"},
	} {
		key, err := town.Token(ctx, l.holder, true)
		if err != nil {
			t.Fatal(err)
		}
		c.Laptops = append(c.Laptops, laptop{l.name, l.title, key.(*token.PKCS11)})
		in, err := c.installation(ctx, l.name, c.now)
		if err != nil {
			t.Fatal(err)
		}
		code, err := town.Server.NewCode(ctx, demo.AuthorityID)
		if err != nil {
			t.Fatal(err)
		}
		hall, err := in.Enrol(ctx, town.Address(), code, l.label)
		if err == nil {
			err = hall.SetPerson(ctx, l.person)
		}
		if err == nil && l.name == "maire" {
			err = demo.Settle(ctx, hall)
		}
		if err == nil {
			_, err = hall.Exchange(ctx)
		}
		if err := errors.Join(err, in.Close()); err != nil {
			t.Fatal(err)
		}
	}
	told, err := json.Marshal(c.surroundings)
	if err != nil {
		t.Fatal(err)
	}
	c.file = filepath.Join(dir, "commune.json")
	if err := os.WriteFile(c.file, told, 0o600); err != nil {
		t.Fatal(err)
	}
}

// installation opens what a computer was joined to.
func (s surroundings) installation(ctx context.Context, name string, now func() time.Time) (*office.Office, error) {
	root, err := x509.ParseCertificate(s.Root)
	if err != nil {
		return nil, err
	}
	return office.Open(ctx, office.Options{Dir: filepath.Join(s.Folder, "laptops", name), Now: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Outside:    office.Outside{TimestampURL: s.Timestamp, Anchors: []*x509.Certificate{root}},
		Passphrase: func(context.Context) ([]byte, error) { return []byte(phrase), nil }})
}

// reopen opens the two computers of a commune again, as a desk's demonstration.
func reopen(ctx context.Context, _ io.Writer, now func() time.Time) (*opened, error) {
	o := &opened{}
	raw, err := os.ReadFile(os.Getenv("AIRIAL_TEST_COMMUNE"))
	if err != nil {
		return o, err
	}
	var s surroundings
	if err := json.Unmarshal(raw, &s); err != nil {
		return o, err
	}
	for _, l := range s.Laptops {
		in, err := s.installation(ctx, l.Name, now)
		if err != nil {
			return o, err
		}
		o.closes = append(o.closes, in.Close)
		hall, err := in.Hall(ctx, demo.AuthorityID)
		if err != nil {
			return o, err
		}
		o.seats = append(o.seats, &window.Seat{Name: l.Title, Office: in, Hall: hall, Token: l.Token})
	}
	return o, nil
}

// since gives the clock of a day that begins now.
func since(moment time.Time) func() time.Time {
	began := time.Now()
	return func() time.Time { return moment.Local().Add(time.Since(began)) }
}

// sound holds what is left of the month: both computers are whole and have the same entries, and the backup gives back
// what there was when it was made.
func (c *commune) sound(t *testing.T, dir string) {
	t.Helper()
	ctx := t.Context()
	entries := map[string]int64{}
	for _, l := range c.Laptops {
		in, err := c.installation(ctx, l.Name, c.now)
		if err != nil {
			t.Fatal(err)
		}
		hall, err := in.Hall(ctx, demo.AuthorityID)
		if err == nil {
			_, err = hall.Exchange(ctx)
		}
		if err != nil {
			t.Fatal(l.Name, err)
		}
		ill, err := in.Examine(ctx, demo.AuthorityID)
		if err != nil || !ill.Sound() || ill.Away > 0 {
			t.Errorf("%s: %+v %v", l.Name, ill, err)
		}
		entries[l.Name] = int64(ill.Entries)
		if l.Name == "secretariat" { // whose backup it is
			if n := restored(t, in, dir); n < 50 || n >= entries[l.Name] {
				t.Errorf("the backup holds %d entries of %d", n, entries[l.Name])
			}
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
	if entries["maire"] != entries["secretariat"] || entries["maire"] < 50 {
		t.Errorf("entries: %v", entries)
	}
	t.Logf("entries: %v", entries)
}

// restored opens the month's backup beside, and counts the entries that it gives back.
func restored(t *testing.T, in *office.Office, dir string) (entries int64) {
	t.Helper()
	ctx := t.Context()
	backups, err := filepath.Glob(filepath.Join(dir, "backups", "*.age"))
	if err != nil || len(backups) != 1 {
		t.Fatalf("backups: %v %v", backups, err)
	}
	beside := filepath.Join(t.TempDir(), "beside")
	if err := in.Restore(ctx, backups[0], demo.AuthorityID, beside); err != nil {
		t.Fatal(err)
	}
	db, err := in.OpenCopy(ctx, demo.AuthorityID, beside)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if found, err := db.Check(ctx, true); err != nil || len(found) > 0 {
		t.Errorf("the backup: %v %v", found, err)
	}
	if err := db.View(ctx, func(tx *store.Tx) error { return tx.Get(`SELECT count(*) FROM entry`, nil, &entries) }); err != nil {
		t.Fatal(err)
	}
	return entries
}

// A computer whose clock says 1970, then 2100, says so, and works on: what is done then is kept and known to the other computer,
// and all is well once the clock is right again.
func TestWrongClockInTheWindow(t *testing.T) {
	aside(t)
	dir := folderOf(t, "clock")
	c := &commune{}
	c.open(t, filepath.Join(dir, "commune"))
	for _, day := range []struct{ job, at string }{{"clock-wrong", "1970-01-01T01:30:00Z"}, {"clock-wrong", "2100-06-01T08:00:00Z"}, {"clock-right", c.now().Format(time.RFC3339)}} {
		playInTheWindow(t, day.job, dir, "AIRIAL_TEST_COMMUNE="+c.file, "AIRIAL_TEST_MOMENT="+day.at)
	}
}

// clockWrong makes a folder on a computer whose clock is wrong.
func (h *hands) clockWrong() error {
	mayor := h.seats[0]
	title := "Courrier de " + h.now().Format("2006")
	var id string
	return h.play([]step{
		{"is told of the clock", func() error { return h.see("L’horloge de cet ordinateur n’est pas celle du serveur") }},
		{"makes a folder all the same", func() error {
			path := filepath.Join(h.shots, title+".pdf")
			pdf, err := os.ReadFile(os.Getenv("AIRIAL_TEST_WINDOW"))
			return errors.Join(err, os.WriteFile(path, pdf, 0o600), h.pick(path), h.click("Parapheur"), h.click("Nouveau dossier…"), h.see("Page 1 sur 1"), h.click("Envoyer dans le circuit"), h.see("Le dossier est dans le circuit."))
		}},
		{"which the other computer receives", func() error {
			return h.until("it is there", func() (there bool) {
				var err error
				id, err = h.find(mayor, title, parapheur.All)
				if err != nil {
					return false
				}
				_, err = h.seats[1].Hall.Folders.Folder(h.ctx, id)
				return err == nil
			})
		}},
	})
}

// clockRight finds what was done under wrong clocks, with nothing left to say.
func (h *hands) clockRight() error {
	return h.play([]step{{"both folders are there", func() error {
		return errors.Join(h.see("À jour"), h.click("Parapheur"), h.click("À traiter"), h.click("En attente"), h.see("Courrier de 1970"), h.see("Courrier de 2100"))
	}}})
}
