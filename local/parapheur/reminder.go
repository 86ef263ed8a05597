package parapheur

import (
	"context"
	"encoding/json"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Reminders say on which days whoever a folder waits for is reminded of it.
type Reminders struct {
	// Before is how many days before the deadline one is first reminded; the day itself one
	// is a second time. 0: not before it is late.
	Before int `json:"before"`
	// Late is how many days stand between two reminders of a late folder, the first of which
	// is the day after the deadline. 0: none once late.
	Late int `json:"late"`
}

// UsualReminders are those of a folder whose type says nothing else.
func UsualReminders() Reminders { return Reminders{Before: 3, Late: 2} }

// mostReminded bounds both numbers.
const mostReminded = 365

func (r Reminders) check() error {
	if r.Before < 0 || r.Before > mostReminded || r.Late < 0 || r.Late > mostReminded {
		return &rule.Refusal{Why: "Ces jours de rappel n’en sont pas.", Cure: "Écrivez un nombre de jours, de 0 (aucun rappel) à 365."}
	}
	return nil
}

// LastCall gives the latest day, up to today, on which a folder of that deadline is to be
// reminded of; empty when none has come.
func (r Reminders) LastCall(deadline, today authority.Day) authority.Day {
	if deadline == "" {
		return ""
	}
	over := deadline.Until(today) // days since the deadline
	switch {
	case over > 0 && r.Late > 0:
		return deadline.Plus(1 + (over-1)/r.Late*r.Late)
	case over >= 0 && r.Before > 0:
		return deadline
	case over >= -r.Before && r.Before > 0:
		return deadline.Plus(-r.Before)
	}
	return ""
}

// When nobody is disturbed by what the program has to say: a night at home, until the town
// hall opens. What is shown in its own window is not concerned.
const quietFrom, quietUntil = 20, 8

// Quiet tells whether an instant is within the quiet hours of its own zone.
func Quiet(t time.Time) bool { return t.Hour() >= quietFrom || t.Hour() < quietUntil }

// Reminder is a folder that waits for somebody, near its deadline or after it.
type Reminder struct {
	Folder   string
	Title    string
	Kind     StepKind
	Deadline authority.Day
	// Left is the days that remain, below 0 once late.
	Left int
	// Called is the day of the latest reminder.
	Called authority.Day
}

// Fresh keeps the reminders whose day has come since each folder was last spoken of; spoken
// maps folders to days.
func Fresh(all []Reminder, spoken map[string]authority.Day) (out []Reminder) {
	for _, r := range all {
		if r.Called > spoken[r.Folder] {
			out = append(out, r)
		}
	}
	return out
}

// Spoken is what is known once the fresh ones of all were told today: each folder is spoken of
// at most once a day, and those that wait no longer are forgotten.
func Spoken(all, fresh []Reminder, before map[string]authority.Day, today authority.Day) map[string]authority.Day {
	after := map[string]authority.Day{}
	for _, r := range all {
		if day, known := before[r.Folder]; known {
			after[r.Folder] = day
		}
	}
	for _, r := range fresh {
		after[r.Folder] = today
	}
	return after
}

// reminded is how many folders are looked at; the soonest deadlines come first.
const reminded = 500

// Reminders gives what a person is to be reminded of today, the soonest deadline first.
func (d *Desk) Reminders(ctx context.Context, person string) (out []Reminder, err error) {
	rows, err := d.List(ctx, person, ToDo, reminded)
	if err != nil {
		return nil, err
	}
	types, err := d.Types(ctx)
	if err != nil {
		return nil, err
	}
	own := map[string]Reminders{}
	for _, t := range types {
		own[t.ID] = t.reminders()
	}
	today := d.today()
	for _, row := range rows {
		r, known := own[row.Type]
		if !known {
			r = UsualReminders()
		}
		if call := r.LastCall(row.Deadline, today); call != "" && row.State == Running {
			out = append(out, Reminder{Folder: row.ID, Title: row.Title, Kind: row.StepKind, Deadline: row.Deadline, Left: today.Until(row.Deadline), Called: call})
		}
	}
	return out, nil
}

func (t FolderType) reminders() Reminders {
	if t.Remind != nil {
		return *t.Remind
	}
	return UsualReminders()
}

const settingSpoken = "parapheur.reminded"

// Remind gives the reminders that are fresh for one way of telling them («window», «system»),
// and keeps on this computer that they were told: each folder at most once a day.
func (d *Desk) Remind(ctx context.Context, person, way string) (fresh []Reminder, err error) {
	all, err := d.Reminders(ctx, person)
	if err != nil {
		return nil, err
	}
	err = d.j.Store().Update(ctx, func(tx *store.Tx) error {
		spoken := map[string]authority.Day{}
		text, err := tx.Setting(settingSpoken + "." + way)
		if err == nil && text != "" {
			err = json.Unmarshal([]byte(text), &spoken)
		}
		if err != nil {
			return err
		}
		if fresh = Fresh(all, spoken); len(fresh) == 0 {
			return nil
		}
		kept, err := json.Marshal(Spoken(all, fresh, spoken, d.today()))
		if err != nil {
			return err
		}
		return tx.SetSetting(settingSpoken+"."+way, string(kept))
	})
	return fresh, err
}
