package council

import (
	"strings"

	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typography"
)

// The limits of a table.
const (
	maxTableRows    = 300
	maxTableColumns = 10
)

// TableText writes rows as the text of a BlockTable: a line a row, cells parted
// by «|». The first row is the heads.
func TableText(rows [][]string) string {
	var lines []string
	for _, cells := range rows {
		clean := make([]string, len(cells))
		for i, c := range cells {
			clean[i] = strings.Join(strings.Fields(strings.ReplaceAll(c, "|", "/")), " ")
		}
		lines = append(lines, strings.Join(clean, " | "))
	}
	return strings.Join(lines, "\n")
}

// TableRows reads them again. What comes from a spreadsheet has tabs instead of
// bars. Each row has as many cells as the longest.
func TableRows(text string) [][]string {
	var rows [][]string
	columns := 0
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" || len(rows) == maxTableRows {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, "\t", "|"), "|")
		cells = cells[:min(len(cells), maxTableColumns)]
		for i, c := range cells {
			cells[i] = strings.TrimSpace(c)
		}
		columns = max(columns, len(cells))
		rows = append(rows, cells)
	}
	for i := range rows {
		for len(rows[i]) < columns {
			rows[i] = append(rows[i], "")
		}
	}
	return rows
}

// gridOf is a table as it is printed: columns of figures to the right.
func gridOf(text string) *typeset.Grid {
	rows := TableRows(text)
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		for j := range rows[i] {
			rows[i][j] = typography.Correct(rows[i][j])
		}
	}
	g := &typeset.Grid{Head: rows[0], Rows: rows[1:]}
	for j := range rows[0] {
		figures, widest := len(rows) > 1, 4
		for i, r := range rows {
			read := typeset.Unmarked(r[j])
			widest = max(widest, min(len([]rune(read)), 40))
			_, is := centsOf(strings.TrimSuffix(strings.TrimSpace(read), "%"))
			figures = figures && (i == 0 || read == "" || is)
		}
		g.Right, g.Shares = append(g.Right, figures), append(g.Shares, float64(widest))
	}
	last := typeset.Unmarked(rows[len(rows)-1][0])
	g.Total = len(rows) > 2 && strings.HasPrefix(fold(last), "total")
	return g
}
