package publication_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

func article(err error) string {
	if r := rule.Find(err); r != nil {
		return r.Article
	}
	return ""
}

func TestFromVoteToSite(t *testing.T) {
	ctx := t.Context()
	h := open(t)
	b, err := h.Board(ctx)
	must(t, err)
	if len(b.Acts) != 3 || b.Due(authority.DayOf(h.now)) != 3 {
		t.Fatalf("to publish: %+v", b.Acts)
	}
	hall, list := publication.DeliberationID(h.acts[0]), publication.ListID(h.sitting)
	if due := h.act(list).Due(); due != "2026-12-01" {
		t.Errorf("L2121-25: the list is due on %s", due)
	}
	must(t, h.Settle(ctx, who, publication.Settings{URL: "https://saint-airial.example/actes/", NIC: "00015", Where: "sur le site internet de la commune", Prefecture: "spref0401"}))
	must(t, h.Describe(ctx, who, hall, publication.Details{Matter: "3.3"}))
	must(t, h.Publish(ctx, who, hall))
	must(t, h.Publish(ctx, who, list))
	if err := h.Publish(ctx, who, hall); rule.Find(err) == nil {
		t.Errorf("published twice: %v", err)
	}
	a := h.act(hall)
	if a.StateOn("2026-11-25") != publication.Public || a.Author.Words() != "Maïté FICTIVE, maire" || a.Way != council.Electronic {
		t.Errorf("%+v", a)
	}
	if e := publication.EffectOf(a); e.Executory != "" || !strings.Contains(e.Missing, "réception") || e.Appeal != "2027-01-26" {
		t.Errorf("L2131-1, not received yet: %+v", e)
	}
	h.now = h.now.AddDate(0, 0, 1)
	if err := h.Receive(ctx, who, hall, "2026-11-23", ""); article(err) != "CGCT, art. L2131-1" {
		t.Errorf("received before it was made: %v", err)
	}
	must(t, h.Receive(ctx, who, hall, "2026-11-26", "040-214009990-20261124-2026_001-DE"))
	if e := publication.EffectOf(h.act(hall)); e.Executory != "2026-11-26" || e.Referral != "2027-01-27" {
		t.Errorf("L2131-1, published and received: %+v", e)
	}
	s := h.site()
	html := content(t, s, "2026/deliberation-2026-001/index.html")
	for _, words := range []string{"Maïté FICTIVE, maire", "Mise en ligne", "25 novembre 2026", "26 novembre 2026", "Tarifs de la salle des fêtes", "deliberation-2026-001.pdf", "FIXE", "<strong>gratuit</strong>", "recours"} {
		if !strings.Contains(html, words) && !strings.Contains(strings.ReplaceAll(html, "\u00a0", " "), words) {
			t.Errorf("R2131-1: the page lacks %q", words)
		}
	}
	if list := content(t, s, "2026/liste-2026-11-24/index.html"); !strings.Contains(list, "Adoptée") || !strings.Contains(list, "../../2026/deliberation-2026-001/index.html") {
		t.Errorf("L2121-25: the list says\n%s", list)
	}
	if len(s.Faults) != 0 || !strings.Contains(content(t, s, "deliberations.csv"), "00040099900015,2026-001,2026-11-24,3.3,domaine et patrimoine/locations,") {
		t.Errorf("open data: %v\n%s", s.Faults, content(t, s, "deliberations.csv"))
	}
	before, err := h.Board(ctx)
	must(t, err)
	must(t, h.j.Rebuild(ctx))
	after, err := h.Board(ctx)
	must(t, err)
	if !reflect.DeepEqual(before, after) {
		t.Error("the rebuilt tables differ")
	}
	if certificate, err := h.Certificate(ctx, hall); err != nil || !bytes.HasPrefix(certificate.PDF, []byte("%PDF-")) {
		t.Errorf("certificate: %v", err)
	}
}

