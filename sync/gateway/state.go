package gateway

import (
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/parapheur"
)

// The states of a folder and of the lines of its history, in the service's own words.
const (
	unread        = "NonLu"
	read          = "Lu"
	approving     = "EnCoursVisa"
	approved      = "Vise"
	signed        = "Signe"
	sealing       = "PretCachet"
	sealed        = "CachetOK"
	archived      = "Archive"
	refusedVisa   = "RejetVisa"
	refusedSigner = "RejetSignataire"
	refusedSeal   = "RejetCachet"
)

// line is a line of a folder's history.
type line struct {
	at     time.Time
	name   string
	status string
	note   string
}

// waiting is the state of a folder that waits at a step.
func waiting(k parapheur.StepKind, seen bool) string {
	switch {
	case k == parapheur.Seal:
		return sealing
	case !k.Signs():
		return approving
	case seen:
		return read
	}
	return unread
}

// refused is the state of a folder that was refused at a step of that kind.
func refused(k parapheur.StepKind) string {
	switch k {
	case parapheur.Seal:
		return refusedSeal
	case parapheur.Signature:
		return refusedSigner
	}
	return refusedVisa
}

func stepKind(f *parapheur.Folder, step int) parapheur.StepKind {
	if step < 0 || step >= len(f.Route) {
		return parapheur.Approval
	}
	return f.Route[step].Kind
}

// status is the state of a folder now.
func status(f *parapheur.Folder) string {
	switch f.State {
	case parapheur.Done:
		return archived
	case parapheur.Refused, parapheur.Withdrawn:
		return refused(stepKind(f, f.Step))
	case parapheur.Draft:
		return unread
	}
	return waiting(stepKind(f, f.Step), f.Read)
}

// history tells a folder's life line by line. Business software reads the last line for the
// state, and looks for Vise, Signe or Rejet… among them.
func history(f *parapheur.Folder, t parapheur.Town) (lines []line) {
	step := 0
	for i, e := range f.History {
		l := line{at: e.At, name: t.Name(e.Person), note: e.Note}
		kind := stepKind(f, e.Step)
		switch e.Kind {
		case parapheur.KindImported:
			l.status, l.note = unread, "Création de dossier"
		case parapheur.KindSent:
			l.status, l.note = unread, "Emission du dossier"
			lines = append(lines, l)
			l = put(f, 0, l)
		case parapheur.KindApproved, parapheur.KindSigned:
			l.status = map[parapheur.StepKind]string{parapheur.Signature: signed, parapheur.Seal: sealed}[kind]
			if l.status == "" {
				l.status = approved
			}
			if l.note == "" {
				l.note = f.Route[min(e.Step, len(f.Route)-1)].Title
			}
			step = e.Step + 1
		case parapheur.KindRefused, parapheur.KindWithdrawn:
			l.status = refused(kind)
			if e.Kind == parapheur.KindWithdrawn {
				l.note = strings.TrimSpace("Dossier retiré par son auteur. " + l.note)
			}
		case parapheur.KindReturned, parapheur.KindTakenBack:
			step = max(e.Step-1, 0)
			if e.Kind == parapheur.KindTakenBack {
				step = e.Step
			}
			l.status = waiting(stepKind(f, step), false)
		case parapheur.KindRaised:
			continue // a timestamp is nobody's act
		default:
			l.status = waiting(stepKind(f, step), true)
		}
		lines = append(lines, l)
		if acted := e.Kind == parapheur.KindApproved || e.Kind == parapheur.KindSigned; acted && !last(f, i) && step < len(f.Route) {
			lines = append(lines, put(f, step, l))
		}
	}
	if f.State == parapheur.Done {
		end := line{at: f.Changed, status: archived, note: "Circuit terminé, dossier archivable"}
		if n := len(lines); n > 0 {
			end.at, end.name = lines[n-1].at, lines[n-1].name
		}
		lines = append(lines, end)
	}
	return lines
}

// put is the line that says where a folder waits.
func put(f *parapheur.Folder, step int, after line) line {
	if step >= len(f.Route) {
		return after
	}
	kind := f.Route[step].Kind
	what := map[parapheur.StepKind]string{parapheur.Signature: "signature", parapheur.Seal: "cachet serveur"}[kind]
	if what == "" {
		what = "Visa"
	}
	after.status, after.note = waiting(kind, false), "Dossier déposé sur le bureau « "+f.Route[step].Title+" » pour "+what
	return after
}

// last tells whether an event ended the folder.
func last(f *parapheur.Folder, i int) bool {
	return f.State == parapheur.Done && !slices.ContainsFunc(f.History[i+1:], func(e parapheur.Event) bool {
		return e.Kind == parapheur.KindApproved || e.Kind == parapheur.KindSigned
	})
}

// The type and sub-type of folders of no type of the authority's own.
const (
	usualType    = "Airial"
	usualSubType = "Circuit habituel"
)

// split gives the type and the sub-type of a type's name.
func split(name string) (kind, sub string) {
	kind, sub, found := strings.Cut(name, "›")
	kind, sub = strings.TrimSpace(kind), strings.TrimSpace(sub)
	if !found || sub == "" {
		sub = kind
	}
	return kind, sub
}

// offered gives the types that are, each with its sub-types, in their order.
func offered(types []parapheur.FolderType) (kinds []string, subs map[string][]string) {
	subs = map[string][]string{usualType: {usualSubType}}
	for _, t := range types {
		if t.Retired {
			continue
		}
		kind, sub := split(t.Name)
		if _, known := subs[kind]; !known {
			kinds = append(kinds, kind)
		}
		subs[kind] = append(subs[kind], sub)
	}
	return append(kinds, usualType), subs
}

// typeOf gives the id of a type by its type and sub-type, "" for the usual one.
func typeOf(types []parapheur.FolderType, kind, sub string) (id string, found bool) {
	kind, sub = strings.TrimSpace(kind), strings.TrimSpace(sub)
	for _, t := range types {
		if k, s := split(t.Name); !t.Retired && strings.EqualFold(k, kind) && strings.EqualFold(s, sub) {
			return t.ID, true
		}
	}
	return "", strings.EqualFold(kind, usualType) && strings.EqualFold(sub, usualSubType)
}

// typeNames gives the type and sub-type of a folder.
func typeNames(types []parapheur.FolderType, f *parapheur.Folder) (kind, sub string) {
	for _, t := range types {
		if t.ID == f.Type {
			return split(t.Name)
		}
	}
	return usualType, usualSubType
}
