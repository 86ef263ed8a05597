package draftimport_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/draftimport"
)

// packed makes a file of parts.
func packed(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	wordHead = `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><w:body>`
	wordTail = `</w:body></w:document>`
	openHead = `<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"><office:body><office:text>`
	openTail = `</office:text></office:body></office:document-content>`
)

func wordParagraphs(lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(`<w:p><w:r><w:t>` + l + `</w:t></w:r></w:p>`)
	}
	return b.String()
}

const wordTable = `<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Poste</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Montant</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p><w:r><w:t>Toiture</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>1200</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`

func aWord(t testing.TB) []byte {
	return packed(t, "word/document.xml", wordHead+
		wordParagraphs("RÉPUBLIQUE FRANÇAISE", "Commune de Saint-Airial-des-Pins", "Extrait du registre des délibérations", "Séance du 12 mars 2027")+
		`<w:p><w:pPr><w:pStyle w:val="Titre1"/></w:pPr><w:r><w:t xml:space="preserve">Travaux de </w:t></w:r><w:r><w:t>toiture</w:t></w:r></w:p>`+
		wordParagraphs("VU le code général des collectivités territoriales ;", "Considérant l'état de la toiture ;", "Le maire présente les devis.")+
		wordTable+
		`<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>premier devis</w:t></w:r><w:del><w:r><w:delText>rayé</w:delText></w:r></w:del><w:r><w:drawing><a:t>légende</a:t></w:drawing></w:r></w:p>`+
		wordParagraphs("Le conseil municipal, après en avoir délibéré, à l'unanimité,", "DÉCIDE :", "Article 1er : APPROUVE le devis.", "Il est annexé.", "Article 2 - AUTORISE le maire à signer.", "Fait et délibéré à Saint-Airial-des-Pins", "Le maire,")+
		wordTail, "word/vbaProject.bin", "macro")
}

func blocks(t council.Text) string {
	var lines []string
	for _, b := range t.Blocks {
		lines = append(lines, string(b.Kind)+": "+b.Text)
	}
	return strings.Join(lines, "\n")
}

