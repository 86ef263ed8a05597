package registers

import (
	"fmt"
	"strings"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// What the record of the evening says of a sitting, in the words of minutes.

func nameOf(s council.Sitting, id string) string {
	m, _ := s.Member(id)
	return m.Name
}

// noted are what was written down on a point while it was discussed: «Mme Exemple : …».
func notedOn(s council.Sitting, point string) []string {
	var out []string
	for _, n := range s.Notes {
		if n.Point != point || strings.TrimSpace(n.Text) == "" {
			continue
		}
		text := n.Text
		if name := nameOf(s, n.By); name != "" {
			text = name + " : " + text
		}
		out = append(out, text)
	}
	return out
}

// beginnings are the facts of the opening that are not those of a point.
func beginnings(s council.Sitting) []string {
	var out []string
	for _, p := range s.Presidents {
		if p.Point == "" {
			out = append(out, presides(s, p, "la séance"))
		}
	}
	if len(s.Auxiliaries) > 0 {
		out = append(out, "Auxiliaires du secrétaire, sans voix: "+strings.Join(s.Auxiliaries, ", ")+".")
	}
	if r := s.Remote; r != nil {
		out = append(out, "La séance se tient par visioconférence, dans plusieurs lieux: "+strings.Join(r.Sites, ", ")+" (CGCT, art. L. 5211-11-1).")
	}
	if u := s.Urgency; u != nil {
		words := "L’assemblée se prononce sur l’urgence et la rejette."
		if u.Accepted {
			words = "L’assemblée se prononce sur l’urgence et l’admet."
		}
		var later []string
		for _, id := range u.Postponed {
			item, _ := s.Item(id)
			later = append(later, item.Subject)
		}
		if len(later) > 0 {
			words += " Sont renvoyés à une séance ultérieure: " + french.List(later) + "."
		}
		out = append(out, words)
	}
	for _, p := range s.Proxies {
		if p.Hour != "" {
			out = append(out, "Pouvoir de "+nameOf(s, p.From)+" à "+nameOf(s, p.To)+" remis en séance à "+hours(p.Hour)+".")
		}
	}
	for _, f := range s.Former {
		why := "révoqué"
		if f.Arrival {
			why = "sans objet depuis son arrivée"
		}
		out = append(out, "Pouvoir de "+nameOf(s, f.From)+" à "+nameOf(s, f.To)+", du "+french.Date(f.Day.Time())+", "+why+" à "+hours(f.Until)+".")
	}
	return append(out, during(s, "")...)
}

// endings are the facts of the end.
func endings(s council.Sitting) []string {
	if !s.LackedQuorum {
		return nil
	}
	words := "Le quorum n’étant plus réuni, la séance prend fin (CGCT, art. L. 2121-17)"
	var left []string
	for _, id := range s.Remaining() {
		item, _ := s.Item(id)
		left = append(left, item.Subject)
	}
	if len(left) > 0 {
		words += "; restent à examiner, après une seconde convocation: " + french.List(left)
	}
	return []string{words + "."}
}

// subject is what a point is about: as its deliberation says once it has its number, else as it was announced.
func subject(item council.Item, d council.Deliberation) string {
	if said := d.Text.Subject(); d.Number != "" && said != "" {
		return said
	}
	return item.Subject
}

// reporter is who presents a point: as its text names her, else as the agenda does.
func reporter(s council.Sitting, item council.Item, d council.Deliberation) string {
	if d.Text.Reporter != "" {
		return d.Text.Reporter
	}
	return nameOf(s, item.Reporter)
}

// during are closed doors and suspensions on a point, or outside any.
func during(s council.Sitting, point string) []string {
	var out []string
	for _, d := range s.ClosedDoors {
		if d.Point != point {
			continue
		}
		who := "à la demande de " + french.Count(d.Asked, "membre", "membres")
		if d.ByChair {
			who = "à la demande du président"
		}
		words := fmt.Sprintf("À %s, le huis clos est mis aux voix sans débat, %s: %d voix sur %d", hours(d.From), who, d.For, d.Voters)
		switch {
		case !d.Adopted:
			words += "; il est rejeté."
		case d.To == "":
			words += "; il est décidé."
		default:
			words += "; il est décidé, et la séance redevient publique à " + hours(d.To) + "."
		}
		out = append(out, words+" (CGCT, art. L. 2121-18)")
	}
	for _, p := range s.Suspensions {
		if p.Point != point {
			continue
		}
		words := "La séance est suspendue à " + hours(p.From)
		if p.To != "" {
			words = "La séance est suspendue de " + hours(p.From) + " à " + hours(p.To)
		}
		if name := nameOf(s, p.By); name != "" {
			words += ", à la demande de " + name
		}
		out = append(out, words+".")
	}
	return out
}

func hours(h string) string { return council.HourInWords(h) }

func presides(s council.Sitting, p council.Presidency, what string) string {
	why := map[council.Title]string{
		council.StandsIn: "dans l’ordre du tableau (CGCT, art. L. 2122-17)", council.Eldest: "comme membre le plus âgé (CGCT, art. L. 2122-8)",
		council.Elected: "par élection de l’assemblée (CGCT, art. L. 2121-14)",
	}[p.Title]
	words := nameOf(s, p.Member) + " préside " + what
	if p.Hour != "" {
		words += " à partir de " + hours(p.Hour)
	}
	if why != "" {
		words += ", " + why
	}
	return words + "."
}

// events are what happened on a point beside its discussion and its vote.
func events(s council.Sitting, item council.Item) []string {
	var out []string
	if item.Supplement != "" {
		out = append(out, "Point ajouté par la convocation complémentaire du "+french.Date(item.Supplement.Time())+".")
	}
	for _, o := range s.Openings {
		if o.Point == item.Deliberation && o.Hour != "" {
			out = append(out, "Point mis en discussion à "+hours(o.Hour)+". "+o.Quorum.Words)
		}
	}
	for _, p := range s.Presidents {
		if p.Point == item.Deliberation {
			out = append(out, presides(s, p, "ce point"))
		}
	}
	for _, words := range item.OpinionsInWords() {
		out = append(out, "Avis: "+words)
	}
	out = append(out, during(s, item.Deliberation)...)
	for _, a := range s.Amendments {
		if a.Point != item.Deliberation {
			continue
		}
		words := "Amendement de " + nameOf(s, a.Author) + ": « " + a.Text + " »"
		switch {
		case a.Withdrawn:
			words += ", retiré."
		case a.Vote != nil:
			words += ". " + a.Vote.Why
		default:
			words += "."
		}
		out = append(out, words)
	}
	for _, n := range s.Nominations {
		if n.Point == item.Deliberation {
			out = append(out, n.Sentences()...)
		}
	}
	return out
}

// endedWithout tells how a point ended that was not voted.
func endedWithout(s council.Sitting, point string) string {
	for _, a := range s.Aside {
		if a.Point != point {
			continue
		}
		words := map[council.Settling]string{council.Postponed: "Point renvoyé à une autre séance", council.Withdrawn: "Point retiré de l’ordre du jour", council.Informed: "Communication, sans vote"}[a.As]
		if a.Why != "" {
			words += ": " + a.Why
		}
		return strings.TrimSuffix(words, ".") + "."
	}
	return ""
}

func passages(texts []string) []typeset.Passage {
	var out []typeset.Passage
	for _, t := range texts {
		out = append(out, typeset.Passage{Text: t})
	}
	return out
}
