package actes

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

// The limits of @CTES and of third parties.
const (
	MaxSubject = 499
	// MaxSize is what third parties take of an act with its annexes, as a rule: to be checked
	// with one's own.
	MaxSize    = 150 << 20
	MaxAnnexes = 50
)

var numberRule = regexp.MustCompile(`^[A-Z0-9_]{1,15}$`)

// Number makes of a number of the town hall's one that @CTES takes: «2026-045» is «2026_045».
func Number(own string) string {
	n := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return '_'
	}, strings.TrimSpace(own))
	return n[:min(len(n), 15)]
}

// Check tells whether an act can leave, under a classification, on a day. These are the rules
// of @CTES on what is sent; whether it must be is another question.
func Check(a Act, c Classification, today authority.Day) error {
	return check(a, c, today, false)
}

// CheckPrepared tells the same of an act that is not signed yet: its file is still to come, and
// its day may be.
func CheckPrepared(a Act, c Classification, today authority.Day) error {
	return check(a, c, today, true)
}

func check(a Act, c Classification, today authority.Day, unsigned bool) error {
	if unsigned {
		a.File.Name, a.File.Size = "acte.pdf", 1
		if a.Date == "" || a.Date > today {
			a.Date = today
		}
	}
	if err := checkWords(a, today); err != nil {
		return err
	}
	if _, known := c.Matter(a.Matter); !known || !strings.Contains(a.Matter, ".") {
		return &rule.Refusal{Article: "@CTES, matière", Why: "La matière n’est pas dans la classification de la préfecture.", Cure: "Cherchez-la et choisissez-la dans la liste."}
	}
	nature, known := c.Nature(a.Nature)
	if !known {
		return &rule.Refusal{Article: "@CTES, nature", Why: "La nature de l’acte n’est pas dans la classification de la préfecture.", Cure: "Choisissez-la dans la liste."}
	}
	return checkFiles(a, nature)
}

func checkWords(a Act, today authority.Day) error {
	switch n := utf8.RuneCountInString(a.Subject); {
	case !numberRule.MatchString(a.Number):
		return &rule.Refusal{Article: "@CTES, numéro interne", Why: fmt.Sprintf("« %s » n’est pas un numéro que la préfecture accepte.", a.Number), Cure: "Écrivez 1 à 15 signes : majuscules sans accent, chiffres et « _ »."}
	case strings.TrimSpace(a.Subject) == "":
		return &rule.Refusal{Article: "@CTES, objet", Why: "L’objet est vide.", Cure: "Écrivez-le comme au registre."}
	case n > MaxSubject:
		return &rule.Refusal{Article: "@CTES, objet", Why: fmt.Sprintf("L’objet compte %d caractères, pour %d au plus.", n, MaxSubject), Cure: "Raccourcissez-le : l’acte lui-même dit le reste."}
	}
	if _, err := authority.ParseDay(string(a.Date)); err != nil {
		return &rule.Refusal{Article: "@CTES, date", Why: "La date de la décision manque.", Cure: "Écrivez celle de la séance."}
	}
	if a.Date > today {
		return &rule.Refusal{Article: "@CTES, date", Why: "La date de la décision n’est pas encore venue.", Cure: "Vérifiez-la, et la date de cet ordinateur."}
	}
	return nil
}

