package french

import "strings"

// Of writes «de» before the name of a commune, department or region: «d’Amou», «du Vignau», «de La Rochelle».
// Name is the label of the official geographic code with its article («Le Vignau»), tncc its code TNCC (0 to 8), which
// alone tells «de Hambach» from «d’Habas». An unknown code reads as 0. «Le» and «Les» contract; «La» and «L’» stay whole
// with their capital, as usage wants for a commune.
//
// Source: INSEE, code officiel géographique, variable TNCC.
func Of(name string, tncc int) string {
	switch tncc {
	case 1:
		return "d’" + name
	case 2:
		return "du " + bare(name, "Le ")
	case 4:
		return "des " + bare(name, "Les ")
	case 6:
		return "des " + bare(name, "Aux ")
	default:
		return "de " + name
	}
}

// At writes «à» before the name of a commune: «à Dax», «au Vignau», «à La Rochelle», with name and tncc as for Of.
func At(name string, tncc int) string {
	switch tncc {
	case 2:
		return "au " + bare(name, "Le ")
	case 4:
		return "aux " + bare(name, "Les ")
	case 6:
		return "aux " + bare(name, "Aux ")
	default:
		return "à " + name
	}
}

// bare is a name without its article, typed with a capital or not.
func bare(name, article string) string {
	if len(name) > len(article) && strings.EqualFold(name[:len(article)], article) {
		return name[len(article):]
	}
	return name
}

// List joins words with commas and a last «et» («Amou, Dax et Habas»).
func List(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return strings.Join(items[:n-1], ", ") + " et " + items[n-1]
	}
}
