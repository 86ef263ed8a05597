package typeset

import (
	"context"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// RecoverySheet (fiche de secours) carries the code that gives a computer's data
// back. It is printed and kept in a sealed envelope at the town hall.
type RecoverySheet struct {
	Head
	Computer string // its name
	Code     string // groups of signs between spaces
}

// recoveryColumns is how many groups stand side by side: short lines are copied without skipping one.
const recoveryColumns = 2

// Typeset sets the sheet.
func (s RecoverySheet) Typeset(ctx context.Context) (Document, error) {
	groups := strings.Fields(s.Code)
	if len(groups) == 0 {
		return Document{}, fmt.Errorf("recovery sheet: %w: no code", ErrIncomplete)
	}
	body := []flow.Block{
		flow.Para{Spans: prose("Fiche de secours", titleStyle), Role: flow.Title, Leading: 8},
		flow.Para{Spans: prose(s.Authority.Name+" — "+s.Computer+" — imprimée le "+french.Date(s.Printed), noteStyle), After: 4},
		para("Le code ci-dessous ouvre toutes les données d’Airial de cet ordinateur et ses sauvegardes. Il sert si l’ordinateur est perdu ou en panne, si son trousseau est effacé, ou si la phrase de passe est oubliée.", bodyStyle),
		para("Quiconque le lit peut tout lire. Mettez cette fiche sous enveloppe cachetée, signée sur le rabat, dans le coffre ou l’armoire fermée de la mairie, et n’en gardez ni copie ni photographie.", boldStyle),
		heading("Le code"), recoveryGrid(groups),
		heading("Comment s’en servir"),
	}
	for i, step := range []string{
		"Installez Airial et ouvrez-le : sur l’écran d’ouverture, choisissez « Ouvrir avec la fiche de secours ».",
		"Recopiez le code groupe par groupe, de haut en bas dans la première colonne, puis dans la seconde. Majuscules et minuscules se valent; un groupe mal recopié est signalé aussitôt.",
		"Sur un ordinateur neuf, restaurez ensuite la dernière sauvegarde avec « airialctl restore ».",
		"Remettez la fiche sous une nouvelle enveloppe.",
	} {
		p := para(step, bodyStyle)
		p.Label, p.Indent, p.After = plain(fmt.Sprintf("%d.", i+1), bodyStyle), bulletIndent+1, 0.8
		body = append(body, p)
	}
	return set(ctx, s.Head, part{title: "Fiche de secours", running: "Fiche de secours — " + s.Computer, foot: s.Authority.Name + " — fiche de secours, à garder sous enveloppe cachetée", body: body})
}

// recoveryGrid sets the groups large, numbered, column after column.
func recoveryGrid(groups []string) flow.Block {
	rows := (len(groups) + recoveryColumns - 1) / recoveryColumns
	t := flow.Table{Widths: []float64{0.08, 0.42, 0.08, 0.42}, Bare: true, Pad: 1.2, After: 3}
	for row := range rows {
		var cells []flow.Cell
		for column := range recoveryColumns {
			number, group := "", ""
			if i := column*rows + row; i < len(groups) {
				number, group = fmt.Sprint(i+1), groups[i]
			}
			cells = append(cells, flow.Cell{flow.Para{Spans: plain(number, noteStyle), Leading: 7}},
				flow.Cell{flow.Para{Spans: plain(group, flow.Style{Face: flow.Mono, Size: 16, Color: ink}), Leading: 7}})
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}
