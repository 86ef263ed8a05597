package office

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strings"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/rule"
	agency "alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/conference"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/local/typeset/french"
	engines "alpi40.fr/airial/sync/conference"
)

func (h *Hall) roomSecretName(room string) string { return "conference-" + h.id + "-" + room }

func settingRoomSecret(room string) string { return "conference.secret." + room }

// SetRoomSecret keeps the secret that a room's engine shares with this computer.
func (h *Hall) SetRoomSecret(ctx context.Context, room, secret string) error {
	return h.keepSecretAs(ctx, h.roomSecretName(room), settingRoomSecret(room), strings.TrimSpace(secret))
}

func (h *Hall) roomSecret(ctx context.Context, room string) (secret string, err error) {
	err = h.Store.View(ctx, func(tx *store.Tx) (err error) { secret, err = tx.Setting(settingRoomSecret(room)); return err })
	if err != nil || secret != "" {
		return secret, err
	}
	secret, err = keys.Secret(ctx, h.office.o.keys(), h.roomSecretName(room))
	if errors.Is(err, keys.ErrKeyMissing) || errors.Is(err, keys.ErrNoKeyring) {
		return "", nil
	}
	return secret, err
}

// engine gives a meeting's engine. transport may be nil. Errors: a refusal, those of sync/conference.
func (h *Hall) engine(ctx context.Context, m conference.Meeting, transport http.RoundTripper) (conference.Engine, error) {
	c, err := h.office.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range c.Rooms {
		if r.ID != m.Room {
			continue
		}
		secret, err := h.roomSecret(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		return engines.Engine(r, secret, transport)
	}
	return nil, &rule.Refusal{Why: "Cette salle n’est plus au catalogue de l’agence.", Cure: "Réservez-en une autre."}
}

// JoinConference opens the room of a meeting, and gives the page by which a person enters as its
// moderator. Errors: a refusal, those of sync/conference.
func (h *Hall) JoinConference(ctx context.Context, person string, m conference.Meeting, transport http.RoundTripper) (string, error) {
	if m.Cancelled {
		return "", &rule.Refusal{Why: "Cette réunion est annulée.", Cure: "Réservez-en une autre."}
	}
	e, err := h.engine(ctx, m, transport)
	if err != nil {
		return "", err
	}
	if err := e.Open(ctx, m); err != nil {
		return "", err
	}
	name, err := h.nameOf(ctx, person)
	if err != nil {
		return "", err
	}
	return e.Join(m, name, true)
}

// DialConference gives how somebody joins a meeting by phone. Errors: a refusal, those of sync/conference.
func (h *Hall) DialConference(ctx context.Context, m conference.Meeting, transport http.RoundTripper) (conference.Dial, error) {
	e, err := h.engine(ctx, m, transport)
	if err != nil {
		return conference.Dial{}, err
	}
	return e.Dial(ctx, m)
}

// Recordings gives where the recordings of a meeting are seen.
func (h *Hall) Recordings(ctx context.Context, m conference.Meeting, transport http.RoundTripper) ([]string, error) {
	e, err := h.engine(ctx, m, transport)
	if err != nil {
		return nil, err
	}
	return e.Recordings(ctx, m)
}

// InviteConference has one letter leave to each guest, with her page to join and a calendar; a
// meeting that is cancelled is told so, to all or to those who are guests no more. It gives how many leave. Errors: ErrNoMail, refusals.
func (h *Hall) InviteConference(ctx context.Context, actor string, m conference.Meeting) (int, error) {
	gone := m.Gone()
	if len(m.Guests)+len(gone) == 0 {
		return 0, &rule.Refusal{Why: "Personne n’est invité à cette réunion.", Cure: "Ajoutez des adresses."}
	}
	from, err := h.MailAccount(ctx)
	if err != nil {
		return 0, err
	}
	if !from.Set() {
		return 0, ErrNoMail
	}
	e, err := h.engine(ctx, m, nil)
	if err != nil {
		return 0, err
	}
	dial, err := e.Dial(ctx, m)
	if err != nil {
		// The invitation leaves all the same, as without a line: the page tells the code.
		h.office.o.Log.Info("asking how to join by phone", "error", err.Error())
	}
	m.Phone, m.Code = cmp.Or(dial.Number, m.Phone), dial.Code
	room, err := h.office.Room(ctx, m.Room)
	if err != nil {
		return 0, err
	}
	by := invitation{from: from, engine: e, opened: room.Engine == "bbb"}
	for _, guest := range m.Guests {
		if err := h.inviteOne(ctx, m, guest, by); err != nil {
			return 0, fmt.Errorf("inviting to %s: %w", m.Title, err)
		}
	}
	without := m
	without.Cancelled = true
	for _, guest := range gone {
		if err := h.inviteOne(ctx, without, guest, by); err != nil {
			return 0, fmt.Errorf("telling who is no guest any more of %s: %w", m.Title, err)
		}
	}
	if !m.Cancelled {
		if err := h.Diary.Invite(ctx, actor, m.ID, m.Guests); err != nil {
			return 0, err
		}
	}
	return len(m.Guests) + len(gone), nil
}

// NoteRecording notes in the sitting that a meeting was for where its recording is seen.
func (h *Hall) NoteRecording(ctx context.Context, actor string, m conference.Meeting, page string) error {
	if m.Sitting == "" {
		return &rule.Refusal{Why: "Cette réunion n’est pas celle d’une séance.", Cure: "Choisissez la séance dans la réunion."}
	}
	return h.Council.Record(ctx, actor, m.Sitting, council.KeepRecording{Link: page})
}

// ConferencesOf gives the meetings that are booked for a sitting of the council.
func (h *Hall) ConferencesOf(ctx context.Context, sitting string) (of []conference.Meeting, err error) {
	all, err := h.Diary.Meetings(ctx)
	for _, m := range all {
		if m.Sitting == sitting && !m.Cancelled {
			of = append(of, m)
		}
	}
	return of, err
}

// invitation is by what people are invited.
type invitation struct {
	from   MailAccount
	engine conference.Engine
	// opened: the room is not there before the town hall has opened it.
	opened bool
}

func (h *Hall) inviteOne(ctx context.Context, m conference.Meeting, guest string, by invitation) error {
	a, err := mail.ParseAddress(guest)
	if err != nil {
		return &rule.Refusal{Why: "« " + guest + " » n’est pas une adresse de courriel.", Cure: "Corrigez-la dans la réunion."}
	}
	name := a.Name
	if name == "" {
		name = a.Address
	}
	one := m
	one.Guests = []string{a.Address}
	at := h.office.o.Now().Location()
	subject, text := "Invitation : "+m.Title, "Bonjour,\n\nNous vous invitons à la réunion « "+m.Title+" », le "+french.DateTime(m.At.In(at))+"."
	if m.Cancelled {
		subject, text = "Annulation : "+m.Title, "Bonjour,\n\nLa réunion « "+m.Title+" », prévue le "+french.DateTime(m.At.In(at))+", est annulée."
	} else {
		if one.Where, err = by.engine.Join(m, name, false); err != nil {
			return err
		}
		text += "\n\nPour entrer, ouvrez cette page dans un navigateur ; elle est à votre nom :\n" + one.Where
		if by.opened {
			text += "\n\nLa salle s’ouvre quand la mairie y entre : si la page dit que la réunion n’existe pas, essayez de nouveau à l’heure dite."
		}
		if m.Phone != "" {
			text += "\n\nPar téléphone : " + m.Phone
			if m.Code != "" {
				text += ", puis le code " + m.Code + " et la touche #"
			} else {
				text += " ; le code se lit sur la page de la réunion"
			}
		}
		if m.Record {
			text += "\n\nCette réunion peut être enregistrée."
		}
		if m.About != "" {
			text += "\n\n" + m.About
		}
	}
	calendar, err := conference.Invitation(one, by.from.Address, h.office.o.Now())
	if err != nil {
		return err
	}
	id, err := h.Mail.Of(by.from.ID).SaveLetter(ctx, mailbox.Letter{To: a.String(), Subject: subject, Text: text + "\n\n" + by.from.Name})
	if err == nil {
		err = h.Mail.Join(ctx, id, "invitation.ics", calendar)
	}
	if err != nil {
		return err
	}
	return h.SendLetter(ctx, id)
}

// Room gives one of the catalogue's.
func (o *Office) Room(ctx context.Context, id string) (agency.Room, error) {
	c, err := o.Catalogue(ctx)
	if err != nil {
		return agency.Room{}, err
	}
	for _, r := range c.Rooms {
		if r.ID == id {
			return r, nil
		}
	}
	return agency.Room{}, &rule.Refusal{Why: "Cette salle n’est pas au catalogue de l’agence.", Cure: "Choisissez-en une autre."}
}
