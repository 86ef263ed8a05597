package desk

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/conference"
	"alpi40.fr/airial/sync/conference/conferencetest"
	"alpi40.fr/airial/sync/mail/mailtest"
	"alpi40.fr/airial/ui/lang"
)

// A room is booked for a sitting of the council, its guests are invited by mail without a line, the town hall enters as moderator and a
// guest by the page of her letter, the recording is found afterwards and noted in the sitting: with BigBlueButton, then with
// Jitsi, which asks for tokens and tells a code for the telephone.
func TestConferencesInTheWindow(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed")
	}
	if _, err := os.Stat("/usr/sbin/dovecot"); err != nil {
		t.Skip("dovecot is not installed")
	}
	atAgencyInTheWindow(t, "conferences")
}

// invitation is what a guest received.
type invitation struct {
	to, text, page string
	method         string
	event          ical.Event
}

// read reads a letter that left: its words, its page, its calendar.
func readInvitation(raw string) (in invitation, err error) {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return in, err
	}
	in.to = m.Header.Get("To")
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return in, fmt.Errorf("%s: %w", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return in, err
		}
		var body io.Reader = p
		switch strings.ToLower(p.Header.Get("Content-Transfer-Encoding")) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, p)
		case "quoted-printable":
			body = quotedprintable.NewReader(p)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return in, err
		}
		switch kind, params, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); kind {
		case "text/plain":
			in.text = string(text)
			in.page = regexp.MustCompile(`https://\S+`).FindString(in.text)
		case "text/calendar":
			in.method = params["method"]
			c, err := ical.NewDecoder(bytes.NewReader(text)).Decode()
			if err != nil || len(c.Events()) != 1 {
				return in, fmt.Errorf("the calendar: %w", err)
			}
			in.event = c.Events()[0]
		}
	}
	return in, nil
}

