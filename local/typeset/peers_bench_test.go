package typeset_test

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/packaging/bench/pairs"
)

// sheet is a page or more of plain text for a peer: its first paragraph is a heading.
type sheet []string

// BenchmarkPapers prints summonses for 40 members and a signing slip, and four other programs print the same texts, laid out
// more plainly, in turn: seconds, from the texts to the PDF on the disk.
func BenchmarkPapers(b *testing.B) {
	s := summons()
	s.To = nil
	for i := range 40 {
		s.To = append(s.To, typeset.Recipient{Name: fmt.Sprintf("Mme Jeanne EXEMPLE %d", i+1), Title: "Conseillère municipale"})
	}
	for _, paper := range []struct {
		name string
		ours func() (typeset.Document, error)
		text []sheet
	}{
		{"summons", func() (typeset.Document, error) { return s.Typeset(b.Context()) }, summonsText(s)},
		{"slip", func() (typeset.Document, error) { return slip().Typeset(b.Context()) }, slipText(slip())},
	} {
		ours := func(b *testing.B, dir string) func() {
			return func() {
				d, err := paper.ours()
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, "ours.pdf"), d.PDF, 0o600)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		for _, x := range []struct {
			peer
			content string
		}{
			{libreOffice, plainODT(paper.text)},
			{peer{"weasyprint", "paper.html", []string{"DIR/paper.html", "DIR/paper.pdf"}}, plainHTML(paper.text)},
			{peer{"groff", "paper.ms", []string{"-K", "utf8", "-ms", "-T", "pdf", "-P-pa4", "DIR/paper.ms"}}, plainRoff(paper.text)},
			{typst, plainTypst(paper.text)},
		} {
			b.Run(paper.name+"/"+x.name, func(b *testing.B) {
				dir := b.TempDir()
				pairs.Times(b, ours(b, dir), x.prints(b, dir, []byte(x.content)))
			})
		}
	}
}

// peer is a program that prints a source of its own kind: DIR/paper.pdf, or to its output.
type peer struct {
	name, source string
	args         []string // DIR stands for the folder of the source
}

var (
	libreOffice = peer{"soffice", "paper.fodt", []string{"-env:UserInstallation=file://DIR/profile", "--headless", "--convert-to", "pdf", "--outdir", "DIR", "DIR/paper.fodt"}}
	typst       = peer{"typst", "paper.typ", []string{"DIR/paper.typ", "DIR/paper.pdf"}}
)

// prints writes the peer's source into a folder and gives what prints it there; once the benchmark is over, a PDF was made.
func (p peer) prints(b *testing.B, dir string, content []byte) func() {
	b.Helper()
	program := p.command(b)
	if err := os.WriteFile(filepath.Join(dir, p.source), content, 0o600); err != nil {
		b.Fatal(err)
	}
	args := append(program[1:], strings.Split(strings.ReplaceAll(strings.Join(p.args, "\n"), "DIR", dir), "\n")...)
	b.Cleanup(func() {
		if made, err := os.ReadFile(filepath.Join(dir, "paper.pdf")); !b.Failed() && (err != nil || !strings.HasPrefix(string(made), "%PDF-")) {
			b.Error(p.name, " made no PDF: ", err)
		}
	})
	return func() {
		c := exec.CommandContext(b.Context(), program[0], args...)
		var errs strings.Builder
		c.Stderr = &errs
		out, err := c.Output()
		if err == nil && p.name == "groff" { // it writes to its output
			err = os.WriteFile(filepath.Join(dir, "paper.pdf"), out, 0o600)
		}
		if err != nil {
			b.Fatalf("%s: %v: %s", p.name, err, errs.String())
		}
	}
}

// command is how a peer is started, Typst by what npm brought of it; the benchmark is passed over where it is not there.
func (p peer) command(b *testing.B) []string {
	b.Helper()
	if p.name != "typst" {
		program, err := exec.LookPath(p.name)
		if err != nil {
			b.Skip(p.name + " is not installed")
		}
		return []string{program}
	}
	node, err := exec.LookPath("node")
	modules := os.Getenv("AIRIAL_BENCH_NODE")
	if err == nil {
		_, err = os.Stat(filepath.Join(modules, "@myriaddreamin", "typst-ts-node-compiler"))
	}
	if err != nil {
		b.Skip("Typst is not installed: ", err)
	}
	b.Setenv("NODE_PATH", modules)
	script, err := filepath.Abs("../../packaging/bench/peers/typst.js")
	if err != nil {
		b.Fatal(err)
	}
	return []string{node, script}
}

