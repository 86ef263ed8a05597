package gateway_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"regexp"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/sync/gateway"
)

// hall is a town hall on a real store.
type hall struct {
	*parapheur.Desk
	db *store.DB
}

func (h *hall) Named(ctx context.Context, id string) (*parapheur.Folder, error) {
	return h.Desk.Named(ctx, id)
}
func (h *hall) All(ctx context.Context, limit int) ([]parapheur.Folder, error) {
	return h.FromElsewhere(ctx, limit)
}
func (h *hall) Content(_ context.Context, d store.Digest) ([]byte, error) {
	return h.db.Blobs().Read(d, parapheur.MaxDocument)
}
func (h *hall) Slip(context.Context, string) ([]byte, error) { return []byte("%PDF-slip"), nil }
func (h *hall) Retrieve(ctx context.Context, id string) error {
	return h.Desk.Retrieve(ctx, "secretaire", id)
}
func (h *hall) Deposit(ctx context.Context, d gateway.Deposit) error {
	in := parapheur.Import{Title: d.Title, Kind: parapheur.Other, Type: d.Type, External: d.ID, Deadline: d.Deadline, Notes: d.Notes, Send: true,
		Route: []parapheur.Step{{Kind: parapheur.Approval, Person: "secretaire", Title: "Visa du secrétariat"}, {Kind: parapheur.Signature, Person: "maire", Title: "Signature du maire"}}}
	for _, f := range d.Files {
		in.Files = append(in.Files, parapheur.File{Name: f.Name, Content: f.Content, Annex: f.Annex})
	}
	_, err := h.Import(ctx, "secretaire", in)
	return err
}

// door opens the hall's door on loopback.
type door struct {
	*hall
	server   *gateway.Server
	url      string
	password string
}

func open(t testing.TB) *door {
	t.Helper()
	return openFor(t, 0, 0)
}

// openFor opens one that has that much patience.
func openFor(t testing.TB, patience, slowest time.Duration) *door {
	t.Helper()
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), parapheur.Projections())
	people := authority.New(j)
	for _, p := range []authority.Person{
		{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}},
		{ID: "secretaire", Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire", Roles: []authority.Role{authority.RoleSecretary}},
	} {
		if _, err := people.Put(context.Background(), "installateur", p); err != nil {
			t.Fatal(err)
		}
	}
	if err := people.Describe(context.Background(), "maire", authority.Authority{ID: journaltest.Authority, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400}); err != nil {
		t.Fatal(err)
	}
	d := &door{hall: &hall{parapheur.New(j), j.Store()}}
	if _, err := d.PutType(context.Background(), "maire", parapheur.FolderType{Name: "Marchés › Lettres de rejet", Kind: parapheur.Procurement,
		Route: []parapheur.Step{{Kind: parapheur.Signature, Role: authority.RoleMayor, Title: "Signature du maire"}}}); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.password, err = gateway.Draw(rand.Reader); err != nil {
		t.Fatal(err)
	}
	drawn := 0
	d.server = gateway.New(gateway.Options{Office: d.hall, Password: gateway.Hash(d.password), Now: time.Now, NewID: func() string { drawn++; return fmt.Sprint("tiré-", drawn) },
		Patience: patience, Slowest: slowest})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.server.Serve(ctx, listener, nil) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	d.url = "http://" + listener.Addr().String() + "/ws-iparapheur-no-mtom"
	return d
}

func envelope(body string) string {
	return `<?xml version="1.0" encoding="utf-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://www.adullact.org/spring-ws/iparapheur/1.0" xmlns:xm="http://www.w3.org/2005/05/xmlmime"><soapenv:Header/><soapenv:Body>` + body + `</soapenv:Body></soapenv:Envelope>`
}

func (d *door) post(t testing.TB, password, contentType string, body io.Reader) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.SetBasicAuth("logiciel", password)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(text)
}

func (d *door) call(t testing.TB, body string) string {
	t.Helper()
	code, text := d.post(t, d.password, "text/xml; charset=utf-8", strings.NewReader(envelope(body)))
	if code != http.StatusOK {
		t.Fatalf("%d: %s", code, text)
	}
	return text
}

// in gives the texts of the elements of a name, in their order.
func in(t testing.TB, text, name string) (all []string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %.300s", err, text)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == name {
			var value string
			if err := decoder.DecodeElement(&value, &e); err != nil {
				t.Fatal(err)
			}
			all = append(all, value)
		}
	}
}

