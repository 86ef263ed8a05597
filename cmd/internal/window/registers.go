package window

import (
	"context"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/legality"
	uipublication "alpi40.fr/airial/ui/publication"
	uiregisters "alpi40.fr/airial/ui/registers"
	"alpi40.fr/airial/ui/shell"
)

// Registers implements the registers page's office.
func (r *Room) Registers() *registers.Registers { return r.seat().Hall.Registers }

// SendSitting implements the registers page's office.
func (r *Room) SendSitting(ctx context.Context, sitting string, progress shell.Progress) (int, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return 0, err
	}
	sent, err := h.SendSitting(ctx, person, sitting, r.read, func(done, of int) { progress(done, of, "") })
	return sent, explain.Error(err)
}

// SendOrder implements the registers page's office.
func (r *Room) SendOrder(ctx context.Context, id string) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	_, err = h.SendOrder(ctx, person, id, r.read)
	return explain.Error(err)
}

// keepsRegisters tells who is reminded of what the law asks for after a sitting: who writes and who answers for it.
func keepsRegisters(p authority.Person) bool {
	return p.Has(authority.RoleSecretary) || p.Has(authority.RoleAdministrator) || p.Has(authority.RoleMayor)
}

// after is what sittings and acts ask of a person: the terms of the law, then what she was asked to do.
func (r *Room) after(ctx context.Context, person string) (tasks []home.Task, err error) {
	h := r.seat().Hall
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return nil, err
	}
	if p, ok := authority.Find(people, person); ok && keepsRegisters(p) {
		follows, err := h.Registers.All(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range follows {
			for _, d := range f.Dues {
				if title := dueTitle(d.Step); !d.Finished && title != "" {
					tasks = append(tasks, home.Task{Kind: "home.kind.formality", Title: title + " — séance du " + f.Sitting.At.Format("02/01/2006"),
						Deadline: d.Deadline.Time(), Late: d.Late, Route: shell.Route{Page: uiregisters.Name, Arg: "sitting/" + f.Sitting.ID}})
				}
			}
		}
		for _, more := range []func(context.Context) ([]home.Task, error){r.toSummon, r.made} {
			known, err := more(ctx)
			if err != nil {
				return nil, err
			}
			tasks = append(tasks, known...)
		}
	}
	asked, err := h.Registers.Followups(ctx, person)
	today := authority.DayOf(r.now())
	for _, f := range asked {
		arg := "order/" + f.Act
		if d, err := h.Council.Deliberation(ctx, f.Act); err == nil {
			arg = "sitting/" + d.Sitting
		}
		tasks = append(tasks, home.Task{Kind: "home.kind.followup", Title: strings.TrimSpace(f.What + " — " + f.Label), Deadline: f.Due.Time(),
			Late: f.Due != "" && f.Due < today, Route: shell.Route{Page: uiregisters.Name, Arg: arg}})
	}
	return tasks, err
}

// made is what signed acts ask for: to be transmitted, to be published, an answer to the préfecture. The list of a sitting is
// among what follows the sitting, and is not told twice.
func (r *Room) made(ctx context.Context) (tasks []home.Task, err error) {
	h := r.seat().Hall
	acts, err := h.ToLegality(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range acts {
		t := home.Task{Kind: "home.kind.legality", Title: "Transmettre au contrôle de légalité — " + a.Number + " " + a.Subject, Route: shell.Route{Page: legality.Name, Arg: a.ID}}
		switch {
		case a.Letter:
			t.Title = "La préfecture a écrit — " + a.Number + " " + a.Subject
		case a.Refused:
			t.Title = "Transmission refusée, à reprendre — " + a.Number + " " + a.Subject
		}
		tasks = append(tasks, t)
	}
	board, err := h.Public.Board(ctx)
	if err != nil {
		return nil, err
	}
	today := authority.DayOf(r.now())
	for _, a := range board.Acts {
		state := a.StateOn(today)
		if a.Kind == publication.List || a.Original == nil || state != publication.ToPublish && state != publication.Urgent {
			continue
		}
		due := a.Due()
		tasks = append(tasks, home.Task{Kind: "home.kind.publication", Title: strings.TrimSpace("Publier — " + a.Number + " " + a.Subject), Deadline: due.Time(), Late: state == publication.Urgent || due != "" && due < today,
			Route: shell.Route{Page: uipublication.Name, Arg: "publication/" + a.ID}})
	}
	return tasks, nil
}

// dueTitle names a step that somebody must think of; the others have their own place among what waits.
func dueTitle(s registers.Step) string {
	return map[registers.Step]string{
		registers.StepSummons: "Afficher la convocation", registers.StepList: "Afficher et mettre en ligne la liste des délibérations",
		registers.StepDecision: "Rendre compte des décisions", registers.StepMinutes: "Rédiger le procès-verbal", registers.StepPublish: "Publier le procès-verbal",
	}[s]
}