func summonsText(s typeset.Summons) (all []sheet) {
	for _, to := range s.To {
		letter := sheet{s.Authority.Name, to.Name + ", " + to.Title, "Objet: convocation du conseil municipal", "J’ai l’honneur de vous convoquer à la séance qui se tiendra le " + s.Call.At.Format("02/01/2006 à 15 h 04") + ", " + s.Call.Venue + "."}
		for i, point := range s.Call.Agenda {
			letter = append(letter, fmt.Sprintf("%d. %s", i+1, point.Subject))
		}
		all = append(all, append(letter, s.Call.Mayor), sheet{"Pouvoir", "Je soussigné(e), " + to.Name + ", donne pouvoir à … pour voter en mon nom à cette séance.", "Fait à …, le …"})
		var note sheet
		for _, point := range s.Call.Agenda {
			note = append(note, point.Subject)
			for _, passage := range point.Synthesis {
				note = append(note, passage.Text)
			}
		}
		all = append(all, note)
	}
	return all
}

func slipText(s typeset.SigningSlip) []sheet {
	page := sheet{"Bordereau de signature", s.Folder, s.Reference + ", " + s.Status}
	for _, d := range s.Documents {
		page = append(page, fmt.Sprintf("%s, %d pages, %d octets, %s", d.Name, d.Pages, d.Size, d.SHA256))
	}
	for _, x := range s.Steps {
		page = append(page, strings.Join([]string{x.Kind, x.Person, x.Quality, x.Outcome, x.Reason, x.At.String(), x.Device}, ", "))
	}
	for _, x := range s.Signatures {
		page = append(page, strings.Join([]string{x.Person, x.Document, x.Level, x.Subject, x.Issuer, x.Serial, x.Verdict}, ", "))
	}
	for _, x := range s.History {
		page = append(page, x.At.String()+" "+x.Actor+" "+x.Text)
	}
	return []sheet{page}
}

func plainODT(all []sheet) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text"><office:automatic-styles><style:style style:name="New" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/><style:text-properties fo:font-weight="bold"/></style:style></office:automatic-styles><office:body><office:text>`)
	for _, s := range all {
		for i, text := range s {
			style := ""
			if i == 0 {
				style = ` text:style-name="New"`
			}
			b.WriteString("<text:p" + style + ">" + html.EscapeString(text) + "</text:p>")
		}
	}
	return b.String() + `</office:text></office:body></office:document>`
}

func plainHTML(all []sheet) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="fr"><meta charset="utf-8"><style>@page{size:A4;margin:20mm}h1{break-before:page;font-size:12pt}</style>`)
	for _, s := range all {
		for i, text := range s {
			tag := "p"
			if i == 0 {
				tag = "h1"
			}
			b.WriteString("<" + tag + ">" + html.EscapeString(text) + "</" + tag + ">\n")
		}
	}
	return b.String() + "</html>"
}

func plainRoff(all []sheet) string {
	var b strings.Builder
	for n, s := range all {
		if n > 0 {
			b.WriteString(".bp\n")
		}
		for i, text := range s {
			macro := ".PP\n"
			if i == 0 {
				macro = ".SH\n"
			}
			text = strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\e`), "\n", "\n\\&")
			b.WriteString(macro + `\&` + text + "\n")
		}
	}
	return b.String()
}

// typstPage is the page of the same size as the others', with their fonts' size; a heading begins a page.
const typstPage = "#set page(paper: \"a4\", margin: (left: 25mm, right: 20mm, top: 20mm, bottom: 22mm))\n#set text(lang: \"fr\", size: 10.5pt)\n" +
	"#show heading: it => { pagebreak(weak: true); text(size: 12pt, weight: \"bold\", it.body) }\n"

// typstText is a text as a string of Typst's, in which nothing is markup.
func typstText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

func plainTypst(all []sheet) string {
	var b strings.Builder
	b.WriteString(typstPage)
	for _, s := range all {
		for i, text := range s {
			call := "#par("
			if i == 0 {
				call = "#heading("
			}
			b.WriteString(call + typstText(text) + ")\n")
		}
	}
	return b.String()
}