func one(t testing.TB, text, name string) string {
	t.Helper()
	if all := in(t, text, name); len(all) == 1 {
		return all[0]
	}
	t.Fatalf("%s is not there once: %.600s", name, text)
	return ""
}

func letter(t testing.TB, title string) []byte {
	t.Helper()
	d, err := typeset.SigningSlip{Head: typeset.Head{Authority: typeset.Authority{Name: "Commune d’essai"}, Printed: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}, Folder: title}.Typeset(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return d.PDF
}

func creation(id, kind, sub, title string, content []byte, more string) string {
	return `<ns:CreerDossierRequest><ns:TypeTechnique>` + kind + `</ns:TypeTechnique><ns:SousType>` + sub + `</ns:SousType><ns:DossierID>` + id + `</ns:DossierID><ns:DossierTitre>` + title + `</ns:DossierTitre>` +
		`<ns:DocumentPrincipal xm:contentType="application/pdf">` + base64.StdEncoding.EncodeToString(content) + `</ns:DocumentPrincipal>` + more + `</ns:CreerDossierRequest>`
}

// A folder goes the whole way: sent by business software, approved, refused or signed, asked for.
func TestFolderThereAndBack(t *testing.T) {
	ctx := context.Background()
	d := open(t)
	if got := one(t, d.call(t, `<ns:echoRequest>bonjour &lt;é&gt;</ns:echoRequest>`), "echoResponse"); got != "bonjour <é>" {
		t.Error(got)
	}
	if got := in(t, d.call(t, `<ns:GetListeTypesRequest/>`), "TypeTechnique"); strings.Join(got, "|") != "Marchés|Airial" {
		t.Error(got)
	}
	if got := in(t, d.call(t, `<ns:GetListeSousTypesRequest>Marchés</ns:GetListeSousTypesRequest>`), "SousType"); strings.Join(got, "|") != "Lettres de rejet" {
		t.Error(got)
	}
	if got := d.call(t, `<ns:GetListeMetaDonneesRequest/>`); !strings.Contains(got, "GetListeMetaDonneesResponse") {
		t.Error(got)
	}
	content := letter(t, "Rejet du lot 2")
	annex := `<ns:NomDocPrincipal>C:\courriers\..\lettre n° 12.pdf</ns:NomDocPrincipal><ns:DocumentsAnnexes><ns:DocAnnexe><ns:nom>../../rapport</ns:nom><ns:fichier xm:contentType="application/pdf">` + base64.StdEncoding.EncodeToString([]byte("annexe")) +
		`</ns:fichier><ns:mimetype>application/pdf</ns:mimetype><ns:encoding>UTF-8</ns:encoding></ns:DocAnnexe></ns:DocumentsAnnexes><ns:VisuelPDF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>` +
		`<ns:AnnotationPublique>Merci de signer</ns:AnnotationPublique><ns:AnnotationPrivee>Interne</ns:AnnotationPrivee><ns:Visibilite>CONFIDENTIEL</ns:Visibilite><ns:DateLimite>2030-01-15</ns:DateLimite>`
	asked := creation("COMPTA-7", "Marchés", "Lettres de rejet", "Rejet du lot 2", content, annex)
	for range 2 { // sent twice: one folder
		got := d.call(t, asked)
		if one(t, got, "codeRetour") != "OK" || one(t, got, "severite") != "INFO" || one(t, got, "message") != "Dossier Rejet du lot 2 soumis dans le circuit" || one(t, got, "DossierID") != "COMPTA-7" {
			t.Fatal(got)
		}
	}
	all, err := d.FromElsewhere(ctx, 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d folders: %v", len(all), err)
	}
	f, err := d.Folder(ctx, all[0].ID)
	if err != nil || f.State != parapheur.Running || f.Kind != parapheur.Procurement || f.Deadline != "2030-01-15" || len(f.Documents) != 2 || f.Documents[0].Name != "lettre n° 12.pdf" || f.Documents[1].Name != "rapport.pdf" || len(f.Remarks) != 2 {
		t.Fatalf("%+v %v", f, err)
	}
	for _, r := range f.Remarks {
		if r.Private != (r.Text == "Interne") {
			t.Errorf("%+v", r)
		}
	}
	other := d.call(t, creation("COMPTA-7", "Marchés", "Lettres de rejet", "Autre", letter(t, "Autre"), ""))
	if one(t, other, "codeRetour") != "KO" || !strings.Contains(one(t, other, "message"), "déjà présent dans le Parapheur") {
		t.Error(other)
	}
	if got := d.call(t, creation("X", "Inconnu", "Rien", "T", content, "")); one(t, got, "codeRetour") != "KO" || one(t, got, "severite") != "ERROR" {
		t.Error(got)
	}
	search := `<ns:RechercherDossiersRequest><ns:TypeTechnique>Marchés</ns:TypeTechnique><ns:SousType/><ns:Status>%s</ns:Status></ns:RechercherDossiersRequest>`
	if got := in(t, d.call(t, fmt.Sprintf(search, "NonLu")), "nom"); len(got) != 1 || got[0] != "COMPTA-7" {
		t.Error(got)
	}
	if got := d.call(t, `<ns:ArchiverDossierRequest><ns:DossierID>COMPTA-7</ns:DossierID><ns:ArchivageAction>ARCHIVER</ns:ArchivageAction></ns:ArchiverDossierRequest>`); one(t, got, "codeRetour") != "KO" {
		t.Error("archived while on its way:", got)
	}
	if err := d.Refuse(ctx, "maire", f.ID, "Le lot est le 3."); err != nil {
		t.Fatal(err)
	}
	histo := d.call(t, `<ns:GetHistoDossierRequest>COMPTA-7</ns:GetHistoDossierRequest>`)
	if got := strings.Join(in(t, histo, "status"), " "); got != "NonLu NonLu NonLu RejetSignataire" {
		t.Error(got)
	}
	if got := in(t, histo, "annotation"); got[len(got)-1] != "Le lot est le 3." || one(t, histo, "codeRetour") != "OK" {
		t.Error(got)
	}
	for _, stamp := range in(t, histo, "timestamp") {
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$`).MatchString(stamp) {
			t.Error(stamp)
		}
	}
	if got := in(t, d.call(t, fmt.Sprintf(search, "Rejet*")), "status"); len(got) != 1 || got[0] != "RejetSignataire" {
		t.Error(got)
	}
	if got := d.call(t, `<ns:EffacerDossierRejeteRequest>COMPTA-7</ns:EffacerDossierRejeteRequest>`); one(t, got, "codeRetour") != "OK" {
		t.Error(got)
	}
	if rows, err := d.List(ctx, "secretaire", parapheur.Retrieve, 10); err != nil || len(rows) != 0 {
		t.Errorf("still to be retrieved: %v %v", rows, err)
	}
	if got := d.call(t, `<ns:GetDossierRequest>INCONNU</ns:GetDossierRequest>`); one(t, got, "codeRetour") != "KO" {
		t.Error(got)
	}
	if calls := d.server.Calls(); len(calls) < 10 || calls[0].Operation != "GetDossier" || !strings.HasPrefix(calls[0].Outcome, "KO") {
		t.Errorf("%+v", calls)
	}
}

// A folder that has come to its end gives its documents as they are now, and its slip last.
func TestDocumentsComeBack(t *testing.T) {
	ctx := context.Background()
	d := open(t)
	content := letter(t, "Devis")
	made := d.call(t, creation("", "Airial", "Circuit habituel", "Devis", content, ""))
	id := one(t, made, "DossierID")
	if again := d.call(t, creation("", "Airial", "Circuit habituel", "Devis", content, "")); one(t, again, "DossierID") != id {
		t.Error("without an identifier, one letter sent twice makes two folders")
	}
	f, err := d.Named(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Approve(ctx, "secretaire", f.ID, "Bon pour accord", f.Seen()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(in(t, d.call(t, `<ns:GetHistoDossierRequest>`+id+`</ns:GetHistoDossierRequest>`), "status"), " "); got != "NonLu NonLu EnCoursVisa Vise NonLu" {
		t.Error(got)
	}
	if err := d.Refuse(ctx, "maire", f.ID, "Non"); err != nil {
		t.Fatal(err)
	}
	got := d.call(t, `<ns:GetDossierRequest>`+id+`</ns:GetDossierRequest>`)
	if back, err := base64.StdEncoding.DecodeString(one(t, got, "DocPrincipal")); err != nil || !bytes.Equal(back, content) {
		t.Errorf("the document is another: %v", err)
	}
	names := regexp.MustCompile(`<DocAnnexe><nom>([^<]*)</nom>`).FindAllStringSubmatch(got, -1)
	if len(names) != 1 || names[0][1] != "iParapheur_impression_dossier.pdf" || one(t, got, "NomDocPrincipal") != "document.pdf" || one(t, got, "SousType") != "Circuit habituel" || one(t, got, "codeRetour") != "OK" {
		t.Errorf("%v %.900s", names, got)
	}
	// The same letter after the first has ended is another folder.
	if again := d.call(t, creation("", "Airial", "Circuit habituel", "Devis", content, "")); one(t, again, "DossierID") != "tiré-1" {
		t.Error(again)
	}
}

// Documents may come beside the envelope (MTOM), in other encodings, and as accounting flows.
func TestOtherWaysToSend(t *testing.T) {
	d := open(t)
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	add := func(id, kind string, content []byte) {
		w, err := parts.CreatePart(textproto.MIMEHeader{"Content-Id": {"<" + id + ">"}, "Content-Type": {kind}, "Content-Transfer-Encoding": {"binary"}})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	asked := strings.Replace(creation("MTOM-1", "Airial", "Circuit habituel", "Par pièce jointe", nil, ""), `<ns:DocumentPrincipal xm:contentType="application/pdf">`,
		`<ns:DocumentPrincipal xm:contentType="application/pdf"><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:doc%40mairie"/>`, 1)
	add("root@mairie", `application/xop+xml; charset=UTF-8; type="text/xml"`, []byte(envelope(asked)))
	add("doc@mairie", "application/pdf", letter(t, "Par pièce jointe"))
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	code, got := d.post(t, d.password, `multipart/related; type="application/xop+xml"; start="<root@mairie>"; boundary="`+parts.Boundary()+`"`, &body)
	if code != 200 || one(t, got, "codeRetour") != "OK" {
		t.Fatal(code, got)
	}
	latin := strings.Replace(envelope(creation("LATIN", "Airial", "Circuit habituel", "D\xe9lib\xe9ration", letter(t, "x"), "")), `encoding="utf-8"`, `encoding="ISO-8859-1"`, 1)
	if code, got := d.post(t, d.password, "text/xml", strings.NewReader(latin)); code != 200 || one(t, got, "message") != "Dossier Délibération soumis dans le circuit" {
		t.Error(code, got)
	}
	if got := d.call(t, creation("VIDE", "Airial", "Circuit habituel", "Vide", nil, "")); one(t, got, "codeRetour") != "KO" {
		t.Error(got)
	}
	if got := d.call(t, creation("CASSE", "Airial", "Circuit habituel", "Cassé", []byte("%PDF-1.7 coupé"), "")); one(t, got, "codeRetour") != "KO" {
		t.Error(got)
	}
	if _, err := d.Named(context.Background(), "CASSE"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a broken document made a folder: %v", err)
	}
	if got := d.call(t, creation("DATE", "Airial", "Circuit habituel", "Date", letter(t, "y"), "<ns:DateLimite>demain</ns:DateLimite>")); one(t, got, "codeRetour") != "KO" {
		t.Error(got)
	}
}

// What is hostile or broken is told so, and nothing is made of it.
func TestHostileRequests(t *testing.T) {
	d := open(t)
	xmlType := "text/xml; charset=utf-8"
	for name, c := range map[string]struct {
		password, kind, body string
		want                 int
	}{
		"wrong password":  {"faux", xmlType, envelope(`<ns:echoRequest>x</ns:echoRequest>`), 401},
		"no password":     {"", xmlType, envelope(`<ns:echoRequest>x</ns:echoRequest>`), 401},
		"nothing":         {d.password, xmlType, "", 500},
		"no envelope":     {d.password, xmlType, "<a/>", 500},
		"cut":             {d.password, xmlType, envelope(creation("a", "Airial", "Circuit habituel", "t", letter(t, "z"), ""))[:900], 500},
		"doctype":         {d.password, xmlType, strings.Replace(envelope(`<ns:echoRequest>&lol;</ns:echoRequest>`), "?>", `?><!DOCTYPE x [<!ENTITY lol "lol">]>`, 1), 500},
		"deep":            {d.password, xmlType, envelope(`<ns:CreerDossierRequest>` + strings.Repeat("<a>", 100_000)), 500},
		"long":            {d.password, xmlType, envelope(`<ns:CreerDossierRequest>` + strings.Repeat("<a/>", 100_000) + `</ns:CreerDossierRequest>`), 500},
		"unknown":         {d.password, xmlType, envelope(`<ns:ForcerEtapeRequest/>`), 500},
		"other service":   {d.password, xmlType, envelope(`<x:echoRequest xmlns:x="urn:autre"/>`), 500},
		"no type":         {d.password, "", envelope(`<ns:echoRequest>x</ns:echoRequest>`), 500},
		"parts of naught": {d.password, `multipart/related; boundary=x`, "--x--", 500},
		"encoding":        {d.password, xmlType, strings.Replace(envelope(`<ns:echoRequest>x</ns:echoRequest>`), "utf-8", "utf-7", 1), 500},
		"not base64":      {d.password, xmlType, envelope(strings.Replace(creation("a", "Airial", "Circuit habituel", "t", nil, ""), `"application/pdf">`, `"application/pdf">@@@`, 1)), 500},
		"too many files":  {d.password, xmlType, envelope(creation("b", "Airial", "Circuit habituel", "t", letter(t, "z"), `<ns:DocumentsAnnexes>`+strings.Repeat(`<ns:DocAnnexe><ns:nom>a</ns:nom><ns:fichier>YQ==</ns:fichier></ns:DocAnnexe>`, 60)+`</ns:DocumentsAnnexes>`)), 200},
	} {
		code, text := d.post(t, c.password, c.kind, strings.NewReader(c.body))
		if code != c.want || code == 500 && !strings.Contains(text, "Fault") || code == 200 && one(t, text, "codeRetour") != "KO" {
			t.Errorf("%s: %d %.300s", name, code, text)
		}
	}
	// Larger than what is read: told before it is all there, or cut while it still comes.
	huge := io.MultiReader(strings.NewReader(strings.TrimSuffix(envelope(`<ns:echoRequest>`), `</soapenv:Body></soapenv:Envelope>`)), io.LimitReader(forever('x'), 70<<20))
	d.tooLarge(t, d.url, xmlType, huge)
	for name, change := range map[string]func(*http.Request){
		"another path":   func(r *http.Request) { r.URL.Path = "/ws-iparapheur/../../etc/passwd" },
		"a browser":      func(r *http.Request) { r.Header.Set("Origin", "https://example.org") },
		"another method": func(r *http.Request) { r.Method = http.MethodDelete },
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url, strings.NewReader(envelope(`<ns:echoRequest>x</ns:echoRequest>`)))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("x", d.password)
		change(r)
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		w.Body.Close()
		if w.StatusCode < 400 {
			t.Errorf("%s: %d", name, w.StatusCode)
		}
	}
	if all, err := d.FromElsewhere(context.Background(), 10); err != nil || len(all) != 0 {
		t.Errorf("%d folders were made: %v", len(all), err)
	}
	for _, c := range d.server.Calls() {
		if strings.Contains(c.Outcome, d.password) {
			t.Error("the password is among the last calls")
		}
	}
}

// tooLarge sends what is larger than what is read.
func (d *door) tooLarge(t *testing.T, url, kind string, body io.Reader) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.SetBasicAuth("x", d.password)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return // the connection was closed on what still came
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err == nil && (w.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "Mo")) {
		t.Errorf("huge: %d %.200s", w.StatusCode, text)
	}
}

