package pes

import (
	"bytes"
	"fmt"
	"math/big"
	"path"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// Severity is what a remark is worth.
type Severity int

// The severities, the gravest first.
const (
	// Stops: the flow cannot be signed as it is.
	Stops Severity = iota
	// Rejects: Hélios would reject the flow or the bordereau.
	Rejects
	// Warns: a person must look before she signs.
	Warns
	// Tells: something is worth knowing, and there is nothing to look at.
	Tells
)

// Remark is what was found in a flow, in French sentences.
type Remark struct {
	Severity Severity
	// Code names the check, for tests and for counting.
	Code string
	// Where is the part: «Bordereau 12, mandat 832»; "" for the whole flow.
	Where string
	Why   string
	Cure  string
	// Source is the rule: the schema's own words, the law, or the house.
	Source string
}

// Known is what the town hall knew before this flow; the zero Known knows nothing.
type Known struct {
	// Siren is that of the authority, 9 digits; empty: it is not compared.
	Siren string
	// Today is the day of the check.
	Today time.Time
	// Account gives the fingerprint of the account that a third party had last, how it
	// ended, and when that was; false when it is not known.
	Account func(third string) (fingerprint, ending string, day time.Time, known bool)
	// Invoice gives where an invoice of a third party was paid already.
	Invoice func(third, number string, amount Amount) (where string, known bool)
	// Bordereau tells whether a number was used already for that exercise, budget and kind,
	// and the greatest one used, 0 for none.
	Bordereau func(exercise, budget string, side Side, kind, number string) (used bool, last int)
}

// The rules' sources.
const (
	schema517 = "Schémas PES_v2 5.17"
	house     = "Contrôle d’Airial"
)

// Check gives the remarks on a flow, the gravest first.
func (f *Flow) Check(k Known) []Remark {
	c := &checker{flow: f, known: k}
	c.whole()
	for _, b := range f.Bordereaux {
		c.bordereau(b)
	}
	c.attachments()
	Sort(c.remarks)
	return c.remarks
}

// Sort puts the gravest remarks first.
func Sort(remarks []Remark) {
	slices.SortStableFunc(remarks, func(a, b Remark) int { return int(a.Severity) - int(b.Severity) })
}

// MaySign tells whether a flow may be signed, given the remarks on it: nothing in it stops
// the signature, and nobody has signed it. Error: a rule.Refusal.
func (f *Flow) MaySign(remarks []Remark) error {
	for _, r := range remarks {
		if r.Severity == Stops {
			return &rule.Refusal{Article: r.Source, Why: strings.TrimSpace(r.Where + " " + r.Why), Cure: r.Cure}
		}
	}
	if f.Signed {
		return &rule.Refusal{Why: "Ce flux est déjà signé en entier.", Cure: "Envoyez-le tel quel au comptable."}
	}
	for _, b := range f.Bordereaux {
		if b.Signed {
			return &rule.Refusal{Why: fmt.Sprintf("Le bordereau %s est déjà signé.", b.Number), Cure: "Envoyez ce flux tel quel au comptable, ou faites-le générer à nouveau."}
		}
	}
	return nil
}

type checker struct {
	flow    *Flow
	known   Known
	remarks []Remark
	// invoices are those of this flow, by third party, number and amount.
	invoices map[string]string
}

// maxRemarks bounds the remarks: beyond, one more tells nobody anything.
const maxRemarks = 500

func (c *checker) add(s Severity, code, where, why, cure, source string) {
	if len(c.remarks) < maxRemarks {
		c.remarks = append(c.remarks, Remark{s, code, where, why, cure, source})
	}
}

// whole checks the flow as such.
func (c *checker) whole() {
	f := c.flow
	if len(f.Bordereaux) == 0 {
		c.add(Warns, "no-bordereau", "", "Ce flux ne contient aucun bordereau.", "Vérifiez que c’est bien le flux à signer.", house)
	}
	if siren := c.known.Siren; siren != "" && !strings.HasPrefix(f.Siret, siren) {
		c.add(Stops, "wrong-authority", "", fmt.Sprintf("Ce flux est celui d’une autre collectivité (SIRET %s, « %s »).", f.Siret, f.Label),
			"Ouvrez-le dans la bonne collectivité, ou demandez le bon fichier.", house)
	}
	if len(f.Bordereaux) > 0 && f.Targets() == nil {
		c.add(Stops, "no-id", "", "Ni les bordereaux ni le flux ne portent d’identifiant (attribut Id) : rien ne dit ce qui serait signé.",
			"Faites générer à nouveau le flux par votre logiciel comptable.", "Politique de signature Hélios")
	}
	ids := map[string]bool{}
	for _, b := range f.Bordereaux {
		if b.ID != "" && (ids[b.ID] || b.ID == f.ID) {
			c.add(Stops, "twice-id", name(b), fmt.Sprintf("L’identifiant « %s » figure deux fois dans le flux.", b.ID), "Faites générer à nouveau le flux par votre logiciel comptable.", schema517+", xs:ID")
		}
		ids[b.ID] = true
	}
	if day, err := time.Parse(time.DateOnly, f.Date); err == nil && !c.known.Today.IsZero() && day.After(c.known.Today.AddDate(0, 0, 1)) {
		c.add(Warns, "future", "", "Ce flux est daté du "+french.Date(day)+", dans l’avenir.", "Vérifiez la date, et celle de l’ordinateur.", house)
	}
}

// name says which bordereau it is.
func name(b *Bordereau) string { return "Bordereau " + b.Number }

func (b *Bordereau) word() string {
	if b.Side == Receipts {
		return "titre"
	}
	return "mandat"
}

func (c *checker) bordereau(b *Bordereau) {
	where := name(b)
	net, vat := b.Total()
	if b.Cumulative <= 0 && !(b.Side == Receipts && b.Type == "06") {
		c.add(Rejects, "no-cumulative", where, "Le cumul annuel (MtCumulAnnuel) manque ou vaut zéro : un bordereau dématérialisé serait rejeté.",
			"Faites générer à nouveau le flux avec le cumul annuel.", schema517+", MtCumulAnnuel")
	}
	if b.Count != len(b.Pieces) {
		c.add(Warns, "count", where, fmt.Sprintf("Le bordereau annonce %s et en contient %d.", french.Count(b.Count, "pièce", "pièces"), len(b.Pieces)), "Faites vérifier le bordereau.", schema517+", NbrPce")
	}
	if b.Net != net {
		c.add(Warns, "net", where, fmt.Sprintf("Le bordereau annonce %s hors taxes ; ses lignes font %s.", french.Amount(int64(b.Net)), french.Amount(int64(net))), "Faites vérifier le bordereau.", schema517+", MtBordHT")
	}
	if b.VAT != vat {
		c.add(Warns, "vat", where, fmt.Sprintf("Le bordereau annonce %s de TVA ; ses lignes font %s.", french.Amount(int64(b.VAT)), french.Amount(int64(vat))), "Faites vérifier le bordereau.", schema517+", MtBordTVA")
	}
	c.number(b, where)
	for _, p := range b.Pieces {
		at := fmt.Sprintf("%s, %s %s", where, b.word(), p.Number)
		for _, l := range p.Lines {
			c.line(b, p, l, at)
		}
	}
}

// number checks that the number follows those of the flows that were signed here.
func (c *checker) number(b *Bordereau, where string) {
	if c.known.Bordereau == nil {
		return
	}
	used, last := c.known.Bordereau(b.Exercise, c.flow.Budget, b.Side, b.Type, b.Number)
	n := new(big.Int)
	_, isNumber := n.SetString(b.Number, 10)
	switch {
	case used:
		c.add(Rejects, "used-number", where, fmt.Sprintf("Le numéro %s a déjà servi pour l’exercice %s dans un flux signé ici.", b.Number, b.Exercise),
			"Vérifiez que ce flux n’a pas déjà été envoyé.", schema517+", IdBord")
	case isNumber && last > 0 && n.Cmp(big.NewInt(int64(last+1))) > 0:
		c.add(Warns, "gap", where, fmt.Sprintf("Le numéro %s ne suit pas le dernier connu ici (%d).", b.Number, last), "Vérifiez qu’aucun bordereau ne manque.", schema517+", IdBord")
	}
}

func (c *checker) line(b *Bordereau, p *Piece, l *Line, where string) {
	transfer := l.Payment == "03" || l.Payment == "05"
	for _, t := range l.Thirds {
		if b.Side == Spending && transfer && t.Account.IsZero() {
			c.add(Rejects, "no-account", where, fmt.Sprintf("Le paiement à %s se fait par virement et aucun compte bancaire n’est donné.", t.FullName()), "Complétez le compte du tiers dans le logiciel comptable.", schema517+", ModRegl")
		}
		if !t.Account.IsZero() && !t.Account.Valid() {
			c.add(Rejects, "bad-account", where, fmt.Sprintf("Le compte bancaire de %s (%s) n’est pas valable : sa clé est fausse.", t.FullName(), t.Account), "Corrigez le compte du tiers dans le logiciel comptable.", schema517+", CpteBancaire")
		}
		if b.Side == Spending {
			c.account(t, where)
		}
	}
	invoice := l.Invoice
	if invoice == "" {
		invoice = p.Invoice
	}
	if b.Side == Spending && invoice != "" && len(l.Thirds) > 0 && b.Type == "01" {
		c.invoice(l.Thirds[0], invoice, l.Net+l.VAT, where)
	}
}

// account warns of a third party whose account is not the one that it had: the commonest
// fraud against town halls.
func (c *checker) account(t Third, where string) {
	if c.known.Account == nil || t.Account.IsZero() {
		return
	}
	fingerprint, ending, day, known := c.known.Account(t.Key())
	if known && fingerprint != t.Account.Fingerprint() {
		c.add(Warns, "changed-account", where,
			fmt.Sprintf("Le compte bancaire de %s a changé : il finit par %s ; depuis le %s il finissait par %s.", t.FullName(), t.Account.Ending(), french.Date(day), ending),
			"Appelez le tiers à un numéro que vous connaissez déjà, et non à celui de la facture, avant de signer.", house+" : fraude au changement de compte")
	}
}

func (c *checker) invoice(t Third, number string, amount Amount, where string) {
	key := fmt.Sprint(t.Key(), "\x00", number, "\x00", amount)
	if c.invoices == nil {
		c.invoices = map[string]string{}
	}
	before, twice := c.invoices[key]
	if !twice && c.known.Invoice != nil {
		before, twice = c.known.Invoice(t.Key(), number, amount)
	}
	if twice {
		c.add(Warns, "double-invoice", where, fmt.Sprintf("La facture %s de %s, de %s, figure déjà : %s.", number, t.FullName(), french.Amount(int64(amount)), before), "Vérifiez qu’elle n’est pas payée deux fois.", house)
	}
	c.invoices[key] = where
}

// attachments checks that those named are there, and those there named.
func (c *checker) attachments() {
	there, named := map[string]bool{}, map[string]bool{}
	for _, a := range c.flow.Attachments {
		if a.ID != "" && there[a.ID] {
			c.add(Rejects, "twice-attachment", "Pièce jointe "+a.Name, fmt.Sprintf("L’identifiant « %s » est celui de deux pièces jointes.", a.ID), "Faites générer à nouveau le flux.", schema517+", IdUnique")
		}
		there[a.ID] = true
		c.attachment(a)
	}
	each := func(where string, all []Reference) {
		for _, r := range all {
			named[r.ID] = true
			if r.Support == "01" && !there[r.ID] {
				c.add(Warns, "missing-attachment", where, fmt.Sprintf("La pièce jointe « %s » est annoncée et n’est pas dans le flux.", or(r.Name, r.ID)), "Vérifiez qu’elle a déjà été envoyée au comptable, ou joignez-la.", schema517+", PJRef")
			}
		}
	}
	for _, b := range c.flow.Bordereaux {
		for _, p := range b.Pieces {
			where := fmt.Sprintf("%s, %s %s", name(b), b.word(), p.Number)
			each(where, p.References)
			for _, l := range p.Lines {
				each(where, l.References)
			}
		}
	}
	for _, a := range c.flow.Attachments {
		if a.ID != "" && !named[a.ID] && len(c.flow.Bordereaux) > 0 {
			c.add(Warns, "orphan-attachment", "Pièce jointe "+a.Name, "Aucun mandat ni titre de ce flux ne renvoie à cette pièce.", "Vérifiez à quoi elle se rapporte.", house)
		}
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// attachment looks at the beginning of what is attached.
func (c *checker) attachment(a Attachment) {
	content, err := a.Open()
	where := "Pièce jointe " + or(a.Name, a.ID)
	if err != nil {
		c.add(Warns, "bad-attachment", where, "Cette pièce ne peut pas être ouverte : elle est vide ou abîmée.", "Faites-la joindre à nouveau.", house)
		return
	}
	isPDF, saysPDF := bytes.HasPrefix(content, []byte("%PDF-")), strings.EqualFold(path.Ext(a.Name), ".pdf") || a.Media == "application/pdf"
	switch {
	case bytes.HasPrefix(content, []byte("MZ")), bytes.HasPrefix(content, []byte("\x7fELF")):
		c.add(Stops, "program", where, "Cette pièce est un programme, et non un document.", "Ne l’ouvrez pas ; prévenez l’ALPI.", house)
	case saysPDF && !isPDF:
		c.add(Warns, "other-kind", where, "Cette pièce se dit un PDF et n’en est pas un.", "Faites-la joindre à nouveau.", house)
	}
}
