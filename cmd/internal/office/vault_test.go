package office_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/transfer"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Two laptops of one town hall share a space through the real server; the server has neither a name
// nor a content.
func TestVaultBetweenLaptops(t *testing.T) {
	s, halls := twoLaptops(t)
	ctx := t.Context()
	clerk, mayor := halls[0], halls[1]
	a := authority.Authority{ID: ours, Name: "Commune d’essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	_, err := clerk.People.Found(ctx, a, authority.Person{ID: "secretaire", FirstName: "Ève", LastName: "Exemple", Roles: []authority.Role{authority.RoleSecretary, authority.RoleAdministrator}})
	must(t, err)
	people, _, err := clerk.People.Everyone(ctx)
	must(t, err)
	first := people[0].ID
	second, err := clerk.People.Put(ctx, first, authority.Person{FirstName: "Maïté", LastName: "Fictive", Roles: []authority.Role{authority.RoleMayor}})
	must(t, err)
	meet := meeting(t, halls)
	meet()
	must(t, mayor.Vault.Hold(ctx, second))
	meet()
	space, err := clerk.Vault.NewSpace(ctx, first, "Marchés confidentiels", vault.Member{Person: second, Role: vault.Writer})
	must(t, err)
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "Offres", "Lot 1"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "Offres", "Lot 1", "prix.txt"), []byte("montant secret"), 0o600))
	must(t, clerk.AddToVault(ctx, first, space, "", filepath.Join(dir, "Offres"), func(string) {}))
	must(t, clerk.AddToVault(ctx, first, space, "", filepath.Join(dir, "Offres"), func(string) {})) // twice doubles nothing
	meet()
	page, _, _, err := mayor.Vault.List(ctx, second, space, "", vault.After{}, 10)
	if err != nil || len(page) != 1 || page[0].Name != "Offres" {
		t.Fatal(page, err)
	}
	lot, err := mayor.Vault.Named(ctx, second, space, page[0].ID, "Lot 1")
	must(t, err)
	file, err := mayor.Vault.Named(ctx, second, space, lot.ID, "prix.txt")
	must(t, err)
	if file.Version != 1 || readVault(t, mayor, second, file.ID) != "montant secret" {
		t.Fatal(file)
	}
	// The mayor works on it in another program: each save is a version, which the clerk receives.
	path, err := mayor.Work(ctx, second, file)
	must(t, err)
	must(t, os.WriteFile(path, []byte("montant corrigé"), 0o600))
	must(t, mayor.Rest(ctx, file.ID))
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("the readable copy stayed:", err)
	}
	meet()
	if got := readVault(t, clerk, first, file.ID); got != "montant corrigé" {
		t.Fatal(got)
	}
	// Who is withdrawn and shared with anew costs keys, not contents: nothing of them is sent again.
	plan := make([]byte, 5<<20)
	_, _ = rand.NewChaCha8([32]byte{3}).Read(plan)
	_, err = clerk.Vault.Put(ctx, first, vault.NewFile{Space: space, Name: "plan.bin"}, bytes.NewReader(plan))
	must(t, err)
	meet()
	before := weight(t, s.Dir())
	for _, act := range []func() error{
		func() error { return clerk.Vault.Withdraw(ctx, first, space, second) },
		func() error {
			return clerk.Vault.Share(ctx, first, space, vault.Member{Person: second, Role: vault.Reader})
		},
	} {
		must(t, act())
		out, err := clerk.Exchange(ctx)
		if err != nil || out.Uploaded != 0 || out.Sent == 0 {
			t.Fatalf("%+v %v", out, err)
		}
	}
	meet()
	if more := weight(t, s.Dir()) - before; more > 300_000 {
		t.Errorf("withdrawing and sharing anew brought the server %d bytes", more)
	}
	if there, err := mayor.Vault.Named(ctx, second, space, "", "plan.bin"); err != nil || readVault(t, mayor, second, there.ID) != string(plan) {
		t.Error("shared anew, she does not read what was there", err)
	}
	must(t, filepath.WalkDir(s.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range []string{"montant", "confidentiels", "Offres", "prix.txt"} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("the server's %s tells %q", filepath.Base(path), secret)
			}
		}
		return err
	}))
}

