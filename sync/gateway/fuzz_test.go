package gateway

import (
	"bytes"
	"testing"

	"alpi40.fr/airial/local/parapheur"
)

func FuzzRequest(f *testing.F) {
	const head = `<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>`
	for _, body := range []string{
		head + `<echoRequest xmlns="` + service + `">x</echoRequest></e:Body></e:Envelope>`,
		head + `<CreerDossierRequest xmlns="` + service + `"><TypeTechnique>Airial</TypeTechnique><SousType>Circuit habituel</SousType><DocumentPrincipal>YQ==</DocumentPrincipal><DateLimite>2026-01-01</DateLimite></CreerDossierRequest></e:Body></e:Envelope>`,
		head + `<RechercherDossiersRequest xmlns="` + service + `"><Status>Rejet*</Status></RechercherDossiersRequest></e:Body></e:Envelope>`,
	} {
		f.Add("text/xml", []byte(body))
	}
	f.Add(`multipart/related; boundary=x; start="<a>"`, []byte("--x\r\nContent-ID: <a>\r\n\r\n<a/>\r\n--x--\r\n"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r, err := readRequest(contentType, bytes.NewReader(body))
		if err != nil || r.creation == nil {
			return
		}
		d, err := r.creation.deposit([]parapheur.FolderType{{ID: "1", Name: "A › B"}}, r.parts)
		if err != nil {
			return
		}
		if d.Title == "" || len(d.Files) == 0 || len(d.Files) > maxFiles || len([]rune(d.ID)) > maxWord || d.identifier() == "" {
			t.Errorf("%+v", d)
		}
		for _, file := range d.Files {
			if file.Name == "" || file.Name == "." || file.Name == ".." || bytes.ContainsAny([]byte(file.Name), "/\\\x00\n") {
				t.Errorf("name %q", file.Name)
			}
		}
	})
}

func FuzzPremis(f *testing.F) {
	f.Add([]byte(`<premis xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><object xsi:type="intellectualEntity"><originalName>a</originalName></object><object xsi:type="file"><originalName>../b.pdf</originalName></object></premis>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := readPremis(raw)
		if err != nil {
			return
		}
		d, err := p.deposit([]parapheur.FolderType{{ID: "1", Name: "A"}}, []File{{Name: "b.pdf"}, {Name: "c.pdf"}})
		if err == nil && (d.Title == "" || len(d.Files) != 2 || d.Files[0].Annex && d.Files[1].Annex) {
			t.Errorf("%+v", d)
		}
	})
}
