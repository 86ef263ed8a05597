package window

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/assistant"
	"alpi40.fr/airial/local/services/conference"
	"alpi40.fr/airial/local/services/news"
	"alpi40.fr/airial/local/services/privacy"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/local/typeset/french"
	engines "alpi40.fr/airial/sync/conference"
	"alpi40.fr/airial/ui/help"
	"alpi40.fr/airial/ui/home"
	uiservices "alpi40.fr/airial/ui/services"
	"alpi40.fr/airial/ui/shell"
	uisitting "alpi40.fr/airial/ui/sitting"
)

// News implements the services page's office.
func (r *Room) News() *news.Board { return r.seat().Hall.News }

// FetchNews implements the services page's office.
func (r *Room) FetchNews(ctx context.Context) error {
	return explain.Error(r.seat().Hall.FetchNews(ctx, nil))
}

// Privacy implements the services page's office.
func (r *Room) Privacy() *privacy.Office { return r.seat().Hall.Privacy }

// PrintRegister implements the services page's office.
func (r *Room) PrintRegister(ctx context.Context) ([]byte, error) {
	d, err := r.seat().Hall.PrintRegister(ctx)
	return d.PDF, explain.Error(err)
}

// ServicesWaiting implements the services page's office.
func (r *Room) ServicesWaiting(ctx context.Context) (int, error) {
	h := r.seat().Hall
	n, err := h.Counter.Waiting(ctx)
	if err != nil {
		return 0, err
	}
	more, err := h.Privacy.Waiting(ctx)
	return n + more, err
}

