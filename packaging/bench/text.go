package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"
)

func lineOf(r Result) string {
	head := fmt.Sprintf("[%s] %s", r.Group, r.Name)
	if r.Note != "" {
		return head + ": " + r.Note
	}
	return fmt.Sprintf("%s: %s; %s %s; %s; but %s: %s", head, r.Airial.around(r.Unit), r.Peer, r.Vis.around(r.Unit), r.Ratio.times(), r.Aim(), r.Verdict())
}

func growthLine(g Growth) string {
	head := "[croissance] " + g.Name
	if g.Note != "" {
		return head + ": " + g.Note
	}
	n := len(g.Sizes) - 1
	return fmt.Sprintf("%s: %s à %s, %s à %s; exposant %s, but %s au plus: %s", head, quantity(g.Costs[0], "s"), number(g.Sizes[0]), quantity(g.Costs[n], "s"), number(g.Sizes[n]),
		number(g.Exponent), number(g.Most), g.Verdict())
}

// table is the report as plain text.
func table(r Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Airial %s, %s. %s. Charge de la machine: %s.\n", r.Commit, r.At.Format("2006-01-02 15:04"), r.Machine, r.Load)
	fmt.Fprintf(&b, "Médianes, et entre parenthèses la plus basse et la plus haute. Rapport: combien de fois mieux que le pair, paire par paire (×2: deux fois plus vite).\n")
	b.WriteString(r.sizes())
	group := ""
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, one := range r.Results {
		if one.Group != group {
			group = one.Group
			fmt.Fprintf(w, "\n%s\n", strings.ToUpper(group))
		}
		if one.Note != "" {
			fmt.Fprintf(w, "  %s\t%s\t\t\t\t%s: %s\n", one.title(), one.Peer, Unknown, one.Note)
			continue
		}
		fmt.Fprintf(w, "  %s\t%s\t%s: %s\t%s\tbut %s\t%s\n", one.title(), one.Airial.around(one.Unit), one.Peer, one.Vis.around(one.Unit), one.Ratio.times(), one.Aim(), one.Verdict())
	}
	if len(r.Growths) > 0 {
		fmt.Fprintf(w, "\nCROISSANCE\n")
	}
	for _, g := range r.Growths {
		if g.Note != "" {
			fmt.Fprintf(w, "  %s\t\t\t\t\t%s: %s\n", g.title(), Unknown, g.Note)
			continue
		}
		var at []string
		for i := range g.Sizes {
			at = append(at, number(g.Sizes[i])+": "+quantity(g.Costs[i], "s"))
		}
		fmt.Fprintf(w, "  %s\t%s\t\texposant %s\tbut %s au plus\t%s\n", g.title(), strings.Join(at, "; "), number(g.Exponent), number(g.Most), g.Verdict())
	}
	_ = w.Flush() // a strings.Builder takes all
	if len(r.Peers) > 0 {
		fmt.Fprintf(&b, "\nPairs: %s.\n", strings.Join(r.Peers, ", "))
	}
	return b.String()
}

// sizes says which variables changed the inputs that the lines name.
func (r Report) sizes() string {
	if len(r.Sizes) == 0 {
		return ""
	}
	return "Tailles changées pour ce passage: " + strings.Join(r.Sizes, ", ") + ".\n"
}

func (l Line) title() string {
	if l.Input == "" {
		return l.Name
	}
	return l.Name + " (" + l.Input + ")"
}

// title is the line's, with the commit of a line that was measured again.
func (r Result) title() string {
	return measuredAt(r.Line.title(), r.Commit)
}

// title is the curve's, likewise.
func (g Growth) title() string { return measuredAt(g.Name, g.Commit) }

func measuredAt(title, commit string) string {
	if commit == "" {
		return title
	}
	return title + " — mesuré à " + commit
}

// markdown is the report as the sources keep it.
func markdown(r Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Les chiffres\n\nFait par `make bench KEEP=1`: %s, commit %s, en %s. %s. Charge de la machine: %s.\n\n", r.At.Format("2006-01-02"), r.Commit, quantity(r.Took/60, "min"), r.Machine, r.Load)
	b.WriteString("Chaque ligne est faite de paires mesurées tour à tour dans le même passage: médiane, puis entre parenthèses la plus basse et la plus haute.\n" +
		"Le rapport dit combien de fois mieux que son pair fait Airial (×2: deux fois plus vite; ×0,5: deux fois moins). «Au bord»: le but est dans l’étendue.\n" +
		"D’où vient chaque chiffre: «Ce que ça coûte», dans ARCHITECTURE.md.\n")
	if text := r.sizes(); text != "" {
		b.WriteString("\n" + text)
	}
	group := ""
	for _, one := range r.Results {
		if one.Group != group {
			group = one.Group
			first, size := utf8.DecodeRuneInString(group)
			fmt.Fprintf(&b, "\n## %c%s\n\n| mesure | Airial | en face | rapport | but | |\n|---|---|---|---|---|---|\n", unicode.ToUpper(first), group[size:])
		}
		if one.Note != "" {
			fmt.Fprintf(&b, "| %s | | %s | | %s | %s: %s |\n", one.title(), one.Peer, one.Aim(), Unknown, one.Note)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s: %s | %s | %s | %s |\n", one.title(), one.Airial.around(one.Unit), one.Peer, one.Vis.around(one.Unit), one.Ratio.times(), one.Aim(), one.Verdict())
	}
	if len(r.Growths) > 0 {
		b.WriteString("\n## Croissance\n\nL’exposant est la pente de la droite ajustée sur des échelles logarithmiques: 0 ne grandit pas, 1 grandit en proportion.\n\n| opération | coûts | exposant | but | |\n|---|---|---|---|---|\n")
	}
	for _, g := range r.Growths {
		if g.Note != "" {
			fmt.Fprintf(&b, "| %s | | | %s au plus | %s: %s |\n", g.title(), number(g.Most), Unknown, g.Note)
			continue
		}
		var at []string
		for i := range g.Sizes {
			at = append(at, number(g.Sizes[i])+": "+quantity(g.Costs[i], "s"))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s au plus | %s |\n", g.title(), strings.Join(at, "; "), number(g.Exponent), number(g.Most), g.Verdict())
	}
	if len(r.Peers) > 0 {
		fmt.Fprintf(&b, "\nPairs de Debian: %s.\n", strings.Join(r.Peers, ", "))
	}
	return b.String()
}
