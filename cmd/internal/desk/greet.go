package desk

import (
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/ui/exchanges"
	"alpi40.fr/airial/ui/help"
	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/parapheur"
	"alpi40.fr/airial/ui/shell"
)

// visit is the tour of who opens Airial for the first time.
var visit = []shell.Step{
	{Route: shell.Route{Page: home.Name}, TitleKey: "tour.home", TextKey: "tour.home.text"},
	{Route: shell.Route{Page: parapheur.Name}, TitleKey: "tour.parapheur", TextKey: "tour.parapheur.text"},
	{Route: shell.Route{Page: parapheur.Name}, TitleKey: "tour.search", TextKey: "tour.search.text"},
	{Route: shell.Route{Page: exchanges.Name}, TitleKey: "tour.exchanges", TextKey: "tour.exchanges.text"},
	{Route: shell.Route{Page: help.Name}, TitleKey: "tour.help", TextKey: "tour.help.text"},
}

// greet shows the tour at the first opening on this computer, and what is new at the first of another version.
func (d *desk) greet(p shell.Preferences) {
	const told = "version.told"
	before := p.String(told, "")
	p.SetString(told, office.Version)
	switch before {
	case office.Version:
	case "":
		d.shell.Tour(visit)
	default:
		d.shell.News(office.Version, shell.Route{Page: help.Name, Arg: "nouveautes"})
	}
}

// guide is the help, from which the tour is taken again.
func (d *desk) guide() shell.Entry {
	e := help.Entry()
	e.Commands = append(e.Commands, shell.Command{LabelKey: "tour.again", Run: func(shell.Page) { d.shell.Tour(visit) }})
	return e
}