// weight is how many bytes a folder holds.
func weight(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	}))
	return bytes
}

// holders are the clerk of the first laptop and a colleague, who both hold a vault; meet has the two laptops exchange.
func holders(t *testing.T, halls []*office.Hall) (first, second string, meet func()) {
	t.Helper()
	ctx, clerk := t.Context(), halls[0]
	first, err := clerk.People.Found(ctx, authority.Authority{ID: ours, Name: "Commune d’essai", Place: "Essai", Kind: authority.Commune, Population: 400},
		authority.Person{FirstName: "Ève", LastName: "Exemple", Roles: []authority.Role{authority.RoleSecretary, authority.RoleAdministrator}})
	must(t, err)
	second, err = clerk.People.Put(ctx, first, authority.Person{FirstName: "Maïté", LastName: "Fictive"})
	must(t, err)
	meet = meeting(t, halls)
	meet()
	must(t, halls[1].Vault.Hold(ctx, second))
	meet()
	return first, second, meet
}

// meeting has two laptops exchange until both have all, vaults included.
func meeting(t *testing.T, halls []*office.Hall) func() {
	return func() {
		t.Helper()
		for range 2 {
			for _, h := range halls {
				_, err := h.Exchange(t.Context())
				must(t, err)
				must(t, h.Vault.Refresh(t.Context()))
			}
		}
	}
}

// plainPages are those of documents that say what they are, a page a line.
type plainPages struct{}

func (plainPages) Texts(_ context.Context, pdf []byte, _ int) ([]string, error) {
	return strings.Split(string(pdf), "\n"), nil
}
func (plainPages) Extract(_ context.Context, pdf []byte, first, last int) ([]byte, error) {
	return []byte("%PDF-1.4 extrait " + strings.Join(strings.Split(string(pdf), "\n")[first:last+1], "\n")), nil
}

// One document with the payslips of two agents is cut into theirs: each reads her own pages and no others, and a page of
// nobody waits.
func TestPayslipsInOneDocument(t *testing.T) {
	_, halls := twoLaptops(t)
	ctx := t.Context()
	clerk, agent := halls[0], halls[1]
	first, second, meet := holders(t, halls)
	path := filepath.Join(t.TempDir(), "paie.pdf")
	must(t, os.WriteFile(path, []byte("%PDF-1.4 Ève EXEMPLE\nMaïté FICTIVE page 1/2\nsuite page 2/2\nrécapitulatif"), 0o600))
	lot, err := clerk.FindPayslips(ctx, first, []string{path}, plainPages{})
	must(t, err)
	if len(lot) != 3 || lot[0].Person != first || lot[1].Person != second || lot[1].Last != 3 || lot[2].Person != "" {
		t.Fatalf("%+v", lot)
	}
	for _, want := range []office.PayslipsDone{{New: 2}, {Known: 2}} {
		if out, err := clerk.DepositPayslips(ctx, first, lot[:2], plainPages{}, func(int, int) {}); err != nil || out != want {
			t.Fatalf("%+v, wanted %+v: %v", out, want, err)
		}
	}
	meet()
	spaces, err := agent.Vault.Spaces(ctx, second)
	must(t, err)
	var got []string
	for _, s := range spaces {
		page, _, _, err := agent.Vault.List(ctx, second, s.ID, "", vault.After{}, 10)
		must(t, err)
		for _, i := range page {
			got = append(got, i.Name+": "+readVault(t, agent, second, i.ID))
		}
	}
	if len(got) != 1 || got[0] != "paie Maïté Fictive (pages 2 à 3).pdf: %PDF-1.4 extrait Maïté FICTIVE page 1/2\nsuite page 2/2" {
		t.Errorf("%q", got)
	}
}

