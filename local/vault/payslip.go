package vault

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// Payslip is a document of a lot that the payroll hands over, as it is proposed for somebody. A person confirms each.
type Payslip struct {
	Name string // of the file
	// Person is whom it seems to be for; empty when nobody, or more than one, is named in it.
	Person string
	// Why is what it was recognised by.
	Why PayslipSign
	// First and Last are the pages of a document that holds several, from 1; 0: it is the whole document.
	First, Last int
}

// PayslipSign is what a payslip was recognised by.
type PayslipSign string

// The signs, the surest first.
const (
	// ByText: the whole name of one person alone stands in the document.
	ByText PayslipSign = "text"
	// ByName: it stands in the name of the file.
	ByName PayslipSign = "name"
	// ByNumber: the file's name has a number that a payslip of that person had before.
	ByNumber PayslipSign = "number"
	// Unsure: several people are named, or nobody is.
	Unsure PayslipSign = ""
)

// PayslipPrefix is what the names of the spaces begin with, each shared by who deposits and one agent.
const PayslipPrefix = "Bulletins de paie"

// number finds the numbers of agents in the names of files: dates and short numbers tell nothing.
var number = regexp.MustCompile(`[0-9]{3,}`)

// FindPayslip tells for whom a document seems to be. text is what is written in it, if it could be read; before are the names
// of the files that each person had, by her ID.
func FindPayslip(name, text string, people []authority.Person, before map[string][]string) Payslip {
	out := Payslip{Name: name}
	for _, look := range []struct {
		sign PayslipSign
		in   string
	}{{ByText, text}, {ByName, name}} {
		if found := peopleIn(look.in, people); len(found) == 1 {
			out.Person, out.Why = found[0], look.sign
			return out
		} else if len(found) > 1 {
			return out // two agents in one document: a person looks
		}
	}
	var found []string
	for id, names := range before {
		for _, n := range number.FindAllString(name, -1) {
			if !year(n) && slices.ContainsFunc(names, func(b string) bool { return slices.Contains(number.FindAllString(b, -1), n) }) {
				found = append(found, id)
				break
			}
		}
	}
	if len(found) == 1 {
		out.Person, out.Why = found[0], ByNumber
	}
	return out
}

// year: the digits are a month or a day rather than somebody's number.
func year(n string) bool {
	for _, of := range []string{"19", "20"} {
		if strings.HasPrefix(n, of) && (len(n) == 4 || len(n) == 6 || len(n) == 8) || len(n) >= 6 && strings.HasPrefix(n[len(n)-4:], of) && (len(n) == 6 || len(n) == 8) {
			return true
		}
	}
	return false
}

// peopleIn gives the people whose first and last names both stand in a text, as whole words. Of two people of whom one's names
// hold the other's (Anne MARTIN, Anne-Marie MARTIN), the longer is meant.
func peopleIn(text string, people []authority.Person) (ids []string) {
	if len(text) > maxWords {
		text = text[:maxWords]
	}
	bare := " " + words(text) + " "
	var spans []string
	for _, p := range people {
		first, last := words(p.FirstName), words(p.LastName)
		if first == "" || last == "" {
			continue
		}
		for _, whole := range []string{first + " " + last, last + " " + first} {
			if strings.Contains(bare, " "+whole+" ") {
				ids, spans = append(ids, p.ID), append(spans, whole)
				break
			}
		}
	}
	for i := 0; i < len(ids); i++ {
		for j := range ids {
			if i != j && len(spans[j]) > len(spans[i]) && strings.Contains(" "+spans[j]+" ", " "+spans[i]+" ") && strings.Count(bare, " "+spans[i]+" ") <= strings.Count(bare, " "+spans[j]+" ") {
				ids, spans = slices.Delete(ids, i, i+1), slices.Delete(spans, i, i+1)
				i--
				break
			}
		}
	}
	return ids
}

// words are those of a text, without accents, case or punctuation.
func words(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(french.Unaccented(text)), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	}), " ")
}

// PayslipsOf gives the spaces of payslips that actor shares with one agent each, by the agent.
func (v *Vault) PayslipsOf(ctx context.Context, actor string) (map[string]string, error) {
	all, err := v.Spaces(ctx, actor)
	out := map[string]string{}
	for _, s := range all {
		if s.Kind != Common || s.Closed || s.Locked || !strings.HasPrefix(s.Name, PayslipPrefix) || len(s.Members) != 2 || s.Role(actor, v.today()) != Manager {
			continue
		}
		for _, m := range s.Members {
			if m.Person != actor && m.Role == Reader {
				out[m.Person] = s.ID
			}
		}
	}
	return out, err
}

// PayslipSpace gives the space where actor deposits the payslips of an agent, and makes it at the first: the agent reads, who
// deposits manages, and nobody else has its key. Error: a refusal for oneself, whose own space is there.
func (v *Vault) PayslipSpace(ctx context.Context, actor string, agent authority.Person) (string, error) {
	if agent.ID == actor {
		return v.PersonalSpace(ctx, actor)
	}
	if !agent.In(v.today()) {
		return "", &rule.Refusal{Why: agent.Plain() + " n’est plus en fonction dans la collectivité.", Cure: "Remettez-lui son bulletin autrement, ou corrigez la page « Personnes »."}
	}
	there, err := v.PayslipsOf(ctx, actor)
	if err != nil || there[agent.ID] != "" {
		return there[agent.ID], err
	}
	return v.NewSpace(ctx, actor, PayslipPrefix+" de "+agent.Plain(), Member{Person: agent.ID, Role: Reader})
}
