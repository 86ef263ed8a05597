package window

import (
	"context"
	"fmt"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/shell"
	uisitting "alpi40.fr/airial/ui/sitting"
)

// MailReady implements the sitting page's office.
func (r *Room) MailReady(ctx context.Context) (bool, error) {
	a, err := r.seat().Hall.MailAccount(ctx)
	return a.Set(), explain.Error(err)
}

// MailSummons implements the sitting page's office.
func (r *Room) MailSummons(ctx context.Context, sitting string, m council.Mailing, progress func(done, of int)) (int, error) {
	person, err := r.Person(ctx)
	if err != nil {
		return 0, err
	}
	n, err := r.seat().Hall.MailSummons(ctx, person, sitting, m, progress)
	return n, explain.Error(err)
}

// PrintSummons implements the sitting page's office.
func (r *Room) PrintSummons(ctx context.Context, sitting, member string) ([]byte, error) {
	printed, err := r.seat().Hall.Registers.PrintSummons(ctx, sitting, member)
	return printed.PDF, explain.Error(err)
}

// toSummon are the sittings to come whose members were not all summoned, or not of a point added since.
func (r *Room) toSummon(ctx context.Context) (tasks []home.Task, err error) {
	c, today := r.seat().Hall.Council, authority.DayOf(r.now())
	all, err := c.Sittings(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Began() || s.Closed || authority.DayOf(s.At) < today {
			continue
		}
		sent, err := c.Deliveries(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		reached, members := 0, council.Proof(s, sent)
		for _, m := range members {
			if m.Best != nil && m.Best.State == council.Gone && !m.Further {
				reached++
			}
		}
		if reached == len(members) {
			continue
		}
		tasks = append(tasks, home.Task{Kind: "home.kind.formality", Title: fmt.Sprintf("Envoyer les convocations (%d sur %d) — séance du %s", reached, len(members), s.At.Format("02/01/2006")),
			Deadline: s.Summons.Latest.Time(), Late: s.Summons.Latest < today, Route: shell.Route{Page: uisitting.Name, Arg: "calls/" + s.ID}})
	}
	return tasks, nil
}