// A lot of payslips is matched to its agents, deposited as confirmed, once, and read by each agent alone.
func TestPayslips(t *testing.T) {
	_, halls := twoLaptops(t)
	ctx := t.Context()
	clerk, agent := halls[0], halls[1]
	first, second, meet := holders(t, halls)
	dir := t.TempDir()
	for name, text := range map[string]string{"BP_0457_112026.pdf": "Madame Maïté FICTIVE", "scan.pdf": ""} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("%PDF-1.4 "+text), 0o600))
	}
	files, err := clerk.PayslipFiles([]string{dir})
	must(t, err)
	found, err := clerk.FindPayslips(ctx, first, files, plainPages{})
	must(t, err)
	if len(found) != 2 || found[0].Person != second || found[0].Why != vault.ByText || found[1].Person != "" {
		t.Fatalf("%+v", found)
	}
	nobody := found[1]
	nobody.Person = "personne"
	for _, want := range []office.PayslipsDone{{New: 1}, {Known: 1}} {
		out, err := clerk.DepositPayslips(ctx, first, found[:1], plainPages{}, func(int, int) {})
		if err != nil || out != want {
			t.Fatalf("%+v, wanted %+v: %v", out, want, err)
		}
	}
	if _, err := clerk.DepositPayslips(ctx, first, []office.Slip{nobody}, plainPages{}, func(int, int) {}); rule.Find(err) == nil || !strings.Contains(err.Error(), "scan.pdf") {
		t.Errorf("deposited for nobody: %v", err)
	}
	meet()
	spaces, err := agent.Vault.Spaces(ctx, second)
	must(t, err)
	read2 := 0
	for _, s := range spaces {
		page, _, _, err := agent.Vault.List(ctx, second, s.ID, "", vault.After{}, 10)
		must(t, err)
		for _, i := range page {
			if s.Name != "Bulletins de paie de Maïté Fictive" || readVault(t, agent, second, i.ID) != "%PDF-1.4 Madame Maïté FICTIVE" {
				t.Errorf("%s in %s", i.Name, s.Name)
			}
			read2++
		}
	}
	if read2 != 1 {
		t.Errorf("the agent reads %d payslips", read2)
	}
	// The next month, without a name in it, is known by its number; what is no PDF stops the lot before anything is read on.
	must(t, os.WriteFile(filepath.Join(dir, "BP_0457_122026.pdf"), []byte("%PDF-1.4 image"), 0o600))
	found, err = clerk.FindPayslips(ctx, first, []string{filepath.Join(dir, "BP_0457_122026.pdf")}, plainPages{})
	if err != nil || found[0].Person != second || found[0].Why != vault.ByNumber {
		t.Errorf("%+v, %v", found, err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "faux.pdf"), []byte("MZ programme"), 0o600))
	if _, err := clerk.FindPayslips(ctx, first, []string{filepath.Join(dir, "faux.pdf")}, plainPages{}); rule.Find(err) == nil {
		t.Errorf("a program was taken for a payslip: %v", err)
	}
}

// A folder left on the server does not come to that laptop, and comes back at its word.
func TestVaultLeftOnTheServer(t *testing.T) {
	_, halls := twoLaptops(t)
	ctx := t.Context()
	clerk, other := halls[0], halls[1]
	first, second, meet := holders(t, halls)
	space, err := clerk.Vault.NewSpace(ctx, first, "Commun", vault.Member{Person: second, Role: vault.Writer})
	must(t, err)
	folder, err := clerk.Vault.Folder(ctx, first, space, "", "Photos")
	must(t, err)
	meet()
	must(t, other.SetVaultAway(ctx, folder, true))
	photo, err := clerk.Vault.Put(ctx, first, vault.NewFile{Space: space, Parent: folder, Name: "pont.jpg"}, strings.NewReader("image"))
	must(t, err)
	letter, err := clerk.Vault.Put(ctx, first, vault.NewFile{Space: space, Name: "lettre.txt"}, strings.NewReader("lettre"))
	must(t, err)
	here := func(id string) bool {
		t.Helper()
		i, err := other.Vault.Item(ctx, second, id)
		must(t, err)
		return i.Here
	}
	meet()
	if !here(letter) {
		t.Error("the other file did not come")
	}
	if here(photo) {
		t.Error("what was to stay on the server came")
	}
	if readVault(t, other, second, photo) != "image" {
		t.Error("it is not read on line")
	}
	must(t, other.SetVaultAway(ctx, folder, false))
	meet()
	if !here(photo) {
		t.Error("it did not come back")
	}
}

