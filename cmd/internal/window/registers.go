package window

import (
	"context"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/ui/home"
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
				if d.Finished || d.Deadline == "" {
					continue
				}
				tasks = append(tasks, home.Task{Kind: "home.kind.formality", Title: dueTitle(d.Step) + " — séance du " + f.Sitting.At.Format("02/01/2006"),
					Deadline: d.Deadline.Time(), Late: d.Late, Route: shell.Route{Page: uiregisters.Name, Arg: "sitting/" + f.Sitting.ID}})
			}
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

// dueTitle names a step that has a term in law.
func dueTitle(s registers.Step) string {
	return map[registers.Step]string{
		registers.StepSummons: "Afficher la convocation", registers.StepList: "Afficher et mettre en ligne la liste des délibérations",
		registers.StepDecision: "Rendre compte des décisions", registers.StepPublish: "Publier le procès-verbal",
	}[s]
}