func (h *hands) conferences() error {
	l, err := h.letters()
	if err != nil {
		return err
	}
	defer l.stop()
	bbb := conferencetest.Start("secret du serveur")
	defer bbb.Close()
	jitsi := conferencetest.StartJitsi("mairies", "cle des jetons", h.now)
	defer jitsi.Close()
	mayor, secretary := h.seats[0], h.seats[1]
	typed := func(text string) error { return h.x("type", "--delay", "20", text) }
	instead := func(text string) error { return errors.Join(h.x("key", "ctrl+a"), typed(text)) }
	var meeting conference.Meeting
	booked := func(title string) error {
		return h.until("it is booked", func() bool {
			all, err := secretary.Hall.Diary.Meetings(h.ctx)
			for _, m := range all {
				if strings.Contains(m.Title, title) {
					meeting = m
					return err == nil
				}
			}
			return false
		})
	}
	var letters []invitation
	leave := func(n int) error {
		if err := h.until(fmt.Sprintf("%d letters leave", n), func() bool { return len(l.out.Taken()) == n }); err != nil {
			return err
		}
		letters = nil
		for _, raw := range l.out.Taken() {
			in, err := readInvitation(raw)
			if err != nil {
				return err
			}
			letters = append(letters, in)
		}
		return nil
	}
	entered := func(all []string, who string) error {
		for _, e := range all {
			if e == who {
				return nil
			}
		}
		return fmt.Errorf("%q did not enter: %q", who, all)
	}
	return h.play([]step{
		{"the agency offers two rooms, the secretary sits down", func() error {
			return errors.Join(h.browser(), h.catalogue(func(c *services.Catalogue) {
				c.Rooms = []services.Room{
					{ID: "conseil", Name: "Salle du conseil (BigBlueButton)", Engine: "bbb", Address: bbb.Address(), Phone: "05 36 49 00 45", Seats: 100, Record: true},
					{ID: "reunion", Name: "Salle de réunion (Jitsi)", Engine: "jitsi", Address: jitsi.Address(), App: jitsi.App, DialIn: jitsi.DialIn(), Seats: 50, Record: true},
				}
			}), secretary.Hall.SetMailAccount(h.ctx, office.MailAccount{Name: "Mairie de Saint-Airial-des-Pins", Address: mailtest.Login, Login: mailtest.Login, Imap: l.in.Server, Smtp: l.out.Server}, mailtest.Password),
				h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"))
		}},
		{"summons the council, and books a room for it", func() error {
			return errors.Join(h.click("Conseil"), h.summons(h.soon(20), "20h30"), h.see("3 exigés"), h.click("Convoquer"), h.see("La séance est convoquée."), h.click("Réserver une visioconférence…"), h.see("Réserver une salle"), h.see("Salle du conseil (BigBlueButton)"), h.shoot("form"))
		}},
		{"a hundred and one are too many, in words", func() error {
			return errors.Join(h.field("Participants"), instead("101"), h.click("Une adresse par ligne"), typed("jean.modele@exemple.example"), h.x("key", "Return"), typed("ines@exemple.example"), h.click("Enregistrer la réunion"),
				h.click("Réserver"), h.see("Cette salle accueille de 2 à 100 personnes."), h.shoot("hundred"), h.click("Fermer"))
		}},
		{"a hundred are not", func() error {
			return errors.Join(h.field("Participants"), instead("100"), h.click("Réserver"), h.see("Réunion enregistrée."), booked("Séance du"), h.see("05 36 49 00 45 ; le code se lit sur la page de la réunion."), h.see("Les invitations ne sont pas parties."))
		}},
		{"the secret of the server is asked for", func() error {
			return errors.Join(h.click("Entrer par le navigateur"), h.see("refuse le secret partagé"), h.shoot("nosecret"), h.click("Fermer"), h.click("Secret du serveur…"), h.see("l’agence donne le secret"), h.shoot("secret"), typed("secret du serveur"), h.x("key", "Return"), h.see("Secret gardé."),
				h.see("05 36 49 00 45, puis le code"), h.shoot("booked"))
		}},
		{"invites without a line: the letters leave when it is back", func() error {
			if err := errors.Join(h.leave(), h.click("Inviter par courriel"), h.see("Les invitations partent dès qu’il y a une ligne."), h.see("2 invitations"), h.comeBack(), leave(2)); err != nil {
				return err
			}
			for _, in := range letters {
				start, err := in.event.DateTimeStart(time.UTC)
				if err != nil || in.method != "REQUEST" || !start.Equal(meeting.At.Truncate(time.Second)) || !strings.Contains(in.page, "VIEWER") || !strings.Contains(in.text, "05 36 49 00 45, puis le code ") || !strings.Contains(in.text, "peut être enregistrée") || strings.Contains(in.text, "secret du") {
					return fmt.Errorf("%+v %w", in, err)
				}
			}
			return nil
		}},
		{"the town hall enters as moderator, a guest by her letter's page", func() error {
			if err := errors.Join(h.click("Entrer par le navigateur")); err != nil {
				return err
			}
			page, err := h.opened(bbb.URL)
			if err != nil {
				return err
			}
			_, err = h.chromium(page)
			_, err2 := h.chromium(letters[0].page)
			return errors.Join(err, err2, entered(bbb.Entered(), "Mme Solène BROUILLON as MODERATOR"), entered(bbb.Entered(), "jean.modele@exemple.example as VIEWER"))
		}},
		{"the sitting leads to its conference", func() error {
			return errors.Join(h.click("Ouvrir la séance"), h.see("Ouvrir la visioconférence"), h.shoot("sitting"), h.click("Ouvrir la visioconférence"), h.see("Inviter par courriel"))
		}},
		{"afterwards, no recording yet, then one, seen and noted in the sitting", func() error {
			h.pass(21*24*time.Hour - time.Hour)
			if err := errors.Join(h.click("Assistance"), h.click("Conférences"), h.see("passée"), h.click("Enregistrement"), h.see("Aucun enregistrement n’est encore publié.")); err != nil {
				return err
			}
			bbb.Record(meeting.ID, "https://video.exemple.example/seance")
			if err := errors.Join(h.click("Enregistrement"), h.see("https://video.exemple.example/seance"), h.shoot("recordings"), h.click("Voir dans le navigateur")); err != nil {
				return err
			}
			_, err := h.opened("https://video.exemple.example/seance")
			return errors.Join(err, h.click("Noter dans la séance"), h.see("L’enregistrement est noté dans la séance."), h.until("the sitting has it", func() bool {
				s, err := secretary.Hall.Council.Sitting(h.ctx, meeting.Sitting)
				return err == nil && s.Recording == "https://video.exemple.example/seance"
			}), h.click("Ouvrir la séance"), h.see("Séance du "+lang.LongDay(meeting.At)), h.shoot("noted"))
		}},
		{"books the room of Jitsi for a meeting", func() error {
			return errors.Join(h.click("Services"), h.see("Réserver une salle…"), h.click("Réserver une salle…"), h.click("Salle du conseil (BigBlueButton)"), h.click("Salle de réunion (Jitsi)"), h.field("Titre"), typed("Commission des travaux"),
				h.click("Une adresse par ligne"), typed("Jean MODELE <jean.modele@exemple.example>"), h.click("Enregistrer la réunion"), h.click("Réserver"), h.see("Réunion enregistrée."), booked("Commission des travaux"),
				h.click("Secret du serveur…"), typed("cle des jetons"), h.x("key", "Return"), h.see("Secret gardé."), h.see("+33 5 36 49 00 46, puis le code 154428 et la touche #"), h.shoot("jitsi"))
		}},
		{"invites, enters as owner, the guest as member", func() error {
			if err := errors.Join(h.click("Inviter par courriel"), h.see("1 invitation"), leave(3), h.click("Entrer par le navigateur")); err != nil {
				return err
			}
			page, err := h.opened(jitsi.URL)
			if err != nil {
				return err
			}
			in := letters[2]
			if in.method != "REQUEST" || !strings.Contains(in.text, "+33 5 36 49 00 46, puis le code 154428") || !strings.Contains(in.page, "jwt=") || strings.Contains(in.text, "cle des") {
				return fmt.Errorf("%+v", in)
			}
			host, err := h.chromium(page)
			_, err2 := h.chromium(in.page)
			_, err3 := h.chromium(strings.Split(in.page, "?")[0])
			if err := errors.Join(err, err2, err3, entered(jitsi.Entered(), "Mme Solène BROUILLON as owner"), entered(jitsi.Entered(), "Jean MODELE as member")); err != nil {
				return fmt.Errorf("%w: %s %q", err, host, jitsi.Refused())
			}
			return entered(jitsi.Refused(), "token required")
		}},
		{"the guest is no guest any more, and is told", func() error {
			if err := errors.Join(h.click("Modifier…"), h.click("jean.modele@exemple.example>"), instead("ines@exemple.example"), h.click("Réserver"), h.see("ne l’est plus"), h.see("Les invitations ne sont pas parties."), h.shoot("gone"), h.click("Inviter par courriel"), leave(5)); err != nil {
				return err
			}
			if m := letters[3].method + letters[4].method; m != "REQUESTCANCEL" && m != "CANCELREQUEST" {
				return fmt.Errorf("methods %s", m)
			}
			return nil
		}},
		{"the meeting is cancelled, and its guest told", func() error {
			if err := errors.Join(h.click("Annuler la réunion"), h.see("ne sont pas prévenus d’eux-mêmes"), h.shoot("cancel"), h.x("key", "Return"), h.see("Prévenir de l’annulation"), h.click("Prévenir de l’annulation"), leave(6), h.shoot("cancelled")); err != nil {
				return err
			}
			if letters[5].method != "CANCEL" || !strings.Contains(letters[5].text, "est annulée") {
				return fmt.Errorf("%+v", letters[5])
			}
			return nil
		}},
	})
}