func TestReadWord(t *testing.T) {
	d, err := draftimport.Read(aWord(t))
	if err != nil {
		t.Fatal(err)
	}
	want := `title: Travaux de toiture
visa: Vu le code général des collectivités territoriales ;
ground: Considérant l’état de la toiture ;
statement: Le maire présente les devis.
table: Poste | Montant
Toiture | 1200
statement: – premier devis
article: APPROUVE le devis. Il est annexé.
article: AUTORISE le maire à signer.`
	if got := blocks(d.Text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d.Left != (draftimport.Left{Images: 1, Deleted: 1, Macros: true}) || len(d.Aside) != 8 {
		t.Errorf("left %+v, aside %q", d.Left, d.Aside)
	}
}

func TestReadOpenDocument(t *testing.T) {
	d, err := draftimport.Read(packed(t, "content.xml", openHead+
		`<text:tracked-changes><text:p>rayé</text:p></text:tracked-changes>
		<text:p>Objet : Tarifs<text:s text:c="3"/>de la <text:span>salle</text:span></text:p>
		<text:p>Rapporteur : Mme Ève Exemple</text:p>
		<text:p>Vu le code général<text:note><text:note-body><text:p>bas de page</text:p></text:note-body></text:note> des collectivités territoriales,</text:p>
		<text:p><draw:frame><draw:image/><draw:text-box><text:p>logo</text:p></draw:text-box></draw:frame></text:p>
		<text:p>Après en avoir délibéré, le conseil municipal DÉCIDE :</text:p>
		<text:list><text:list-item><text:p>FIXE le tarif à {80} euros ;</text:p></text:list-item><text:list-item><text:p>CHARGE le maire de l'exécution.</text:p></text:list-item></text:list>
		<table:table><table:table-row><table:table-cell><text:p>Un</text:p><text:p>an</text:p></table:table-cell><table:table-cell/></table:table-row></table:table>`+openTail))
	if err != nil {
		t.Fatal(err)
	}
	want := `title: Tarifs de la salle
visa: Vu le code général des collectivités territoriales,
article: FIXE le tarif à (80) euros ;
article: CHARGE le maire de l’exécution.
table: Un an | `
	if got := blocks(d.Text); got != want || d.Text.Reporter != "Mme Ève Exemple" {
		t.Errorf("got\n%s\nwant\n%s\nreporter %q", got, want, d.Text.Reporter)
	}
	if d.Left != (draftimport.Left{Images: 1, Notes: 1, Deleted: 1}) {
		t.Errorf("left %+v", d.Left)
	}
}

// What is set off within a paragraph stays so; a paragraph or a cell that is all bold and the word of the form do not.
func TestWhatIsSetOff(t *testing.T) {
	run := func(properties, text string) string {
		return `<w:r><w:rPr>` + properties + `</w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
	}
	p := func(runs ...string) string {
		return `<w:p><w:pPr><w:rPr><w:b/></w:rPr></w:pPr>` + strings.Join(runs, "") + `</w:p>`
	}
	want := `title: Prêt de la salle
visa: Vu le code général ;
ground: Considérant que __la Gazette__ paraît ;
statement: Le prêt est **gra tuit** pour l’association, __sauf__ en août, et __**toujours**__ en mai.
article: ACCORDE le prêt à **l’Amicale**, 3 ** 4 non.
table: Mois | Tarif
Mai | 80 € **net**`
	d, err := draftimport.Read(packed(t, "word/document.xml", wordHead+
		p(run(`<w:b/><w:u w:val="single"/>`, "Objet : Prêt de la salle"))+
		p(run(`<w:b/>`, "Vu"), run(``, " le code général ;"))+
		p(run(`<w:b/>`, "Considérant "), run(``, "que "), run(`<w:i/>`, "la Gazette"), run(``, " paraît ;"))+
		p(run(``, "Le prêt est "), run(`<w:b/>`, "gra "), run(`<w:b w:val="true"/>`, "tuit "), run(`<w:b w:val="0"/>`, "pour l'association, "), run(`<w:u w:val="single"/>`, "sauf"), run(`<w:u w:val="none"/>`, " en août, et "), run(`<w:b/><w:i/>`, "toujours"), run(``, " en mai."))+
		p(run(`<w:b/>`, "Décide :"))+
		p(run(`<w:b/>`, "Article 1er :"), run(``, " ACCORDE le prêt à "), run(`<w:b/>`, "l'Amicale"), run(``, ", 3 ** 4 non."))+
		`<w:tbl><w:tr><w:tc>`+p(run(`<w:b/>`, "Mois"))+`</w:tc><w:tc>`+p(run(`<w:b/>`, "Tarif"))+`</w:tc></w:tr><w:tr><w:tc>`+p(run(``, "Mai"))+`</w:tc><w:tc>`+p(run(``, "80 € "), run(`<w:b/>`, "net"))+`</w:tc></w:tr></w:tbl>`+wordTail))
	if err != nil {
		t.Fatal(err)
	}
	if got := blocks(d.Text); got != strings.Replace(want, "**l’Amicale**", "l’Amicale", 1) { // marks that stand in the words themselves are left alone
		t.Errorf("word: got\n%s\nwant\n%s", got, want)
	}
	if d.Left.Underlined != 1 {
		t.Errorf("%+v", d.Left)
	}

	styles := `<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"><style:style style:name="T1" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
		<style:style style:name="T2" style:family="text"><style:text-properties fo:font-style="italic"/></style:style><style:style style:name="T3" style:family="text"><style:text-properties style:text-underline-style="solid"/></style:style></office:automatic-styles>`
	d, err = draftimport.Read(packed(t, "content.xml", strings.Replace(openHead, "<office:body>", styles+"<office:body>", 1)+
		`<text:p><text:span text:style-name="T1">Objet : Prêt de la salle</text:span></text:p><text:p><text:span text:style-name="T1">Vu</text:span> le code général ;</text:p>
		<text:p>Considérant que <text:span text:style-name="T2">la Gazette</text:span> paraît ;</text:p>
		<text:p>Le prêt est <text:span text:style-name="T1">gra <text:span>tuit</text:span></text:span> pour l'association, <text:span text:style-name="T3">sauf</text:span> en août, et <text:span text:style-name="T1"><text:span text:style-name="T2">toujours</text:span></text:span> en mai.</text:p>
		<text:p>Décide :</text:p><text:p><text:span text:style-name="T1">Article 1er :</text:span> ACCORDE le prêt à <text:span text:style-name="T1">l'Amicale</text:span>.</text:p>
		<table:table><table:table-row><table:table-cell><text:p><text:span text:style-name="T1">Mois</text:span></text:p></table:table-cell><table:table-cell><text:p>Tarif</text:p></table:table-cell></table:table-row>
		<table:table-row><table:table-cell><text:p>Mai</text:p></table:table-cell><table:table-cell><text:p>80 € <text:span text:style-name="T1">net</text:span></text:p></table:table-cell></table:table-row></table:table>`+openTail))
	if err != nil {
		t.Fatal(err)
	}
	if got := blocks(d.Text); got != strings.Replace(want, ", 3 ** 4 non.", ".", 1) || d.Left.Underlined != 1 {
		t.Errorf("open document: got\n%s\nwant\n%s\n%+v", got, want, d.Left)
	}
}

func TestHostileFiles(t *testing.T) {
	good := aWord(t)
	bomb := packed(t, "word/document.xml", wordHead+wordParagraphs(strings.Repeat("a ", 1_500_000))+wordTail)
	blanks := packed(t, "word/document.xml", wordHead+strings.Repeat(" ", 45<<20)+wordTail)
	deep := packed(t, "word/document.xml", wordHead+strings.Repeat("<w:p>", 300)+strings.Repeat("</w:p>", 300)+wordTail)
	for name, content := range map[string][]byte{
		"nothing":          nil,
		"no zip":           []byte("%PDF-1.7"),
		"cut":              good[:len(good)/2],
		"another zip":      packed(t, "x.txt", "x"),
		"entities":         packed(t, "word/document.xml", `<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>`),
		"external entity":  packed(t, "content.xml", `<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>`),
		"unknown entity":   packed(t, "word/document.xml", wordHead+wordParagraphs("&x;")+wordTail),
		"bomb":             bomb,
		"bomb of blanks":   blanks,
		"deep":             deep,
		"unended":          packed(t, "word/document.xml", wordHead+`<w:p>`),
		"no text":          packed(t, "word/document.xml", wordHead+wordTail),
		"another encoding": packed(t, "word/document.xml", `<?xml version="1.0" encoding="UTF-7"?><d/>`),
	} {
		_, err := draftimport.Read(content)
		var u *draftimport.Unreadable
		if !errors.As(err, &u) || u.Why == "" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if what, safe, todo := u.Explain(); what == "" || safe == "" || todo == "" {
			t.Errorf("%s: explained by %q, %q, %q", name, what, safe, todo)
		}
	}
}

func FuzzWord(f *testing.F) {
	f.Add(wordParagraphs("Objet : a", "Vu b", "Article 1"))
	f.Add(wordTable)
	f.Add(`<w:tbl><w:tr><w:tbl></w:tbl></w:tr></w:tbl>`)
	f.Add(`<w:tc><w:p/></w:tc>`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, content := range [][]byte{
			packed(t, "word/document.xml", wordHead+body+wordTail),
			packed(t, "content.xml", openHead+strings.ReplaceAll(body, "w:", "text:")+openTail),
		} {
			d, err := draftimport.Read(content)
			if err == nil && (len(d.Text.Blocks) == 0 || d.Text.Blocks[0].Kind != council.BlockTitle) {
				t.Fatalf("%q: %+v", body, d.Text)
			}
		}
	})
}

func FuzzFile(f *testing.F) {
	f.Add(aWord(f))
	f.Fuzz(func(_ *testing.T, content []byte) { _, _ = draftimport.Read(content) })
}