func readVault(t *testing.T, h *office.Hall, person, id string) string {
	t.Helper()
	c, err := h.Vault.Open(t.Context(), person, id, 0)
	must(t, err)
	text, err := io.ReadAll(c)
	must(t, errors.Join(err, c.Close()))
	return string(text)
}

// browser is a guest's, as transfer's door: what the page does, without its window.
type browser struct {
	base, token string
	client      *http.Client
}

func (b browser) do(ctx context.Context, method, path string, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	resp, err := b.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return errors.New(resp.Status)
	}
	if into != nil {
		return json.NewDecoder(resp.Body).Decode(into)
	}
	return nil
}

func (b browser) PutPiece(ctx context.Context, _ string, d store.Digest, piece []byte) error {
	return b.do(ctx, http.MethodPut, "/pieces/"+d.String(), piece, nil)
}

func (b browser) AddFile(ctx context.Context, _ string, f protocol.LinkFile) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return b.do(ctx, http.MethodPost, "/files", text, nil)
}

func (b browser) Piece(context.Context, string, store.Digest) ([]byte, error) {
	return nil, errors.ErrUnsupported
}

// openLink takes a guest's link apart.
func openLink(t *testing.T, g vault.Guest) (b browser, key transfer.Key, rest string) {
	t.Helper()
	base, fragment, _ := strings.Cut(g.Address, "#")
	secret, rest, _ := strings.Cut(fragment, ".")
	key.Phrase = g.Phrase
	var err error
	key.Secret, err = decodeSecret(secret)
	must(t, err)
	b.base, b.client = base, &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	b.token, err = key.Token()
	must(t, err)
	return b, key, rest
}

func decodeSecret(text string) (secret []byte, err error) {
	err = json.Unmarshal([]byte(`"`+strings.NewReplacer("-", "+", "_", "/").Replace(text)+`="`), &secret)
	return secret, err
}