func checkFiles(a Act, nature Nature) error {
	lower := strings.ToLower(a.File.Name)
	switch {
	case a.File.Size == 0:
		return &rule.Refusal{Article: "@CTES, acte", Why: "L’acte lui-même manque.", Cure: "Attendez qu’il soit signé."}
	case a.Nature == 5 && !strings.HasSuffix(lower, ".xml") && !strings.HasSuffix(lower, ".pdf"), a.Nature != 5 && !strings.HasSuffix(lower, ".pdf"):
		return &rule.Refusal{Article: "@CTES, acte", Why: "L’acte n’est pas un PDF.", Cure: "Transmettez le PDF signé ; seul un document budgétaire part en XML."}
	case len(a.Annexes) > MaxAnnexes:
		return &rule.Refusal{Article: "@CTES, annexes", Why: fmt.Sprintf("L’acte a %d annexes, pour %d au plus.", len(a.Annexes), MaxAnnexes), Cure: "Réunissez-en plusieurs en un seul PDF."}
	}
	total := int64(0)
	for i, f := range append([]File{a.File}, a.Annexes...) {
		total += f.Size
		if i > 0 && !accepted(f.Name) {
			return &rule.Refusal{Article: "@CTES, annexes", Why: fmt.Sprintf("« %s » n’est pas d’une sorte que la préfecture accepte.", f.Name), Cure: "Joignez un PDF, une image JPEG ou PNG, ou un fichier XML."}
		}
		if f.Type == "" || len(nature.Pieces) > 0 && !nature.has(f.Type) && !general(f.Type) {
			return &rule.Refusal{Article: "@CTES, type de pièce", Why: fmt.Sprintf("« %s » n’a pas de type, ou un type que cette nature d’acte n’a pas.", f.Name), Cure: "Choisissez-le dans la liste."}
		}
	}
	if total > MaxSize {
		return &rule.Refusal{Article: "Limite du tiers de télétransmission (à vérifier auprès du vôtre)", Why: fmt.Sprintf("L’acte et ses annexes font %d Mo, pour %d au plus.", total>>20, MaxSize>>20), Cure: "Réduisez les annexes."}
	}
	return nil
}

func accepted(name string) bool {
	lower := strings.ToLower(name)
	for _, end := range []string{".pdf", ".xml", ".jpg", ".jpeg", ".png"} {
		if strings.HasSuffix(lower, end) {
			return true
		}
	}
	return false
}

func (n Nature) has(code string) bool {
	for _, p := range n.Pieces {
		if p.Code == code {
			return true
		}
	}
	return false
}

// general tells the types that each nature has, whether the classification lists them or not.
func general(code string) bool { return strings.HasPrefix(code, "99_") }

// MayAsk tells whether an act may be transmitted, with what was transmitted of it before.
func MayAsk(before *Filing) error {
	switch {
	case before == nil, before.State == Prepared, before.State == Bounced, before.State == TakenBack, before.State == Cancelled:
		return nil
	case before.State == Received || before.State == Cancelling:
		return &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "Cet acte est déjà reçu par le représentant de l’État.", Cure: "Pour le remplacer, demandez d’abord l’annulation de sa transmission."}
	}
	return &rule.Refusal{Why: "Cet acte est déjà en cours de transmission.", Cure: "Attendez l’accusé de réception."}
}

// MayTakeBack tells whether an asking may be taken back: before anything has left.
func MayTakeBack(f *Filing) error {
	if f.State != Asked {
		return &rule.Refusal{Why: "L’acte est déjà parti : sa transmission ne se reprend plus.", Cure: "Attendez l’accusé de réception, puis demandez l’annulation."}
	}
	return nil
}

// MayCancel tells whether the cancellation of a transmission may be asked for (transaction 6).
func MayCancel(f *Filing) error {
	if f.State == Received && f.Transaction == "" {
		return &rule.Refusal{Why: "Cet acte n’a pas été transmis d’ici.", Cure: "Demandez l’annulation là où il a été transmis."}
	}
	if f.State != Received {
		return &rule.Refusal{Why: "Seul un acte dont l’accusé de réception est arrivé s’annule.", Cure: "Attendez l’accusé de réception."}
	}
	return nil
}

// mayNote tells whether a receipt that came another way is that of an act.
func mayNote(before *Filing, a Act, r Receipt, today authority.Day) error {
	switch {
	case before != nil && (before.State == Received || before.State == Cancelling):
		return &rule.Refusal{Why: "L’accusé de réception de cet acte est déjà noté.", Cure: "Il n’y a rien à faire."}
	case r.Decided != a.Date || r.Nature != fmt.Sprint(a.Nature), before != nil && before.State.open() && r.Number != before.Number:
		return &rule.Refusal{Why: fmt.Sprintf("Cet accusé concerne un autre acte (n° %s).", r.Number), Cure: "Notez-le sur l’acte de ce numéro et de cette date."}
	case r.Date < a.Date || r.Date > today:
		return &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "La date de réception de cet accusé n’est pas possible pour cet acte.", Cure: "Vérifiez que c’est bien le sien, et la date de cet ordinateur."}
	}
	return nil
}

// Answers tells whether a receipt is that of an act.
func (r Receipt) Answers(a Act) bool {
	return r.Number == a.Number && r.Decided == a.Date && r.Nature == fmt.Sprint(a.Nature)
}
