package gateway_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"

	"alpi40.fr/airial/local/parapheur"
)

// api calls an address of version 5 with a token, and reads what it answers.
func (d *door) api(t testing.TB, token, method, path, kind string, body io.Reader) (int, []byte) {
	t.Helper()
	base := strings.TrimSuffix(d.url, "/ws-iparapheur-no-mtom")
	r, err := http.NewRequestWithContext(t.Context(), method, base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Content-Type", kind)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	content, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, content
}

type listed struct {
	Content       []struct{ ID, Name string }
	TotalElements int
	Last          bool
}

func (d *door) list(t testing.TB, path string) (l listed) {
	t.Helper()
	code, text := d.api(t, d.password, http.MethodGet, "/api/standard/v1"+path, "", nil)
	if err := json.Unmarshal(text, &l); err != nil || code != 200 {
		t.Fatalf("%s: %d %s %v", path, code, text, err)
	}
	return l
}

const described = `<?xml version="1.0" encoding="UTF-8"?><premis xmlns="http://www.loc.gov/premis/v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">
<object xsi:type="intellectualEntity"><significantProperties><significantPropertiesType>i_Parapheur_reserved_type</significantPropertiesType><significantPropertiesValue>Marchés</significantPropertiesValue></significantProperties>
<significantProperties><significantPropertiesType>i_Parapheur_reserved_subtype</significantPropertiesType><significantPropertiesValue>Lettres de rejet</significantPropertiesValue></significantProperties>
<significantProperties><significantPropertiesType>i_Parapheur_reserved_dueDate</significantPropertiesType><significantPropertiesValue>2030-02-01T00:00:00Z</significantPropertiesValue></significantProperties>
<originalName>Rejet du lot 3</originalName></object>
<object xsi:type="file"><significantProperties><significantPropertiesType>i_Parapheur_reserved_mainDocument</significantPropertiesType><significantPropertiesValue>true</significantPropertiesValue></significantProperties><originalName>lettre.pdf</originalName></object>
<object xsi:type="file"><originalName>rapport.pdf</originalName></object></premis>`

func upload(t testing.TB, description string, files map[string][]byte) (kind string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	part := func(field, name, kind string, content []byte) {
		w, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + field + `"; filename="` + name + `"`}, "Content-Type": {kind}})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		part("documents", name, "application/pdf", content)
	}
	if description != "" {
		part("folder", "premis.xml", "application/xml", []byte(description))
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), body
}

// Software written for version 5 asks for a token, looks around, sends a folder, follows it and takes it back.
func TestVersionFive(t *testing.T) {
	ctx := context.Background()
	d := open(t)
	base := "/api/standard/v1/tenant/000400999"
	code, text := d.api(t, "", http.MethodPost, "/auth/realms/api/protocol/openid-connect/token", "application/x-www-form-urlencoded",
		strings.NewReader(url.Values{"grant_type": {"password"}, "client_id": {"ipcore-web"}, "username": {"ws"}, "password": {d.password}}.Encode()))
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &token); err != nil || code != 200 || token.Access == "" {
		t.Fatal(code, string(text), err)
	}
	if code, _ := d.api(t, "", http.MethodPost, "/auth/realms/api/protocol/openid-connect/token", "application/x-www-form-urlencoded", strings.NewReader("grant_type=password&password=faux")); code != 401 {
		t.Error(code)
	}
	if l := d.list(t, "/tenant"); len(l.Content) != 1 || l.Content[0].ID != "000400999" || !l.Last {
		t.Fatalf("%+v", l)
	}
	desk := base + "/desk/" + d.list(t, "/tenant/000400999/desk").Content[0].ID
	if l := d.list(t, "/tenant/000400999/types?page=1&size=1"); l.TotalElements != 2 || len(l.Content) != 1 || l.Content[0].Name != "Airial" {
		t.Errorf("%+v", l)
	}
	if l := d.list(t, "/tenant/000400999/types/March%C3%A9s/subtypes"); len(l.Content) != 1 || l.Content[0].Name != "Lettres de rejet" {
		t.Errorf("%+v", l)
	}
	var made struct{ ID, Name, DueDate string }
	main := letter(t, "Rejet du lot 3")
	for range 2 { // sent twice: one folder
		kind, body := upload(t, described, map[string][]byte{"rapport.pdf": []byte("rapport"), "lettre.pdf": main})
		code, text := d.api(t, token.Access, http.MethodPost, desk+"/folder", kind, body)
		before := made
		if err := json.Unmarshal(text, &made); err != nil || code != 201 || made.ID == "" || made.Name != "Rejet du lot 3" || made.DueDate != "2030-02-01" {
			t.Fatal(code, string(text), err)
		}
		if before.ID != "" && before.ID != made.ID {
			t.Error("sent twice, it is two folders")
		}
	}
	f, err := d.Named(ctx, made.ID)
	if err != nil || f.State != parapheur.Running || f.Documents[0].Name != "lettre.pdf" || f.Documents[0].Annex || !f.Documents[1].Annex {
		t.Fatalf("%+v %v", f, err)
	}
	if l := d.list(t, strings.TrimPrefix(desk, "/api/standard/v1")+"/PENDING"); len(l.Content) != 1 || l.Content[0].ID != made.ID {
		t.Errorf("%+v", l)
	}
	if code, text := d.api(t, token.Access, http.MethodDelete, desk+"/folder/"+made.ID, "", nil); code != 409 {
		t.Errorf("taken while on its way: %d %s", code, text)
	}
	if err := d.Refuse(ctx, "maire", f.ID, "Le lot est le 4."); err != nil {
		t.Fatal(err)
	}
	if l := d.list(t, strings.TrimPrefix(desk, "/api/standard/v1")+"/REJECTED?typeId=March%C3%A9s"); len(l.Content) != 1 {
		t.Errorf("%+v", l)
	}
	if l := d.list(t, strings.TrimPrefix(desk, "/api/standard/v1")+"/FINISHED"); len(l.Content) != 0 {
		t.Errorf("%+v", l)
	}
	code, text = d.api(t, token.Access, http.MethodGet, desk+"/folder/"+made.ID+"/premis", "", nil)
	if code != 200 || strings.Join(in(t, string(text), "eventType"), " ") != "CREATE START REJECT" || !slices.Contains(in(t, string(text), "eventDetail"), "Le lot est le 4.") || !slices.Contains(in(t, string(text), "agentName"), "Mme Maïté FICTIVE") {
		t.Errorf("%d %s", code, text)
	}
	code, text = d.api(t, token.Access, http.MethodGet, desk+"/folder/"+made.ID+"/zip", "", nil)
	archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if code != 200 || err != nil {
		t.Fatal(code, err)
	}
	held := map[string][]byte{}
	for _, file := range archive.File {
		from, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		held[file.Name], err = io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(held) != 4 || !bytes.Equal(held["Documents principaux/lettre.pdf"], main) || string(held["Annexes/rapport.pdf"]) != "rapport" || len(held["Rejet du lot 3_bordereau.pdf"]) == 0 || len(held["i_Parapheur_internal_premis.xml"]) == 0 {
		t.Errorf("%d files", len(held))
	}
	if code, text := d.api(t, token.Access, http.MethodDelete, desk+"/folder/"+made.ID, "", nil); code != 204 {
		t.Errorf("%d %s", code, text)
	}
	if _, err := d.Named(ctx, made.ID); err != nil {
		t.Errorf("it was erased: %v", err)
	}
}

