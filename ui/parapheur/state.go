package parapheur

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

// view is a folder as the detail pane shows it.
type view struct {
	folder   *parapheur.Folder
	town     parapheur.Town
	mine     bool
	conflict *parapheur.Conflict
}

// may tells which acts are open to the person.
func (v *view) may() (approve, sign, refuse, takeBack bool) {
	if v == nil || v.conflict != nil {
		return
	}
	if !v.mine {
		return false, false, false, v.folder.State == parapheur.Running && v.folder.Step > 0
	}
	kind := v.folder.Route[v.folder.Step].Kind
	return kind != parapheur.Signature, kind == parapheur.Signature, true, false
}

// badge is a row's state: a meaning, and the key of its word.
func badge(r parapheur.Row) (widgets.Meaning, string) {
	switch {
	case r.Conflict:
		return widgets.Late, "parapheur.badge.conflict"
	case r.Late:
		return widgets.Late, "parapheur.badge.late"
	case r.State == parapheur.Refused:
		return widgets.Refused, "parapheur.badge.refused"
	case r.Offline:
		return widgets.Waiting, "parapheur.badge.offline"
	case r.State == parapheur.Done:
		return widgets.Done, "parapheur.badge.done"
	case r.State == parapheur.Withdrawn:
		return widgets.Plain, "parapheur.badge.withdrawn"
	case r.Mine && r.StepKind == parapheur.Signature:
		return widgets.Waiting, "parapheur.badge.sign"
	case r.Mine:
		return widgets.Waiting, "parapheur.badge.approve"
	case r.State == parapheur.Draft:
		return widgets.Plain, "parapheur.badge.draft"
	}
	return widgets.Plain, "parapheur.badge.running"
}

// detail is a row's second line.
func detail(r parapheur.Row, deadline func(day string) string) string {
	text := r.Step
	if text == "" {
		text = string(r.Kind)
	}
	if r.Deadline != "" && r.State == parapheur.Running {
		text += " · " + deadline(lang.Day(r.Deadline.Time()))
	}
	return text
}

func dayOf(t time.Time) authority.Day { return authority.DayOf(t) }
