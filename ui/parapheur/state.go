package parapheur

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

// view is a folder as the detail pane shows it.
type view struct {
	folder   *parapheur.Folder
	town     parapheur.Town
	person   string // who looks
	day      authority.Day
	mine     bool
	conflict *parapheur.Conflict
	// answers are those of Hélios, as the folder's Receipts; nil for one that cannot be read.
	answers []*pes.Receipt
	// formal are what the official schemas say against these answers.
	formal [][]pes.Remark
	// review is the transmission of the act to the legality review, nil where there is none to come.
	review *Review
	// trouble is why the third party could not be reached lately.
	trouble error
}

// acts are those that are open to the person.
type acts struct {
	approve, sign, refuse, takeBack, sendBack, reassign, opinion, add bool
	// handOver has the flows or the act transmitted, handBack takes that back while nothing has
	// left; leaveOut says why the act is not to be transmitted.
	handOver, handBack, leaveOut bool
	// withdraw takes off its route a folder of one's own.
	withdraw bool
}

func (v *view) may() acts {
	if v == nil || v.conflict != nil || v.folder.State != parapheur.Running {
		return acts{}
	}
	if v.folder.HandingOver() {
		return acts{handBack: parapheur.MayHandBack(v.folder, v.town, v.person, v.day) == nil}
	}
	kind := v.folder.Route[v.folder.Step].Kind
	signing := kind.Signs()
	a := acts{reassign: !signing && (v.mine || v.folder.Author == v.person)}
	a.opinion = v.mine || v.folder.Author == v.person
	a.withdraw = parapheur.MayWithdraw(v.folder, v.person) == nil
	if !v.mine {
		a.takeBack = parapheur.MayTakeBack(v.folder, v.person) == nil
		return a
	}
	handing := kind.Hands()
	a.handOver, a.leaveOut = handing && !v.folder.Rejected(), kind == parapheur.LegalityReview
	a.approve, a.sign, a.refuse = !signing && !handing, signing, true
	a.add = v.folder.Route[v.folder.Step].MayAdd
	a.sendBack = parapheur.MaySendBack(v.folder, "…") == nil
	return a
}

// badge is a row's state: a meaning, and the key of its word.
func badge(r parapheur.Row) (widgets.Meaning, string) {
	switch {
	case r.Conflict:
		return widgets.Late, "parapheur.badge.conflict"
	case r.Asked:
		return widgets.Waiting, "parapheur.badge.asked"
	case r.Late:
		return widgets.Late, "parapheur.badge.late"
	case r.State == parapheur.Refused:
		return widgets.Refused, "parapheur.badge.refused"
	case r.Rejected:
		return widgets.Refused, "parapheur.badge.rejected"
	case r.Handover == parapheur.HandoverForwarded && r.StepKind == parapheur.LegalityReview:
		return widgets.Waiting, "parapheur.badge.handover.forwarded.review"
	case r.Handover != "":
		return handoverMeaning(r.Handover), "parapheur.badge.handover." + string(r.Handover)
	case r.Mine && r.StepKind.Hands():
		return widgets.Waiting, "parapheur.badge.transmit"
	case r.Offline:
		return widgets.Waiting, "parapheur.badge.offline"
	case r.State == parapheur.Done:
		return widgets.Done, "parapheur.badge.done"
	case r.State == parapheur.Withdrawn:
		return widgets.Plain, "parapheur.badge.withdrawn"
	case r.Mine && r.StepKind.Signs():
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
