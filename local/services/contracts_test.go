package services_test

import (
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services"
)

func TestTermOfAContract(t *testing.T) {
	const today = authority.Day("2026-11-24")
	for name, row := range map[string]struct {
		c    services.Contract
		want services.Term
		by   authority.Day
	}{
		"without an end":                {services.Contract{}, services.Running, ""},
		"its end is far":                {services.Contract{Until: "2027-12-31"}, services.Running, "2027-12-31"},
		"it ends":                       {services.Contract{Until: "2026-12-31"}, services.Ending, "2026-12-31"},
		"it ends today":                 {services.Contract{Until: today}, services.Ending, today},
		"the last day to warn":          {services.Contract{Until: "2027-02-22"}, services.Ending, "2027-02-22"},
		"the day before it":             {services.Contract{Until: "2027-02-23"}, services.Running, "2027-02-23"},
		"it has ended":                  {services.Contract{Until: "2026-11-23"}, services.Over, ""},
		"it was ended":                  {services.Contract{Until: "2027-12-31", Ended: true}, services.Over, ""},
		"it went on":                    {services.Contract{Until: "2026-10-31", Renewal: "un an"}, services.Running, ""},
		"it may still be refused":       {services.Contract{Until: "2027-03-31", Renewal: "un an", Notice: "2026-12-31"}, services.Ending, "2026-12-31"},
		"it can be refused no more":     {services.Contract{Until: "2026-12-31", Renewal: "un an", Notice: "2026-10-31"}, services.Running, ""},
		"its end, once notice is over":  {services.Contract{Until: "2026-12-31", Notice: "2026-10-31"}, services.Ending, "2026-12-31"},
		"its notice is nearer than end": {services.Contract{Until: "2027-12-31", Notice: "2027-06-30"}, services.Running, "2027-06-30"},
	} {
		if got, by := row.c.Term(today); got != row.want || by != row.by {
			t.Errorf("%s: %s by %q, want %s by %q", name, got, by, row.want, row.by)
		}
	}
}

func TestReadContract(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		ok   bool
	}{
		"one":                    {`{"title":"Socle","since":"2024-01-01","until":"2026-12-31","notice":"2026-09-30","renewal":"un an","lines":[{"label":"Cotisation","value":"1 250 €"}]}`, true},
		"without an end":         {`{"title":"Socle","since":"2024-01-01"}`, true},
		"what it does not know":  {`{"title":"Socle","since":"2024-01-01","colour":"vert"}`, true},
		"no JSON":                {`Socle`, false},
		"no title":               {`{"title":" ","since":"2024-01-01"}`, false},
		"no first day":           {`{"title":"Socle"}`, false},
		"a day of its own kind":  {`{"title":"Socle","since":"01/01/2024"}`, false},
		"it ends before it was":  {`{"title":"Socle","since":"2024-01-01","until":"2023-12-31"}`, false},
		"notice after its end":   {`{"title":"Socle","since":"2024-01-01","until":"2026-12-31","notice":"2027-01-01"}`, false},
		"it names its documents": {`{"title":"Socle","since":"2024-01-01","files":[{"name":"a","digest":"","size":1}]}`, false},
	} {
		c, err := services.ReadContract([]byte(row.text))
		if (err == nil) != row.ok || err != nil && rule.Find(err) == nil && name != "it names its documents" || row.ok && c.Title != "Socle" {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
}

// Whatever a file of the agency's holds, it is refused in words, or its dates hold.
func FuzzReadContract(f *testing.F) {
	f.Add([]byte(`{"title":"Socle","since":"2024-01-01","until":"2026-12-31","notice":"2026-09-30"}`))
	f.Add([]byte(`{"title":"Socle","since":"2024-13-01"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := services.ReadContract(text)
		if err != nil {
			return
		}
		if term, by := c.Term("2026-11-24"); c.Since == "" || c.Until != "" && c.Until < c.Since || term == services.Ending && by == "" {
			t.Errorf("%+v: %s %s", c, term, by)
		}
	})
}
