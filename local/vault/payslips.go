package vault

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
)

// matricule finds the number of an agent in a payslip.
var matricule = regexp.MustCompile(`(?i)(?:matricule|n[°ºo]\s*(?:d.)?\s*agent)[^0-9\n]{0,24}([0-9]{2,})`)

// follows finds the pages that say that they are not the first of theirs: «page 2/3», «page 2 sur 3».
var follows = regexp.MustCompile(`(?i)page\s*(?:n°\s*)?(?:[2-9]|[1-9][0-9])\s*(?:/|sur|de)\s*[0-9]`)

// SplitPayslips tells for whom the pages of one document seem to be, from their texts: payroll programs often write all the
// payslips of a month into one. Pages in a row for one agent are one payslip. A page that names nobody is known by its
// agent's number, where a page that names her or a former payslip has it, or follows the one before when it says that it is not
// a first page; any other is a payslip of nobody, and a person says whose. A document in which fewer than two agents are
// recognised is not split: nil. before is as FindPayslip has it.
func SplitPayslips(name string, pages []string, people []authority.Person, before map[string][]string) []Payslip {
	all := make([]Payslip, len(pages))
	numbers := map[string]string{} // of agents: a number of two is of nobody
	know := func(n, person string) {
		if n = strings.TrimLeft(n, "0"); n == "" {
			return
		}
		if of, known := numbers[n]; known && of != person {
			person = ""
		}
		numbers[n] = person
	}
	for person, names := range before {
		for _, former := range names {
			for _, n := range number.FindAllString(former, -1) {
				if !year(n) {
					know(n, person)
				}
			}
		}
	}
	named := make([]int, len(pages))
	for i, text := range pages {
		found := peopleIn(text, people)
		if named[i] = len(found); len(found) == 1 {
			all[i].Person, all[i].Why = found[0], ByText
			for _, n := range matricules(text) {
				know(n, found[0])
			}
		}
	}
	for i, text := range pages {
		if named[i] == 1 {
			continue
		}
		var of []string
		for _, n := range matricules(text) {
			if person := numbers[strings.TrimLeft(n, "0")]; person != "" && !slices.Contains(of, person) {
				of = append(of, person)
			}
		}
		if len(of) == 1 {
			all[i].Person, all[i].Why = of[0], ByNumber
		}
	}
	for i, text := range pages { // those before are settled
		if i > 0 && all[i].Person == "" && named[i] == 0 && all[i-1].Person != "" && follows.MatchString(text) {
			all[i].Person, all[i].Why = all[i-1].Person, all[i-1].Why
		}
	}
	return joinedPages(name, all, people)
}

func matricules(text string) (all []string) {
	for _, m := range matricule.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// joinedPages makes one payslip of the pages in a row that are for one agent.
func joinedPages(name string, pages []Payslip, people []authority.Person) (out []Payslip) {
	agents := map[string]bool{}
	for i, p := range pages {
		if n := len(out); n > 0 && p.Person != "" && out[n-1].Person == p.Person {
			out[n-1].Last = i + 1
			if out[n-1].Why == ByNumber {
				out[n-1].Why = p.Why // by the surer of both
			}
			continue
		}
		p.First, p.Last = i+1, i+1
		out = append(out, p)
		if p.Person != "" {
			agents[p.Person] = true
		}
	}
	if len(agents) < 2 {
		return nil
	}
	for i := range out {
		out[i].Name = partName(name, out[i], people)
	}
	return out
}

// partName is what the pages of an agent are called: by her name, so that she knows them, and by their place in the whole.
func partName(name string, p Payslip, people []authority.Person) string {
	base := strings.TrimSuffix(name, filepath.Ext(name))
	pages := fmt.Sprintf("page %d", p.First)
	if p.Last > p.First {
		pages = fmt.Sprintf("pages %d à %d", p.First, p.Last)
	}
	if agent, known := authority.Find(people, p.Person); known {
		return base + " " + agent.Plain() + " (" + pages + ").pdf"
	}
	return base + " (" + pages + ").pdf"
}
