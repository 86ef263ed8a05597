package typeset_test

import (
	"fmt"
	"time"

	"alpi40.fr/airial/local/typeset"
)

func actTable() typeset.ActTable {
	t := typeset.ActTable{Head: head(), Kind: "naissance", From: 1952, To: 1952, Acts: 60, Unnamed: []string{"n° 12 de 1952", "n° 31 de 1952"}}
	for i := range 60 {
		r := typeset.ActRow{Initial: string(rune('A' + i/5)), Name: fmt.Sprintf("%cXEMPLE Camille Élise", 'A'+i/5), Date: at(1952, time.Month(1+i%12), 1+i%28, 0, 0), Number: fmt.Sprint(i + 1), Year: 1952}
		switch i {
		case 3:
			r.Written, r.Number = "mai 1952", "4 bis"
		case 7:
			r.With = "usage : MODÈLE"
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func marriageTable() typeset.ActTable {
	return typeset.ActTable{Head: head(), Kind: "mariage", From: 2013, To: 2022, Acts: 1, Rows: []typeset.ActRow{
		{Initial: "E", Name: "EXEMPLE Camille", With: "MODÈLE Jean", Date: at(2014, 6, 7, 0, 0), Number: "3", Year: 2014},
		{Initial: "M", Name: "MODÈLE Jean", With: "EXEMPLE Camille", Date: at(2014, 6, 7, 0, 0), Number: "3", Year: 2014},
	}}
}