// atCounter is what waits at the services: breaches to tell the CNIL of within their hours, requests of data subjects, and what the
// agency asked back.
func (r *Room) atCounter(ctx context.Context) (tasks []home.Task, err error) {
	h, now := r.seat().Hall, r.now()
	to := func(place string) shell.Route { return shell.Route{Page: uiservices.Name, Arg: place} }
	breaches, err := h.Privacy.Breaches(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range breaches {
		if b.Waits() {
			before := privacy.NotifyBefore(b.Aware)
			tasks = append(tasks, home.Task{Kind: "home.kind.breach", Title: b.Title, Deadline: before, Late: now.After(before), Route: to("privacy/breach/" + b.ID)})
		}
	}
	subjects, err := h.Privacy.Requests(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range subjects {
		if s.Waits() {
			tasks = append(tasks, home.Task{Kind: "home.kind.subject", Title: s.Name, Deadline: s.Deadline().Time(), Late: authority.DayOf(now) > s.Deadline(), Route: to("privacy/request/" + s.ID)})
		}
	}
	asked, err := h.Counter.List(ctx)
	for _, q := range asked {
		if q.Waits(now) {
			tasks = append(tasks, home.Task{Kind: "home.kind.request", Title: cmp.Or(q.Title, q.Certificate.Subject), Route: to("request/" + q.ID)})
		}
	}
	return tasks, err
}

// answers is how many passages answer a question at most.
const answers = 6

// Ask implements the services page's office: the help, the known problems, and the articles that
// the libraries cite are searched together.
func (r *Room) Ask(ctx context.Context, question string) ([]assistant.Answer, error) {
	c, err := r.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var all []assistant.Passage
	for _, p := range help.Passages() {
		all = append(all, assistant.Passage{Source: "help", Page: p.Title, Part: p.Part, Text: p.Text, Place: p.Page})
	}
	for _, p := range c.Problems {
		all = append(all, assistant.Passage{Source: "problem", Page: p.Title, Text: strings.TrimSpace(p.Cure), Part: ""})
	}
	for _, l := range c.Letters {
		all = append(all, assistant.Passage{Source: "letter", Page: l.Title, Text: l.Text})
	}
	all = append(all, r.seat().Hall.LawPassages()...)
	return assistant.New(all).Ask(question, answers), nil
}

// School implements the services page's office.
func (r *Room) School() *training.School { return r.seat().Hall.School }

// HasModule implements the services page's office.
func (r *Room) HasModule(m services.Module) bool { return r.seat().Office.HasParcel(m.Parcel) }

// FetchModule implements the services page's office.
func (r *Room) FetchModule(ctx context.Context, m services.Module) error {
	return explain.Error(r.seat().Hall.FetchModule(ctx, m))
}

// RemoveModule implements the services page's office.
func (r *Room) RemoveModule(m services.Module) error {
	return explain.Error(r.seat().Office.RemoveParcel(m.Parcel))
}

// Module implements the services page's office.
func (r *Room) Module(ctx context.Context, m services.Module) (*training.Content, error) {
	c, err := r.seat().Office.Module(ctx, m)
	return c, explain.Error(err)
}

// PlayModule implements the services page's office.
func (r *Room) PlayModule(ctx context.Context, person string, m services.Module) (string, error) {
	address, err := r.seat().Hall.PlayModule(ctx, person, m)
	return address, explain.Error(err)
}

// PrintTraining implements the services page's office.
func (r *Room) PrintTraining(ctx context.Context, m services.Module) ([]byte, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return nil, err
	}
	d, err := h.TrainingCertificate(ctx, person, m)
	return d.PDF, explain.Error(err)
}

// Diary implements the services page's office.
func (r *Room) Diary() *conference.Diary { return r.seat().Hall.Diary }

// Sittings implements the services page's office.
func (r *Room) Sittings(ctx context.Context) (all []uiservices.Sitting, err error) {
	sittings, err := r.Council().Sittings(ctx)
	for _, s := range sittings {
		if s.At.After(r.now()) {
			all = append(all, uiservices.Sitting{ID: s.ID, Title: "Séance du " + french.Date(s.At), At: s.At})
		}
	}
	return all, err
}

// JoinConference implements the services page's office.
func (r *Room) JoinConference(ctx context.Context, person string, m conference.Meeting) (string, error) {
	address, err := r.seat().Hall.JoinConference(ctx, person, m, nil)
	return address, explain.Error(err)
}

// DialConference implements the services page's office. What cannot be asked now is left out.
func (r *Room) DialConference(ctx context.Context, m conference.Meeting) (conference.Dial, error) {
	d, err := r.seat().Hall.DialConference(ctx, m, nil)
	if errors.Is(err, engines.ErrSecret) || errors.Is(err, engines.ErrOffline) {
		return conference.Dial{Number: m.Phone}, nil
	}
	return d, explain.Error(err)
}

// InviteConference implements the services page's office.
func (r *Room) InviteConference(ctx context.Context, person string, m conference.Meeting) (int, error) {
	n, err := r.seat().Hall.InviteConference(ctx, person, m)
	return n, explain.Error(err)
}

// Recordings implements the services page's office.
func (r *Room) Recordings(ctx context.Context, m conference.Meeting) ([]string, error) {
	all, err := r.seat().Hall.Recordings(ctx, m, nil)
	return all, explain.Error(err)
}

// NoteRecording implements the services page's office.
func (r *Room) NoteRecording(ctx context.Context, person string, m conference.Meeting, page string) error {
	return explain.Error(r.seat().Hall.NoteRecording(ctx, person, m, page))
}

// ConferencesOf implements the sittings page's office.
func (r *Room) ConferencesOf(ctx context.Context, sitting string) (all []uisitting.Conference, err error) {
	meetings, err := r.seat().Hall.ConferencesOf(ctx, sitting)
	for _, m := range meetings {
		all = append(all, uisitting.Conference{ID: m.ID, Title: m.Title, At: m.At, Phone: m.Phone})
	}
	return all, explain.Error(err)
}

// SetRoomSecret implements the services page's office.
func (r *Room) SetRoomSecret(ctx context.Context, room, secret string) error {
	return explain.Error(r.seat().Hall.SetRoomSecret(ctx, room, secret))
}

// Invitation implements the services page's office.
func (r *Room) Invitation(ctx context.Context, m conference.Meeting) ([]byte, error) {
	a, err := r.seat().Hall.MailAccount(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	return conference.Invitation(m, a.Address, r.now())
}