// forever is a reader without end.
type forever byte

func (f forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(f)
	}
	return len(p), nil
}

// One that speaks slowly keeps nobody else waiting for ever: it is cut, others are told to come back.
func TestSlowCaller(t *testing.T) {
	d := openFor(t, 300*time.Millisecond, time.Second)
	slow, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(d.url, "/ws-iparapheur-no-mtom"), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	credentials := base64.StdEncoding.EncodeToString([]byte("x:" + d.password))
	if _, err := fmt.Fprintf(slow, "POST /ws-iparapheur HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nAuthorization: Basic %s\r\nContent-Length: 1000\r\n\r\n<a", credentials); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // it has its turn
	if code, text := d.post(t, d.password, "text/xml", strings.NewReader(envelope(`<ns:echoRequest>x</ns:echoRequest>`))); code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", code, text)
	}
	if answer, err := io.ReadAll(slow); err != nil || !bytes.Contains(answer, []byte("Fault")) {
		t.Errorf("the slow one is not cut: %s %v", answer, err)
	}
	if got := one(t, d.call(t, `<ns:echoRequest>x</ns:echoRequest>`), "echoResponse"); got != "x" {
		t.Error(got)
	}
}

// The contract is given at the address under which it was asked for.
func TestContract(t *testing.T) {
	d := open(t)
	w, err := http.Get(d.url + "?wsdl")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != 200 || !strings.Contains(string(text), `location="`+d.url+`"`) || len(in(t, string(text), "operation")) == 0 {
		t.Errorf("%d %v", w.StatusCode, err)
	}
}