// What is hostile or wrong is told so in version 5 too.
func TestVersionFiveHostile(t *testing.T) {
	d := open(t)
	desk := "/api/standard/v1/tenant/000400999/desk/airial"
	good := map[string][]byte{"lettre.pdf": letter(t, "x")}
	for name, c := range map[string]struct {
		token, method, path, description string
		files                            map[string][]byte
		want                             int
	}{
		"no token":       {"", "POST", desk + "/folder", described, good, 401},
		"wrong token":    {"faux", "POST", desk + "/folder", described, good, 401},
		"another town":   {d.password, "POST", "/api/standard/v1/tenant/999999999/desk/airial/folder", described, good, 404},
		"another desk":   {d.password, "POST", "/api/standard/v1/tenant/000400999/desk/autre/folder", described, good, 404},
		"no description": {d.password, "POST", desk + "/folder", "", good, 400},
		"not premis":     {d.password, "POST", desk + "/folder", "<a/>", good, 400},
		"doctype":        {d.password, "POST", desk + "/folder", strings.Replace(described, "?>", "?><!DOCTYPE x>", 1), good, 400},
		"deep":           {d.password, "POST", desk + "/folder", strings.Repeat("<premis>", 10_000), good, 400},
		"no file":        {d.password, "POST", desk + "/folder", described, nil, 409},
		"unknown type":   {d.password, "POST", desk + "/folder", strings.Replace(described, "Lettres de rejet", "Rien", 1), good, 409},
		"a draft":        {d.password, "POST", desk + "/folder?autoStart=false", described, good, 409},
		"broken PDF":     {d.password, "POST", desk + "/folder", described, map[string][]byte{"lettre.pdf": []byte("%PDF-1.7 coupé")}, 422},
		"unknown folder": {d.password, "GET", desk + "/folder/..%2F..%2Fetc%2Fpasswd/zip", "", nil, 404},
		"no such path":   {d.password, "GET", "/api/standard/v1/admin", "", nil, 404},
	} {
		kind, body := upload(t, c.description, c.files)
		if code, text := d.api(t, c.token, c.method, c.path, kind, body); code != c.want {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
	kind, body := upload(t, described, good)
	huge := io.MultiReader(bytes.NewReader(body.Bytes()[:body.Len()-60]), io.LimitReader(forever('x'), 70<<20))
	d.tooLarge(t, strings.TrimSuffix(d.url, "/ws-iparapheur-no-mtom")+desk+"/folder", kind, huge)
	if all, err := d.FromElsewhere(context.Background(), 10); err != nil || len(all) != 0 {
		t.Errorf("%d folders were made: %v", len(all), err)
	}
}
