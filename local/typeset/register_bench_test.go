package typeset_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// BenchmarkGrowth sets registers of so many deliberations: twice as many take twice as long, or nearly.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		r := greatRegister()
		for i := range r.Volumes {
			all := &r.Volumes[i].Sitting.Affairs
			*all = (*all)[:max(len(*all)*n/1000, 1)]
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Typeset(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// greatRegister is a year of a large town: a thousand deliberations in twelve sittings, each with a statement, a table and
// an annex of more than a page.
func greatRegister() typeset.Register {
	r := register()
	first := *r.Volumes[0].Sitting
	r.Volumes = nil
	paragraph := long().Statement[1].Text
	for month := range 12 {
		s := first
		s.Sitting.At, s.Affairs = at(2026, time.Month(month+1), 20, 20, 0), nil
		for n := range 84 {
			if month*84+n >= 1000 {
				break
			}
			d := deliberation()
			d.Number = fmt.Sprintf("2026-%04d", month*84+n+1)
			d.Subject = fmt.Sprintf("Affaire %d du mois %d : %s", n+1, month+1, d.Subject)
			annex := typeset.Annex{Title: "Rapport"}
			for i := range 13 {
				annex.Passages = append(annex.Passages, typeset.Passage{Text: fmt.Sprintf("%d. %s", i+1, paragraph)})
			}
			if n%2 == 1 { // about 2.5 pages each
				annex.Passages = annex.Passages[:6]
			}
			s.Affairs = append(s.Affairs, typeset.Affair{Deliberation: d, Theme: "7.5 Subventions", Annexes: []typeset.Annex{annex}})
		}
		r.Volumes = append(r.Volumes, typeset.RegisterItem{Sitting: &s})
	}
	return r
}

// BenchmarkRegister sets a register of a thousand deliberations, and other programs the same texts, in turn. Peak
// memory is that of this process, tables of the test included.
func BenchmarkRegister(b *testing.B) {
	r := greatRegister()
	for _, x := range []struct {
		peer
		content func(typeset.Register) []byte
	}{{libreOffice, flatODT}, {typst, typstRegister}} {
		b.Run(x.name, func(b *testing.B) {
			pages, most := 0, 0.0
			pairs.Times(b, func() {
				d, err := r.Typeset(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				pages, most = d.Pages, max(most, peak(b))
			}, x.prints(b, b.TempDir(), x.content(r)))
			b.ReportMetric(float64(pages), "pages")
			b.ReportMetric(most, "MB-peak")
		})
	}
}

// peak is the greatest resident memory of this process, in megabytes; 0 where the system does not tell.
func peak(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb / 1000
		}
	}
	b.Log("no peak memory in /proc/self/status")
	return 0
}

// registerText gives the texts of a register in their order to who writes them: a heading begins a page.
func registerText(r typeset.Register, heading, paragraph func(string), table func(typeset.Grid)) {
	passages := func(all []typeset.Passage) {
		for _, x := range all {
			for line := range strings.Lines(x.Text) {
				paragraph(line)
			}
			if x.Grid != nil {
				table(*x.Grid)
			}
		}
	}
	for _, v := range r.Volumes {
		heading("Séance du " + v.Sitting.Sitting.At.Format("02/01/2006") + " " + strings.Join(v.Sitting.Sitting.Present, ", "))
		for _, f := range v.Sitting.Affairs {
			heading(f.Number + " " + f.Subject)
			for _, text := range append(append([]string{}, f.Visas...), f.Grounds...) {
				paragraph(text)
			}
			passages(f.Statement)
			for _, a := range f.Articles {
				paragraph(a.Verb + " " + a.Text)
			}
			for _, a := range f.Annexes {
				heading(a.Title)
				passages(a.Passages)
			}
		}
		heading("Clôture")
		for _, f := range v.Sitting.Affairs {
			paragraph(f.Number + " " + f.Subject)
		}
	}
}

// flatODT writes the texts of a register as a flat OpenDocument file.
func flatODT(r typeset.Register) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text"><office:styles><style:default-style style:family="paragraph"><style:paragraph-properties fo:line-height="136%" fo:margin-bottom="1.6mm"/><style:text-properties fo:font-size="10.5pt" style:font-name="Noto Sans"/></style:default-style></office:styles><office:automatic-styles><style:style style:name="New" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/><style:text-properties fo:font-weight="bold"/></style:style><style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="210mm" fo:page-height="297mm" fo:margin-left="25mm" fo:margin-right="20mm" fo:margin-top="20mm" fo:margin-bottom="22mm"/></style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4"/></office:master-styles><office:body><office:text>`)
	p := func(style, text string) {
		b.WriteString(`<text:p` + style + `>`)
		_ = xml.EscapeText(&b, []byte(text)) // a bytes.Buffer takes all
		b.WriteString(`</text:p>`)
	}
	heading := func(text string) { p(` text:style-name="New"`, text) }
	registerText(r, heading, func(text string) { p("", text) }, func(g typeset.Grid) {
		b.WriteString(`<table:table><table:table-column table:number-columns-repeated="3"/>`)
		for _, row := range append([][]string{g.Head}, g.Rows...) {
			b.WriteString(`<table:table-row>`)
			for _, cell := range row {
				b.WriteString(`<table:table-cell>`)
				p("", cell)
				b.WriteString(`</table:table-cell>`)
			}
			b.WriteString(`</table:table-row>`)
		}
		b.WriteString(`</table:table>`)
	})
	b.WriteString(`</office:text></office:body></office:document>`)
	return b.Bytes()
}

// typstRegister writes the texts of a register as a source of Typst's.
func typstRegister(r typeset.Register) []byte {
	var b bytes.Buffer
	b.WriteString(typstPage)
	call := func(name string) func(string) {
		return func(text string) { b.WriteString("#" + name + "(" + typstText(text) + ")\n") }
	}
	registerText(r, call("heading"), call("par"), func(g typeset.Grid) {
		b.WriteString("#table(columns: 3")
		for _, row := range append([][]string{g.Head}, g.Rows...) {
			for _, cell := range row {
				b.WriteString(", " + typstText(cell))
			}
		}
		b.WriteString(")\n")
	})
	return b.Bytes()
}
