package civilstatus

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // read by DecodeConfig
	_ "image/png"
	"io"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

// MaxImage bounds one page: 512 MiB, more than an uncompressed A3 in colour at 600 dots an inch.
const MaxImage = 512 << 20

// maxHeader bounds what is read of an image to know what it is: a JPEG may carry a profile and a thumbnail before its size.
const maxHeader = 8 << 20

// Media tells what an image is by its first bytes («image/jpeg»), or refuses it. No more than its header is decoded.
func Media(name string, content io.Reader) (string, error) {
	refuse := func(why string) error {
		return &rule.Refusal{Why: fmt.Sprintf("«%s» %s.", name, why), Cure: "Choisissez une image JPEG, PNG ou TIFF, ou un PDF ; les autres pages ne sont pas touchées."}
	}
	head := make([]byte, 5)
	n, err := io.ReadFull(content, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return "", refuse("est un fichier vide")
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return "", fmt.Errorf("reading %q: %w", name, err)
	case bytes.HasPrefix(head, []byte("II*\x00")), bytes.HasPrefix(head, []byte("MM\x00*")):
		return "image/tiff", nil
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return "application/pdf", nil
	}
	_, kind, err := image.DecodeConfig(io.LimitReader(io.MultiReader(bytes.NewReader(head[:n]), content), maxHeader))
	if err != nil {
		return "", refuse("n’est pas une image d’acte")
	}
	return "image/" + kind, nil
}

// checkAct refuses an act that its index does not tell from others.
func checkAct(a Act, pages int) error {
	if a.Kind.Name() == "" || strings.TrimSpace(a.Number) == "" || a.Year < 1500 || a.Year > 2200 {
		return &rule.Refusal{Why: "Il manque la nature, l’année ou le numéro de l’acte.", Cure: "Complétez l’index de l’acte."}
	}
	if pages == 0 {
		return &rule.Refusal{Why: "L’acte n’a aucune image.", Cure: "Ajoutez au moins une page numérisée."}
	}
	return nil
}

func mayAffix(m *Mention, on authority.Day) error {
	switch {
	case m == nil:
		return errNoMention()
	case m.State == Prepared:
		return &rule.Refusal{Why: "Cette mention n’est pas encore vérifiée par une seconde personne.", Cure: "Faites-la vérifier, puis apposez-la."}
	case m.State == Withdrawn:
		return &rule.Refusal{Why: "Cette mention a été retirée avant son apposition.", Cure: "Préparez-en une autre."}
	case m.State != ToAffix:
		return &rule.Refusal{Article: "Code civil, art. 99-1", Why: "Cette mention est déjà apposée.", Cure: "Une mention ne se reprend pas : une autre la rectifie, sur instruction du procureur."}
	case on == "" || on < m.Received:
		return &rule.Refusal{Article: "Code civil, art. 49", Why: "La date d’apposition précède la réception de l’avis.", Cure: "Corrigez la date."}
	}
	return nil
}

func errNoMention() error {
	return &rule.Refusal{Why: "Cette mention n’est pas sur cet acte.", Cure: "Rouvrez l’acte."}
}

// civilSubject is what a delegation of these functions covers, in the words of the people's page.
const civilSubject = "état civil"

// OfficerCapacity tells under which title a person signs the registers on a day: the mayor and the deputies by law
// (CGCT, art. L2122-32), a delegate by an order that names her (R2122-10), whose reference is given.
func OfficerCapacity(people []authority.Person, delegations []authority.Delegation, officer string, on authority.Day) (order string, err error) {
	p, known := authority.Find(people, officer)
	switch {
	case !known:
		return "", &rule.Refusal{Article: "CGCT, art. L2122-32", Why: "L’officier n’est pas connu de la collectivité.", Cure: "Choisissez-le dans la liste."}
	case !p.MayRegister(on):
		return "", &rule.Refusal{Article: "CGCT, art. L2122-32 et R2122-10", Why: p.Name() + " n’est pas officier de l’état civil ce jour-là.", Cure: "Choisissez le maire, un adjoint, ou un fonctionnaire titulaire délégué par arrêté."}
	case p.Has(authority.RoleMayor) || p.Has(authority.RoleDeputy):
		return "", nil
	}
	for _, d := range delegations {
		from, ok := authority.Find(people, d.From)
		if d.Kind == authority.Delegated && d.To == officer && ok && from.Has(authority.RoleMayor) && from.In(on) && d.Covers(civilSubject, on) && d.Order != "" {
			return d.Order, nil
		}
	}
	return "", &rule.Refusal{
		Article: "CGCT, art. R2122-10", Why: "Aucun arrêté ne délègue les fonctions d’officier de l’état civil à " + p.Name() + " ce jour-là.",
		Cure: "Enregistrez l’arrêté (numéro, dates) sur la page Personnes, ou choisissez le maire ou un adjoint.",
	}
}
