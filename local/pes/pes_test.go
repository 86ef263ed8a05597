package pes_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/signature/xmltree"
)

func read(t testing.TB, raw []byte) *pes.Flow {
	t.Helper()
	f, err := pes.Read(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRead: a flow is read the way an accountant reads it.
func TestRead(t *testing.T) {
	f := read(t, pestest.Example)
	var got strings.Builder
	fmt.Fprintln(&got, f.Name, f.Type, f.Date, f.Post, f.Siret, f.Authority, f.Budget, f.Label, f.Signed, f.Dematerialised)
	for _, b := range f.Bordereaux {
		fmt.Fprintln(&got, b.Side, b.ID, b.Exercise, b.Number, b.Date, b.TypeLabel(), b.Count, b.Cumulative, b.Net, b.VAT, b.Signed)
		for _, p := range b.Pieces {
			fmt.Fprintln(&got, " ", p.Number, p.TypeLabel(b.Side), "/", p.NatureLabel(b.Side), "/", p.Object, p.References)
			for _, l := range p.Lines {
				fmt.Fprintln(&got, "   ", l.Number, l.Account, l.Function, l.Invoice, l.Label, l.PaymentLabel(), l.Net, l.VAT)
				for _, th := range l.Thirds {
					fmt.Fprintln(&got, "     ", th.FullName(), "/", th.LegalLabel(), "/", strings.Join(th.Address, ", "), "/", th.Account, th.Account.Valid())
				}
			}
		}
	}
	for _, a := range f.Attachments {
		content, err := a.Open()
		fmt.Fprintln(&got, a.ID, a.Name, a.TypeLabel(), a.Media, a.Description, len(content), bytes.HasPrefix(content, []byte("%PDF-")), err)
	}
	want, err := os.ReadFile("testdata/exemple.txt")
	if err != nil || got.String() != string(want) {
		t.Errorf("%v\n%s", err, got.String())
	}
}

// TestEach: bordereaux are told as they end, with the head of the flow, and the reader may be stopped.
func TestEach(t *testing.T) {
	stop := errors.New("enough")
	var seen []string
	_, err := pes.Read(pestest.Example, func(f *pes.Flow, b *pes.Bordereau) error {
		seen = append(seen, f.Label+" "+b.Number+" "+fmt.Sprint(len(b.Pieces)))
		if len(seen) == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || !slices.Equal(seen, []string{"SAINT-AIRIAL-DES-PINS 12 2", "SAINT-AIRIAL-DES-PINS 13 1"}) {
		t.Error(seen, err)
	}
}

// TestCheck: each remark, with what calls for it. The text on the left is replaced by that on the right.
func TestCheck(t *testing.T) {
	known := pes.Known{Siren: "000400999", Today: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)}
	if remarks := read(t, pestest.Example).Check(known); len(remarks) != 0 {
		t.Errorf("the example is remarked upon: %+v", remarks)
	}
	first := read(t, pestest.Example).Bordereaux[0].Pieces[0].Third()
	changed := known
	changed.Account = func(third string) (string, string, time.Time, bool) {
		return "0000000000000000", "1234", known.Today.AddDate(0, -2, 0), third == first.Key()
	}
	same := known
	same.Account = func(third string) (string, string, time.Time, bool) {
		return first.Account.Fingerprint(), first.Account.Ending(), known.Today, third == first.Key()
	}
	paid := known
	paid.Invoice = func(third, number string, amount pes.Amount) (string, bool) {
		return "bordereau 3, mandat 20, le 2 février 2026", third == first.Key() && number == "F2026-07" && amount == 150000
	}
	used := known
	used.Bordereau = func(_, _ string, side pes.Side, _, number string) (bool, int) {
		return side == pes.Spending && number == "12", 12
	}
	later := known
	later.Bordereau = func(_, _ string, side pes.Side, _, _ string) (bool, int) {
		return false, map[pes.Side]int{pes.Spending: 9, pes.Receipts: 4}[side]
	}
	for name, row := range map[string]struct {
		known    pes.Known
		old, new string
		want     []string
	}{
		"another authority":            {pes.Known{Siren: "123456789"}, "", "", []string{"0 wrong-authority"}},
		"no identifier at all":         {known, "(ID)", "", []string{"0 no-id"}},
		"identifier of the whole only": {known, `Id="DEP12"`, ``, nil},
		"identifier twice":             {known, `Id="DEP13"`, `Id="DEP12"`, []string{"0 twice-id"}},
		"no cumulative":                {known, `<MtCumulAnnuel V="48210.35"/>`, ``, []string{"1 no-cumulative"}},
		"cumulative of zero":           {known, `V="8120.00"`, `V="0.00"`, []string{"1 no-cumulative"}},
		"one piece more is announced":  {known, `<NbrPce V="2"/>`, `<NbrPce V="3"/>`, []string{"2 count"}},
		"total before tax":             {known, `V="1630.00"`, `V="1630.01"`, []string{"2 net"}},
		"total of receipts":            {known, `<MtBordHt V="120.00"/>`, `<MtBordHt V="12.00"/>`, []string{"2 net"}},
		"total of tax":                 {known, `V="326.00"`, `V="325.00"`, []string{"2 vat"}},
		"transfer without account":     {known, "(ACCOUNT)", "", []string{"1 no-account"}},
		"wrong check digits":           {known, first.Account.IBAN, first.Account.IBAN[:20] + "9" + first.Account.IBAN[21:], []string{"1 bad-account"}},
		"announced and missing":        {known, `<IdUnique V="PJFICTIVE1"/><NomPJ`, `<IdUnique V="AUTRE"/><NomPJ`, []string{"2 missing-attachment", "2 orphan-attachment"}},
		"on paper":                     {known, `<Support V="01"/><IdUnique V="PJFICTIVE1"/>`, `<Support V="02"/><IdUnique V="AUTRE"/>`, []string{"2 orphan-attachment"}},
		"two attachments of one name":  {known, "<IdUnique V=\"PJFICTIVE2\"/>\n", "<IdUnique V=\"PJFICTIVE1\"/>\n", []string{"1 twice-attachment", "2 missing-attachment"}},
		"empty attachment":             {known, "(CONTENT)", "", []string{"2 bad-attachment", "2 bad-attachment"}},
		"attachment that is a program": {known, "(CONTENT)", "TVqQAAMAAAAEAAAA", []string{"0 program", "0 program"}},
		"attachment of another kind":   {known, "(CONTENT)", "UEsDBBQAAAAAAAAA", []string{"2 other-kind", "2 other-kind"}},
		"in the future":                {pes.Known{Today: known.Today.AddDate(0, 0, -10)}, "", "", []string{"2 future"}},
		"account that changed":         {changed, "", "", []string{"2 changed-account"}},
		"account that did not":         {same, "", "", nil},
		"invoice paid already":         {paid, "", "", []string{"2 double-invoice"}},
		"invoice twice in the flow":    {known, "(INVOICE)", "", []string{"2 double-invoice"}},
		"number used already":          {used, "", "", []string{"1 used-number"}},
		"numbers missing":              {later, "", "", []string{"2 gap", "2 gap"}},
	} {
		raw := string(pestest.Example)
		switch row.old {
		case "(ID)":
			for _, id := range []string{"FLUX0001", "DEP12", "DEP13", "REC5"} {
				raw = strings.Replace(raw, ` Id="`+id+`"`, "", 1)
			}
		case "(ACCOUNT)":
			start, end := strings.Index(raw, "<CpteBancaire>"), strings.Index(raw, "</CpteBancaire>")
			raw = raw[:start] + raw[end+len("</CpteBancaire>"):]
		case "(CONTENT)":
			for _, part := range strings.SplitAfter(raw, `MIMEType="application/pdf">`)[1:] {
				raw = strings.Replace(raw, part[:strings.Index(part, "<")], row.new, 1)
			}
		case "(INVOICE)":
			raw = strings.Replace(raw, `<MtHT V="100.00"/><MtTVA V="20.00"/>`, `<MtHT V="280.00"/><MtTVA V="56.00"/>`, 1)
			raw = strings.Replace(strings.Replace(raw, `V="1630.00"`, `V="1810.00"`, 1), `V="326.00"`, `V="362.00"`, 1)
		case "":
		default:
			if !strings.Contains(raw, row.old) {
				t.Fatalf("%s: the example no longer holds %q", name, row.old)
			}
			raw = strings.Replace(raw, row.old, row.new, -1)
		}
		var got []string
		for _, r := range read(t, []byte(raw)).Check(row.known) {
			got = append(got, fmt.Sprint(int(r.Severity), " ", r.Code))
			if r.Why == "" || r.Cure == "" || r.Source == "" {
				t.Errorf("%s: %+v says too little", name, r)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

// TestPrepare: the mark is set for each side, and every other byte is kept.
func TestPrepare(t *testing.T) {
	raw := pestest.Example
	out, err := pes.Prepare(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(string(raw), `<InfoDematerialisee V="0"/>`, `<InfoDematerialisee V="1"/>`, 1)
	i := strings.LastIndex(want, `<IdVer V="2"/>`) + len(`<IdVer V="2"/>`)
	want = want[:i] + `<InfoDematerialisee V="1"/>` + want[i:]
	if string(out) != want {
		t.Error("something else has changed")
	}
	f := read(t, out)
	if !f.Dematerialised[pes.Spending] || !f.Dematerialised[pes.Receipts] {
		t.Error(f.Dematerialised)
	}
	if again, err := pes.Prepare(out); err != nil || !bytes.Equal(again, out) {
		t.Error("a flow that is ready was changed", err)
	}
	if !slices.Equal(f.Targets(), []string{"DEP12", "DEP13", "REC5"}) {
		t.Error(f.Targets())
	}
	valid(t, raw, "PES_Aller.xsd")
	valid(t, out, "PES_Aller.xsd")
}

// valid holds a flow against the official schemas with libxml2's own program.
func valid(t *testing.T, raw []byte, name string) {
	t.Helper()
	schema := filepath.Join(os.Getenv("AIRIAL_SAMPLES"), "pes-xsd", "PES_V2", "Rev0", name)
	if _, err := os.Stat(schema); err != nil {
		t.Skip("AIRIAL_SAMPLES does not give the schemas")
	}
	cmd := exec.Command("xmllint", "--nonet", "--noout", "--schema", schema, "-")
	cmd.Stdin = bytes.NewReader(raw)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestAccounts: check digits as ISO 13616 and the RIB's key want them; a RIB and its IBAN are one account.
func TestAccounts(t *testing.T) {
	for _, row := range []struct {
		account pes.Account
		valid   bool
	}{
		{pes.Account{IBAN: "FR14 2004 1010 0505 0001 3M02 606"}, true}, // the example of the ISO 13616 register
		{pes.Account{IBAN: "FR14 2004 1010 0505 0001 3M02 607"}, false},
		{pes.Account{IBAN: "DE89370400440532013000"}, true},
		{pes.Account{IBAN: "FR1"}, false},
		{pes.Account{Code: "20041", Branch: "01005", Number: "0500013M026", Key: "06"}, true},
		{pes.Account{Code: "20041", Branch: "01005", Number: "0500013M026", Key: "07"}, false},
		{pes.Account{Code: "20041"}, false},
		{pes.Account{IBAN: "FR14!2004"}, false},
	} {
		if row.account.Valid() != row.valid {
			t.Errorf("%s: %v", row.account, !row.valid)
		}
	}
	iban, rib := pes.Account{IBAN: "FR14 2004 1010 0505 0001 3M02 606"}, pes.Account{Code: "20041", Branch: "01005", Number: "0500013M026", Key: "06"}
	if iban.Fingerprint() != rib.Fingerprint() || iban.Ending() != "2606" {
		t.Error(iban.Fingerprint(), rib.Fingerprint(), iban.Ending())
	}
}

// TestAmounts: amounts are read to the cent or not at all.
func TestAmounts(t *testing.T) {
	for text, want := range map[string]pes.Amount{"0": 0, "12": 1200, "12.3": 1230, "12.34": 1234, "-0.05": -5, "999999999999.99": 99999999999999} {
		if got, ok := pes.ParseAmount(text); !ok || got != want {
			t.Errorf("%q: %d %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "a", "1.234", "--1", "1,5", "1e3", "12345678901234567890"} {
		if got, ok := pes.ParseAmount(text); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}

// TestReceipt: what came back says what was rejected and why.
func TestReceipt(t *testing.T) {
	r, err := pes.ReadReceipt(pestest.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	want := "[{Dépense true 12 2026   []} {Dépense false 13 2026   [{  ERREUR_DOUBLON_BORDEREAU Bordereau déjà transmis} {103  ERREUR_DOUBLON_PIECE Mandat déjà transmis} {103 1 ERREUR_CODIFICATION Compte absent de la nomenclature}]} {PJ true   PJFICTIVE1  []}]"
	if got := fmt.Sprint(r.Elements); got != want || r.File != "PESALR2_EXEMPLE_0001.xml" || r.Date != "2026-03-04" || r.Accepted() {
		t.Errorf("%s %q %q\n%s\n%s", r.File, r.Date, got, got, want)
	}
	flow := read(t, pestest.Example)
	const named, renamed = "PESALR2_EXEMPLE_0001", "TRANSMIS_77"
	for name, row := range map[string]struct {
		changes []string
		answers bool
	}{
		"as it came":                 {nil, true},
		"renamed on the way":         {[]string{named, renamed}, true},
		"renamed, another commune":   {[]string{named, renamed, "00040099900014", "00040088800014"}, false},
		"renamed, another budget":    {[]string{named, renamed, `CodBud V="00"`, `CodBud V="07"`}, false},
		"renamed, another bordereau": {[]string{named, renamed, `NumBord V="13"`, `NumBord V="14"`}, false},
		"renamed, another exercise":  {[]string{named, renamed, "2026", "2025"}, false},
		"renamed, no bordereau":      {[]string{named, renamed, "NumBord", "NumAutre"}, false},
	} {
		other, err := pes.ReadReceipt([]byte(strings.NewReplacer(row.changes...).Replace(string(pestest.Receipt))))
		if err != nil || other.Answers(flow) != row.answers {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pes.ReadReceipt(pestest.Example); !errors.Is(err, pes.ErrNotPES) {
		t.Error(err)
	}
	valid(t, pestest.Receipt, "PES_V2_Acquit_Autonome_V2.xsd")
}

// TestRefused: what is no flow is refused with its reason.
func TestRefused(t *testing.T) {
	for name, row := range map[string]struct {
		raw  string
		want error
	}{
		"another XML":     {"<a/>", pes.ErrNotPES},
		"another space":   {`<n:PES_Aller xmlns:n="urn:other"/>`, pes.ErrNotPES},
		"cut":             {string(pestest.Example[:5000]), xmltree.ErrNotXML},
		"entities":        {"<!DOCTYPE a><a/>", xmltree.ErrDoctype},
		"an endless word": {strings.Replace(string(pestest.Example), "Fournitures", strings.Repeat("x", 5000), 1), pes.ErrTooLarge},
	} {
		if _, err := pes.Read([]byte(row.raw), nil); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bomb := strings.Replace(string(pestest.Example), `application/pdf">`, `application/pdf">`+strings.Repeat("!", 10), 1)
	if _, err := read(t, []byte(bomb)).Attachments[0].Open(); !errors.Is(err, pes.ErrAttachment) {
		t.Error(err)
	}
}

// TestForeign: flows from elsewhere are read.
func TestForeign(t *testing.T) {
	folder := os.Getenv("AIRIAL_SAMPLES")
	if folder == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for name, want := range map[string]string{
		"PESALR1_unsigned.xml":                       "1 bordereaux, 1 attachments, [1]",
		"PESALR2_49101169800000_171227_2045.xml":     "1 bordereaux, 2 attachments, [1]",
		"pes-signe.xml":                              "1 bordereaux, 1 attachments, [1]",
		"HELIOS_SIMU_ALR2_1529593767_1834011863.xml": "1 bordereaux, 1 attachments, [1]",
	} {
		raw, err := os.ReadFile(filepath.Join(folder, "pes", name))
		if err != nil {
			t.Fatal(err)
		}
		f := read(t, raw)
		var pieces []int
		for _, b := range f.Bordereaux {
			pieces = append(pieces, len(b.Pieces))
		}
		if got := fmt.Sprintf("%d bordereaux, %d attachments, %v", len(f.Bordereaux), len(f.Attachments), pieces); got != want {
			t.Errorf("%s: %s", name, got)
		}
		f.Check(pes.Known{})
	}
	raw, err := os.ReadFile(filepath.Join(folder, "pes", "pes_acquit.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := pes.ReadReceipt(raw); err != nil || !r.Accepted() || len(r.Elements) != 5 {
		t.Errorf("%+v %v", r, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(pestest.Example)
	f.Add([]byte(`<n:PES_Aller xmlns:n="` + pes.Namespace + `"><PES_DepenseAller><Bordereau Id="a"><Piece><LigneDePiece><Tiers/></LigneDePiece></Piece></Bordereau></PES_DepenseAller><PES_PJ><PJ><Fichier>QQ==</Fichier></PJ></PES_PJ></n:PES_Aller>`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if flow, err := pes.Read(raw, nil); err == nil {
			flow.Check(pes.Known{})
		}
		_, _ = pes.Prepare(raw)
		_, _ = pes.ReadReceipt(raw)
	})
}

func TestIsReceipt(t *testing.T) {
	for text, want := range map[string]bool{
		string(pestest.Receipt): true, "\xef\xbb\xbf <?xml version='1.0'?><PES_Acquit/>": true, "<a:PES_ACQUIT xmlns:a='x'>": true,
		string(pestest.Example): false, "%PDF-1.7 <PES_ACQUIT>": false, "": false, "<PES_ACQUITTEMENT>": false,
	} {
		if got := pes.IsReceipt([]byte(text)); got != want {
			t.Errorf("%.40q: %v", text, got)
		}
	}
}