// What is masked is in no file of the site: not in the PDF, its metadata, the pages, the feed, the data.
func TestMaskedWordsAreNowhere(t *testing.T) {
	ctx := t.Context()
	h := open(t)
	read := reader(t)
	help, list := publication.DeliberationID(h.acts[1]), publication.ListID(h.sitting)
	must(t, h.Publish(ctx, who, list))
	if _, err := h.Mask(ctx, who, help, []string{"Absente"}, read); rule.Find(err) == nil {
		t.Errorf("a word that is not there: %v", err)
	}
	n, err := h.Mask(ctx, who, help, []string{"zelie  prototype", "3, chemin des Fougères"}, read)
	if err != nil || n != 3 {
		t.Fatalf("%d passages, %v", n, err)
	}
	original, err := h.council.Print(ctx, h.acts[1])
	must(t, err)
	if text, err := read(ctx, original.PDF); err != nil || !strings.Contains(text, "PROTOTYPE") {
		t.Fatalf("the original was changed: %v\n%s", err, text)
	}
	must(t, h.Publish(ctx, who, help))
	if a := h.act(help); !a.Masked || strings.Contains(a.Subject, "PROTOTYPE") {
		t.Fatalf("%+v", a)
	}
	dir := t.TempDir()
	site := h.site()
	_, err = site.WriteFolder(ctx, dir, nil)
	must(t, err)
	pdf := filepath.Join(dir, "2026/deliberation-2026-002/deliberation-2026-002.pdf")
	checkNowhere(t, dir, "prototype", "zélie", "fougères")
	if text := pdftotext(t, pdf); !strings.Contains(text, "Version occultée") || !strings.Contains(text, "[…]") || !strings.Contains(text, "Maïté FICTIVE, maire") {
		t.Errorf("the copy says\n%s", text)
	}
	// Online already: the copy takes its place, under the same address and the same day.
	first := h.act(help).At
	h.now = h.now.AddDate(0, 0, 2)
	if _, err := h.Mask(ctx, who, help, []string{"300 €"}, read); err != nil {
		t.Fatal(err)
	}
	if a := h.act(help); !a.At.Equal(first) || a.Replaced.IsZero() {
		t.Errorf("%+v", a)
	}
	_, err = h.site().WriteFolder(ctx, dir, nil)
	must(t, err)
	checkNowhere(t, dir, "prototype", "zélie", "fougères", "300 €")
	// Nothing of what was masked is in the journal, but in the deliberation itself.
	must(t, h.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT kind, data FROM entry WHERE stream LIKE 'publication/%'`, nil, func(scan func(...any) error) error {
			var kind string
			var data []byte
			err := scan(&kind, &data)
			if text := strings.ToLower(string(data)); strings.Contains(text, "prototype") || strings.Contains(text, "fougères") {
				t.Errorf("%s holds what was masked: %s", kind, data)
			}
			return err
		})
	}))
}

func checkNowhere(t *testing.T, dir string, words ...string) {
	t.Helper()
	files := 0
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(raw)
		if filepath.Ext(path) == ".pdf" {
			text += pdftotext(t, path) + pdfinfo(t, path)
		}
		text = strings.ToLower(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text))
		for _, w := range words {
			if strings.Contains(text, w) {
				t.Errorf("%s still holds «%s»", path, w)
			}
		}
		return nil
	}))
	if files < 8 {
		t.Errorf("%d files only", files)
	}
}

func pdftotext(t *testing.T, path string) string { return tool(t, "pdftotext", path, "-") }
func pdfinfo(t *testing.T, path string) string   { return tool(t, "pdfinfo", path) }

func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(name + " is not installed")
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func TestMaskingFindsWordsAsPeopleSeeThem(t *testing.T) {
	for _, c := range []struct{ text, words, want string }{
		{"Mme Élodie FICTIVE", "elodie fictive", "Mme […]"},
		{"Mme Élodie\u00a0FICTIVE", "Élodie Fictive", "Mme […]"},
		{"Mme E\u0301lodie Fic\u00adtive", "Élodie Fictive", "Mme […]"},
		{"la Fictiverie", "Fictive", "la Fictiverie"},
		{"12, rue de l’Église", "12, rue de l'église", "[…]"},
		{"Jean-Marc et Jean", "Jean", "[…]-Marc et […]"},
		{"n° 06 12 34 56 78.", "06 12 34 56 78", "n° […]."},
		{"Fictive, Fictive", "Fictive", "[…], […]"},
		{"à **Élodie** FICTIVE et **Paul**", "Élodie Fictive", "à […] et Paul"},
		{"à Élodie **FICTIVE** et __Paul__", "Paul", "à Élodie FICTIVE et […]"},
		{"à **Élodie**", "Paul", "à **Élodie**"},
		{"x", "  ", "x"},
	} {
		if got, _ := (publication.Page{Subject: c.text}).Mask([]string{c.words}); got.Subject != c.want {
			t.Errorf("%q without %q: %q, want %q", c.text, c.words, got.Subject, c.want)
		}
	}
}

func TestRules(t *testing.T) {
	complete := publication.Publication{Act: publication.Act{Kind: publication.Order, Subject: "Circulation", Adopted: "2026-11-24", Author: publication.Author{First: "Maïté", Last: "Fictive", Quality: "Maire"}}}
	individual, nameless, public := complete, complete, complete
	individual.Individual = true
	nameless.Author.First = ""
	public.At = time.Date(2026, 12, 31, 9, 0, 0, 0, paris)
	minutes := public
	minutes.Kind = publication.Minutes
	small, large := authority.Authority{Kind: authority.Commune, Population: 3499}, authority.Authority{Kind: authority.Commune, Population: 3500}
	group, syndicate := authority.Authority{Kind: authority.EPCI, Population: 900}, authority.Authority{Kind: authority.Syndicate, Population: 9000}
	posted := publication.Settings{Way: council.Posting, ChosenBy: "2026-012 du 3 mars 2026"}
	choice := func(a authority.Authority, s publication.Settings) error {
		return publication.CheckChoice(a.Kind, a.Population, s)
	}
	for _, c := range []struct {
		what string
		err  error
		want string
	}{
		{"L2131-1, II: an individual decision is not published", publication.CheckPublishable(individual), "CGCT, art. L2131-1, II"},
		{"R2131-1, I: first name, name and quality", publication.CheckPublishable(nameless), "CGCT, art. R2131-1, I"},
		{"R2131-1, I: complete", publication.CheckPublishable(complete), ""},
		{"R2131-1, I: two months at least", publication.CheckWithdrawal(public, "2027-02-28", ""), "CGCT, art. R2131-1, I"},
		{"R2131-1, I: after two months", publication.CheckWithdrawal(public, "2027-03-01", ""), ""},
		{"R2131-1, I: before, for a reason", publication.CheckWithdrawal(public, "2027-01-02", "Erreur"), ""},
		{"L2121-15: minutes stay", publication.CheckWithdrawal(minutes, "2028-01-01", ""), "CGCT, art. L2121-15 et L2121-25"},
		{"what is not public is not withdrawn", publication.CheckWithdrawal(complete, "2028-01-01", ""), "CGCT, art. R2131-1, I"},
		{"L2131-1, IV: below 3,500, by a deliberation", choice(small, posted), ""},
		{"L2131-1, IV: without its deliberation", choice(small, publication.Settings{Way: council.Paper}), "CGCT, art. L2131-1, IV"},
		{"L2131-1, III: from 3,500", choice(large, posted), "CGCT, art. L2131-1"},
		{"L5211-3: a group of communes", choice(group, posted), "CGCT, art. L2131-1"},
		{"L5211-3: a syndicate chooses", choice(syndicate, posted), ""},
	} {
		if got := article(c.err); got != c.want || (c.err == nil) != (c.want == "") {
			t.Errorf("%s: %v", c.what, c.err)
		}
	}
	if way := publication.WayDue(large.Kind, large.Population, council.Posting); way != council.Electronic {
		t.Errorf("L2131-1, III: a commune that grew past 3,500 publishes by %s", way)
	}
}

// Terms of two months: the last day to stay online, and that to appeal.
func TestTerms(t *testing.T) {
	for _, c := range []struct{ published, end, appeal authority.Day }{
		{"2026-11-25", "2027-01-25", "2027-01-26"},
		{"2026-12-31", "2027-02-28", "2027-03-01"}, // no 31 February
		{"2026-04-05", "2026-06-05", "2026-06-08"}, // the 6th is a Saturday
		{"2026-02-28", "2026-04-28", "2026-04-29"},
		{"2026-02-13", "2026-04-13", "2026-04-14"},
		{"2027-02-28", "2027-04-28", "2027-04-29"},
		{"2026-10-31", "2026-12-31", "2027-01-04"}, // New Year's Day, Saturday, Sunday
	} {
		at, err := time.Parse(time.DateOnly, string(c.published))
		must(t, err)
		p := publication.Publication{Act: publication.Act{Kind: publication.Order}, At: at}
		if end := publication.MinimumEnd(c.published); end != c.end {
			t.Errorf("R2131-1, published on %s: stays until %s, want %s", c.published, end, c.end)
		}
		if e := publication.EffectOf(p); e.Appeal != c.appeal {
			t.Errorf("R421-1, published on %s: appeal until %s, want %s", c.published, e.Appeal, c.appeal)
		}
	}
}

// An act posted in urgency binds at once and stays to be published; the term to appeal runs from its publication alone.
func TestPostedInUrgency(t *testing.T) {
	ctx := t.Context()
	h := open(t)
	id := publication.DeliberationID(h.acts[0])
	for what, c := range map[string]struct{ id, reason, want string }{
		"L2131-1: for a reason": {id, " ", "CGCT, art. L2131-1 (urgence, à vérifier)"},
		"L2121-25: not a list":  {publication.ListID(h.sitting), "Péril", "CGCT, art. L2121-15 et L2121-25"},
	} {
		if err := h.PostUrgently(ctx, who, c.id, c.reason); article(err) != c.want {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(t, h.PostUrgently(ctx, who, id, "Péril imminent"))
	today := authority.DayOf(h.now)
	must(t, h.Receive(ctx, who, id, today, "040-1"))
	a := h.act(id)
	if e := publication.EffectOf(a); a.StateOn(today) != publication.Urgent || e.Executory != today || e.Appeal != "" || !strings.Contains(e.Words, "Affiché en urgence") {
		t.Errorf("posted: %s, %+v", a.StateOn(today), e)
	}
	if n, err := h.Waiting(ctx); err != nil || n == 0 {
		t.Errorf("it no longer waits to be published: %d, %v", n, err)
	}
	if err := h.PostUrgently(ctx, who, id, "Encore"); article(err) == "" {
		t.Errorf("posted twice: %v", err)
	}
	certificate, err := h.Certificate(ctx, id)
	must(t, err)
	path := filepath.Join(t.TempDir(), "certificat.pdf")
	must(t, os.WriteFile(path, certificate.PDF, 0o600))
	if text := pdftotext(t, path); !strings.Contains(text, "en urgence") {
		t.Errorf("the certificate says\n%s", text)
	}
	h.now = h.now.AddDate(0, 0, 1)
	must(t, h.Publish(ctx, who, id))
	if e := publication.EffectOf(h.act(id)); e.Executory != today || e.Appeal != authority.ClearTerm(authority.DayOf(h.now), 2) || h.act(id).Urgency != "Péril imminent" {
		t.Errorf("published the day after: %+v", e)
	}
	if err := h.PostUrgently(ctx, who, id, "Trop tard"); article(err) == "" {
		t.Errorf("posted once public: %v", err)
	}
}

// The site was brought up to date two days after the decision: the day on the act, and the terms, follow.
func TestRedated(t *testing.T) {
	ctx := t.Context()
	h := open(t)
	id := publication.DeliberationID(h.acts[0])
	if err := h.Redate(ctx, who, id, h.now); article(err) != "CGCT, art. R2131-1, I" {
		t.Errorf("not public yet: %v", err)
	}
	must(t, h.Publish(ctx, who, id))
	decided := h.now
	h.now = h.now.AddDate(0, 0, 2)
	for what, at := range map[string]time.Time{"before it was decided": decided.AddDate(0, 0, -1), "to come": h.now.AddDate(0, 0, 1)} {
		if err := h.Redate(ctx, who, id, at); article(err) != "CGCT, art. R2131-1, I" {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(t, h.Redate(ctx, who, id, h.now))
	if e := publication.EffectOf(h.act(id)); e.Appeal != "2027-01-28" {
		t.Errorf("R421-1: the term still runs from the decision: %+v", e)
	}
	dir := t.TempDir()
	_, err := h.site().WriteFolder(ctx, dir, nil)
	must(t, err)
	if text := pdftotext(t, filepath.Join(dir, "2026/deliberation-2026-001/deliberation-2026-001.pdf")); !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), "vendredi 27 novembre 2026") {
		t.Errorf("R2131-1: the copy says\n%s", text)
	}
}

func TestIndividualAndImportedActs(t *testing.T) {
	ctx := t.Context()
	h := open(t)
	printed, err := h.council.Print(ctx, h.acts[0])
	must(t, err)
	in := publication.NewAct{Kind: publication.Order, Number: "2026-07", Subject: "Circulation rue des Pins", Adopted: "2026-11-20", Author: publication.Author{First: "Maïté", Last: "Fictive", Quality: "Maire"}, PDF: printed.PDF}
	if _, err := h.Add(ctx, who, publication.NewAct{Kind: publication.Order, Subject: "x", Adopted: "2026-11-20", PDF: []byte("PK")}); article(err) != "CGCT, art. R2131-1, I" {
		t.Errorf("a format that may be modified: %v", err)
	}
	id, err := h.Add(ctx, who, in)
	must(t, err)
	must(t, h.Describe(ctx, who, id, publication.Details{Individual: true}))
	if err := h.Publish(ctx, who, id); article(err) != "CGCT, art. L2131-1, II" {
		t.Errorf("an individual decision was published: %v", err)
	}
	if s := h.act(id).StateOn("2026-11-25"); s != publication.ToNotify {
		t.Errorf("it is %s", s)
	}
	must(t, h.Describe(ctx, who, id, publication.Details{}))
	// A masked version is made elsewhere, and read before it is believed.
	read := reader(t)
	if _, err := h.Mask(ctx, who, id, []string{"salle"}, read); rule.Find(err) == nil {
		t.Errorf("words masked in a foreign PDF: %v", err)
	}
	if err := h.Bring(ctx, who, id, "", printed.PDF, []string{"salle des fêtes"}, read); !errors.Is(err, publication.ErrStillThere) {
		t.Errorf("a copy that still holds the words: %v", err)
	}
	must(t, h.Publish(ctx, who, id))
	must(t, h.Withdraw(ctx, who, id, "Erreur de destinataire", true))
	page := content(t, h.site(), "2026/arrete-2026-07/index.html")
	if !strings.Contains(page, "n’est plus en ligne") || strings.Contains(page, "rue des Pins") || strings.Contains(page, ".pdf") {
		t.Errorf("the notice says\n%s", page)
	}
	if err := h.Publish(ctx, who, id); rule.Find(err) == nil {
		t.Errorf("a withdrawn act came back: %v", err)
	}
}

// Same data, same bytes; only what changed is written; what is withdrawn goes, what is not Airial's stays.
func TestExportIsIncremental(t *testing.T) {
	ctx := t.Context()
	h := open(t)
	id := publication.DeliberationID(h.acts[0])
	dir := t.TempDir()
	first, err := h.site().WriteFolder(ctx, dir, nil)
	if err != nil || first.Wrote != 5 {
		t.Fatalf("an empty site: %+v, %v", first, err)
	}
	must(t, h.Publish(ctx, who, id))
	before := h.site()
	if _, err := before.WriteFolder(ctx, dir, nil); err != nil {
		t.Fatal(err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "mot-du-maire.html"), []byte("x"), 0o600))
	h.now = h.now.AddDate(0, 0, 3)
	if again, err := h.site().WriteFolder(ctx, dir, nil); err != nil || again.Wrote != 0 || again.Removed != 0 {
		t.Fatalf("nothing changed: %+v, %v", again, err)
	}
	if !reflect.DeepEqual(before.Manifest(), h.site().Manifest()) {
		t.Error("the same acts gave other bytes")
	}
	must(t, os.Remove(filepath.Join(dir, "style.css")))
	if again, err := h.site().WriteFolder(ctx, dir, nil); err != nil || again.Wrote != 1 {
		t.Errorf("a file removed by hand: %+v, %v", again, err)
	}
	must(t, h.Withdraw(ctx, who, id, "Données personnelles", false))
	gone, err := h.site().WriteFolder(ctx, dir, nil)
	if err != nil || gone.Removed != 1 {
		t.Errorf("withdrawn: %+v, %v", gone, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "2026/deliberation-2026-001/deliberation-2026-001.pdf")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the withdrawn PDF is still there")
	}
	if _, err := os.Stat(filepath.Join(dir, "mot-du-maire.html")); err != nil {
		t.Error("a file that is not Airial's was removed")
	}
}

// A manifest from elsewhere names no file outside the folder.
func TestHostileManifest(t *testing.T) {
	m, err := publication.ReadManifest([]byte(`{"../../etc/passwd":"` + strings.Repeat("00", 32) + `","/x":"` + strings.Repeat("00", 32) + `","a/b.html":"` + strings.Repeat("00", 32) + `"}`))
	if err != nil || len(m) != 1 {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := publication.ReadManifest([]byte("<html>")); err == nil {
		t.Error("a page was taken for a manifest")
	}
}

func TestPagesAndFeedAreValid(t *testing.T) {
	ctx := t.Context()
	h := open(t)
	must(t, h.Settle(ctx, who, publication.Settings{URL: "https://saint-airial.example/actes"}))
	for _, id := range []string{publication.DeliberationID(h.acts[0]), publication.DeliberationID(h.acts[1]), publication.ListID(h.sitting)} {
		must(t, h.Publish(ctx, who, id))
	}
	must(t, h.Withdraw(ctx, who, publication.DeliberationID(h.acts[1]), "Données personnelles", true))
	s := h.site()
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  []string `xml:"author>name"`
		Entries []struct {
			ID, Title, Updated string
			Link               struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	must(t, xml.Unmarshal([]byte(content(t, s, "actes.atom.xml")), &feed))
	if feed.ID == "" || feed.Title == "" || feed.Author == nil || len(feed.Entries) != 3 {
		t.Errorf("RFC 4287: %+v", feed)
	}
	if _, err := time.Parse(time.RFC3339, feed.Updated); err != nil {
		t.Errorf("RFC 4287, 4.2.15: %v", err)
	}
	if _, err := exec.LookPath("tidy"); err != nil {
		t.Skip("tidy is not installed")
	}
	for _, f := range s.Files {
		if filepath.Ext(f.Path) != ".html" {
			continue
		}
		command := exec.Command("tidy", "-e", "-q", "-utf8", "--show-info", "no")
		command.Stdin = strings.NewReader(content(t, s, f.Path))
		out, _ := command.CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, `attribute "aria-current"`) { // WAI-ARIA 1.1, which this tidy does not know
				t.Errorf("%s: %s", f.Path, line)
			}
		}
	}
}

// TestLeaveSite leaves the site in the folder AIRIAL_SITE, to be looked at.
func TestLeaveSite(t *testing.T) {
	dir := os.Getenv("AIRIAL_SITE")
	if dir == "" {
		t.Skip("AIRIAL_SITE names no folder")
	}
	ctx := t.Context()
	h := open(t)
	must(t, h.Settle(ctx, who, publication.Settings{URL: "https://saint-airial.example/actes", NIC: "00015"}))
	if _, err := h.Mask(ctx, who, publication.DeliberationID(h.acts[1]), []string{"Zélie PROTOTYPE", "3, chemin des Fougères"}, reader(t)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{publication.DeliberationID(h.acts[0]), publication.DeliberationID(h.acts[1]), publication.ListID(h.sitting)} {
		must(t, h.Describe(ctx, who, id, publication.Details{Matter: "3.3"}))
		must(t, h.Publish(ctx, who, id))
	}
	d, err := h.Certificate(ctx, publication.DeliberationID(h.acts[0]))
	must(t, err)
	_, err = h.site().WriteFolder(ctx, dir, nil)
	must(t, errors.Join(err, os.WriteFile(filepath.Join(dir, "certificat.pdf"), d.PDF, 0o600)))
}

func content(t *testing.T, s publication.Site, path string) string {
	t.Helper()
	for _, f := range s.Files {
		if f.Path == path {
			raw, err := f.Read()
			must(t, err)
			return string(raw)
		}
	}
	t.Fatalf("no %s on the site", path)
	return ""
}