// Files leave by a link whose sending is cut and taken up, and come by another into the vault.
func TestLinks(t *testing.T) {
	s, address := serve(t)
	ctx := t.Context()
	code, err := s.NewCode(ctx, ours)
	must(t, err)
	o := open(t, t.TempDir())
	defer o.Close()
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	must(t, err)
	a := authority.Authority{ID: ours, Name: "Commune d’essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	me, err := h.People.Found(ctx, a, authority.Person{FirstName: "Ève", LastName: "Exemple", Roles: []authority.Role{authority.RoleAdministrator}})
	must(t, err)
	space, err := h.Vault.PersonalSpace(ctx, me)
	must(t, err)
	_, err = h.Exchange(ctx)
	must(t, err)

	content := make([]byte, 20<<20+3)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(content)
	path := filepath.Join(t.TempDir(), "plans.zip")
	must(t, os.WriteFile(path, content, 0o600))
	end := time.Now().Add(48 * time.Hour)
	if _, err := h.MakeLink(ctx, me, office.NewLink{Kind: protocol.LinkSend, Space: space, Title: "Plans", Expires: end}); err == nil {
		t.Fatal("a link without files")
	}
	dir := t.TempDir()
	for name, size := range map[string]int64{"film.mp4": 20_000_000_001, "a.zip": 11_000_000_000, "b.zip": 11_000_000_000} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		must(t, os.Truncate(filepath.Join(dir, name), size)) // which takes no room
	}
	for name, row := range map[string]struct {
		names []string
		why   string
	}{
		"a file of more than 20 Go":    {[]string{"film.mp4"}, "« film.mp4 » dépasse 20 Go"},
		"more than 20 Go in two files": {[]string{"a.zip", "b.zip"}, "font plus de 20 Go ensemble"},
		"a folder":                     {[]string{""}, "n’est pas un fichier"},
		"a file that has gone":         {[]string{"parti.zip"}, ""},
	} {
		n := office.NewLink{Kind: protocol.LinkSend, Space: space, Title: "Trop", Expires: end}
		for _, file := range row.names {
			n.Paths = append(n.Paths, filepath.Join(dir, file))
		}
		_, err := h.MakeLink(ctx, me, n)
		if r := rule.Find(err); err == nil || row.why != "" && (r == nil || !strings.Contains(r.Why, row.why)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := h.Sync.Links(ctx); err != nil || len(all) != 0 {
		t.Fatal("a link was made whose files cannot leave:", len(all), err)
	}
	l, err := h.MakeLink(ctx, me, office.NewLink{Kind: protocol.LinkSend, Space: space, Title: "Plans", Words: "Voici.", Guest: "Architecte", Expires: end, Max: 3, Paths: []string{path}})
	must(t, err)
	cut, stop := context.WithCancel(ctx)
	err = h.SendFiles(cut, me, l, func(done, _ int64, _ string) {
		if done >= 8<<20 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if n, _, err := h.Unsent(ctx, l.ID); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	first := int64(-1)
	must(t, h.SendFiles(ctx, me, l, func(done, _ int64, _ string) {
		if first < 0 {
			first = done
		}
	}))
	if first <= 8<<20 {
		t.Fatal("the sending began anew, at", first)
	}
	seen, err := h.Sync.Links(ctx)
	if err != nil || len(seen) != 1 || len(seen[0].Files) != 1 {
		t.Fatal(seen, err)
	}
	identity, err := age.ParseX25519Identity(l.Identity)
	must(t, err)
	m, err := transfer.Manifest(seen[0].Files[0], identity)
	must(t, err)
	got, err := io.ReadAll(transfer.Fetch(ctx, h.Sync, l.ID, m, identity))
	if err != nil || !bytes.Equal(got, content) {
		t.Fatal(len(got), err)
	}

	asked, err := h.MakeLink(ctx, me, office.NewLink{Kind: protocol.LinkDeposit, Space: space, Title: "Pièces du permis", Expires: end})
	must(t, err)
	guest, _, recipient := openLink(t, asked.Guests[0])
	given := transfer.File{Name: "façade.txt", Size: 7, Modified: time.Now(), Content: strings.NewReader("façade")}
	for range 2 { // the same name twice: both are kept
		must(t, transfer.Send(ctx, guest, asked.ID, recipient, given, transfer.State{}, func(transfer.State) error { return nil }, func(int64) {}))
	}
	n, err := h.FetchLink(ctx, me, asked, func(int, int, string) {})
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	folder, err := h.Vault.Named(ctx, me, space, "", "Pièces du permis")
	must(t, err)
	page, _, _, err := h.Vault.List(ctx, me, space, folder.ID, vault.After{}, 10)
	if err != nil || len(page) != 2 || readVault(t, h, me, page[0].ID) != "façade" {
		t.Fatal(page, err)
	}
	all, err := h.Vault.Links(ctx, me)
	must(t, err)
	for _, l := range all {
		if l.ID == asked.ID {
			asked = l
		}
	}
	if n, err := h.FetchLink(ctx, me, asked, func(int, int, string) {}); err != nil || n != 0 {
		t.Fatal("fetched twice:", n, err)
	}

	room, err := h.MakeLink(ctx, me, office.NewLink{Kind: protocol.LinkRoom, Space: space, Title: "Voirie intercommunale", Guest: "Communauté de communes d’essai", Expires: end})
	must(t, err)
	room, err = h.AddGuest(ctx, me, room, "Bureau d’études", protocol.LinkReads, time.Now().Add(time.Hour))
	must(t, err)
	reader, _, _ := openLink(t, room.Guests[1])
	var info protocol.PublicLink
	must(t, reader.do(ctx, http.MethodGet, "/info", nil, &info))
	if info.Role != protocol.LinkReads || reader.AddFile(ctx, "", protocol.LinkFile{Manifest: []byte("x")}) == nil {
		t.Fatal("a reader adds")
	}
	room, err = h.RemoveGuest(ctx, me, room, room.Guests[1].ID)
	must(t, err)
	if reader.do(ctx, http.MethodGet, "/info", nil, nil) == nil {
		t.Fatal("removed, she still reads")
	}
	must(t, h.CloseLink(ctx, me, l))
	sender, _, _ := openLink(t, l.Guests[0])
	if sender.do(ctx, http.MethodGet, "/info", nil, nil) == nil {
		t.Fatal("closed, the link still answers")
	}
	if _, err := h.Sync.Piece(ctx, l.ID, m.Pieces[0]); err == nil {
		t.Fatal("closed, what was sent is still on the server")
	}
}

// What an authority shares with another is opened in that one's own Airial: its files come once, hers leave for it, and what
// is wrong with a link is told in words.
func TestReceivedLinks(t *testing.T) {
	s, address := serve(t)
	ctx := t.Context()
	var halls []*office.Hall
	var people, spaces []string
	for _, id := range []string{ours, theirs} {
		code, err := s.NewCode(ctx, id)
		must(t, err)
		o := open(t, t.TempDir())
		defer o.Close()
		h, err := o.Enrol(ctx, address, code, "secrétariat")
		must(t, err)
		me, err := h.People.Found(ctx, authority.Authority{ID: id, Name: "Collectivité d’essai", Place: "Essai", Kind: authority.Commune, Population: 400}, authority.Person{FirstName: "Ève", LastName: "Exemple", Roles: []authority.Role{authority.RoleAdministrator}})
		must(t, err)
		space, err := h.Vault.PersonalSpace(ctx, me)
		must(t, err)
		_, err = h.Exchange(ctx)
		must(t, err)
		halls, people, spaces = append(halls, h), append(people, me), append(spaces, space)
	}
	giver, taker := halls[0], halls[1]
	path := filepath.Join(t.TempDir(), "plan.txt")
	must(t, os.WriteFile(path, []byte("le plan"), 0o600))
	end := time.Now().Add(48 * time.Hour)
	room, err := giver.MakeLink(ctx, people[0], office.NewLink{Kind: protocol.LinkRoom, Space: spaces[0], Title: "Voirie intercommunale", Guest: "Communauté d’essai", Expires: end, Paths: []string{path}})
	must(t, err)
	must(t, giver.SendFiles(ctx, people[0], room, func(int64, int64, string) {}))
	g := room.Guests[0]
	quiet := func(int, int, string) {}
	for _, want := range []int{1, 0} { // what is there already does not come twice
		folder, n, err := taker.ReceiveLink(ctx, people[1], g.Address, " "+strings.ToUpper(g.Phrase), quiet)
		if err != nil || n != want || folder != "Voirie intercommunale" {
			t.Fatal(folder, n, err)
		}
	}
	there, err := taker.Vault.Named(ctx, people[1], spaces[1], "", "Voirie intercommunale")
	must(t, err)
	page, _, _, err := taker.Vault.List(ctx, people[1], spaces[1], there.ID, vault.After{}, 10)
	if err != nil || len(page) != 1 || page[0].Name != "plan.txt" || readVault(t, taker, people[1], page[0].ID) != "le plan" {
		t.Fatal(page, err)
	}
	answer := filepath.Join(t.TempDir(), "avis.txt")
	must(t, os.WriteFile(answer, []byte("favorable"), 0o600))
	must(t, taker.GiveToLink(ctx, g.Address, g.Phrase, []string{answer}, quiet))
	if n, err := giver.FetchLink(ctx, people[0], room, quiet); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	base, _, _ := strings.Cut(g.Address, "#")
	for name, row := range map[string]struct{ address, phrase, why string }{
		"another passphrase": {g.Address, "aaaa-bbbb-cccc", "phrase de passe"},
		"a guessed secret":   {base + "#" + strings.Repeat("A", 43), g.Phrase, "n’existe pas"},
		"no secret":          {base, g.Phrase, "n’est pas le lien"},
		"cut":                {g.Address[:len(g.Address)-9], g.Phrase, "n’est pas le lien"},
		"another site":       {"http://voleur.example/l/x#" + strings.Repeat("A", 43), g.Phrase, "n’est pas le lien"},
		"a file":             {"file:///etc/passwd#" + strings.Repeat("A", 43), g.Phrase, "n’est pas le lien"},
	} {
		_, _, err := taker.ReceiveLink(ctx, people[1], row.address, row.phrase, quiet)
		if r := rule.Find(err); r == nil || !strings.Contains(r.Why, row.why) || r.Cure == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Who works offline by choice reaches no server for a link, her own or another's.
	giver.Sync.SetOnline(false)
	taker.Sync.SetOnline(false)
	if _, err := giver.Sync.Links(ctx); !errors.Is(err, client.ErrPaused) {
		t.Errorf("offline by choice, the links were asked for: %v", err)
	}
	if _, err := giver.MakeLink(ctx, people[0], office.NewLink{Kind: protocol.LinkDeposit, Space: spaces[0], Title: "Pièces", Expires: end}); !errors.Is(err, client.ErrPaused) {
		t.Errorf("offline by choice, a link was made: %v", err)
	}
	if _, _, err := taker.ReceiveLink(ctx, people[1], g.Address, g.Phrase, quiet); !errors.Is(err, client.ErrPaused) {
		t.Errorf("offline by choice, a link was opened: %v", err)
	}
	giver.Sync.SetOnline(true)
	taker.Sync.SetOnline(true)
	must(t, giver.CloseLink(ctx, people[0], room))
	if _, _, err := taker.ReceiveLink(ctx, people[1], g.Address, g.Phrase, quiet); rule.Find(err) == nil {
		t.Errorf("closed: %v", err)
	}
}

// The editor of an installation is opened by a page of this computer alone; a setting that would open files to
// the network is refused.
func TestOnlineEditor(t *testing.T) {
	s, address := serve(t)
	ctx := t.Context()
	code, err := s.NewCode(ctx, ours)
	must(t, err)
	o := open(t, t.TempDir())
	defer o.Close()
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	must(t, err)
	a := authority.Authority{ID: ours, Name: "Commune d’essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	me, err := h.People.Found(ctx, a, authority.Person{FirstName: "Ève", LastName: "Exemple", Roles: []authority.Role{authority.RoleAdministrator}})
	must(t, err)
	space, err := h.Vault.PersonalSpace(ctx, me)
	must(t, err)
	id, err := h.Vault.Put(ctx, me, vault.NewFile{Space: space, Name: "budget.ods"}, strings.NewReader("un"))
	must(t, err)
	i, err := h.Vault.Item(ctx, me, id)
	must(t, err)
	if _, err := h.EditOnline(ctx, me, i); err == nil || h.EditsOnline("budget.ods") {
		t.Fatal("no editor is set")
	}
	set := func(listen string) {
		t.Helper()
		must(t, os.WriteFile(filepath.Join(o.Dir(), "editor.json"), []byte(`{"editor":"https://editeur.exemple.fr/cool.html","listen":"`+listen+`"}`), 0o600))
	}
	set("0.0.0.0:0")
	if _, err := h.EditOnline(ctx, me, i); !errors.Is(err, office.ErrAddress) {
		t.Fatal(err)
	}
	set("127.0.0.1:0")
	if !h.EditsOnline("Budget.ODS") || h.EditsOnline("photo.jpg") {
		t.Fatal("another list of endings")
	}
	at, err := h.EditOnline(ctx, me, i)
	must(t, err)
	resp, err := http.Get(at)
	must(t, err)
	page, err := io.ReadAll(resp.Body)
	must(t, errors.Join(err, resp.Body.Close()))
	if !bytes.Contains(page, []byte(id)) || strings.Contains(at, id) {
		t.Fatal(at, string(page))
	}
}
