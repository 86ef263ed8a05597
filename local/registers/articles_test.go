package registers_test

import (
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/rule"
)

// An order takes one number, when it is ready, dated of the day, signed by who is in office.
func TestOrdersTakeTheirNumber(t *testing.T) {
	text := registers.OrderText{Text: council.Text{Blocks: []council.Block{{Kind: council.BlockTitle, Text: "Circulation"}, {Kind: council.BlockArticle, Text: "La rue est fermée."}}}}
	mayor := authority.Person{ID: "m", Since: "2026-03-27", Roles: []authority.Role{authority.RoleMayor}}
	gone := mayor
	gone.Until = "2026-11-01"
	ready := registers.Order{Series: council.SeriesDecision, Text: text}
	numbered := ready
	numbered.Number = "DEC2026-001"
	for _, c := range []struct {
		article string
		o       registers.Order
		signer  authority.Person
		day     authority.Day
		want    string
		refused bool
	}{
		{"R2122-7", ready, mayor, "2026-11-28", "", false},
		{"R2122-7, twice", numbered, mayor, "2026-11-28", "CGCT, art. R2122-7", true},
		{"L2122-22, a decision without its articles", registers.Order{Series: council.SeriesDecision}, mayor, "2026-11-28", "", true},
		{"L2122-18, who left", ready, gone, "2026-11-28", "CGCT, art. L2122-18", true},
		{"L2131-1, dated back", ready, mayor, "2026-11-27", "CGCT, art. L2131-1", true},
	} {
		err := registers.CheckNumber(c.o, c.signer, c.day, "2026-11-28")
		r := rule.Find(err)
		if (r != nil) != c.refused || r != nil && r.Article != c.want {
			t.Errorf("%s: %v", c.article, err)
		}
	}
}
