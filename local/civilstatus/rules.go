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

// mayRecord refuses the same event twice (a notice that came twice).
func mayRecord(a *Act, m Mention) error {
	for _, old := range a.Mentions {
		if old.Code == m.Code && old.Text == m.Text {
			return &rule.Refusal{
				Article: "IGREC n° 218", Why: "Cette mention est déjà sur l’acte : le même avis a pu être reçu deux fois.",
				Cure: "Vérifiez l’avis ; s’il s’agit d’un autre événement, corrigez sa date ou son lieu.",
			}
		}
	}
	return nil
}

func mayAffix(m *Mention, people []authority.Person, officer string, on authority.Day) error {
	switch {
	case m == nil:
		return &rule.Refusal{Why: "Cette mention n’est pas sur cet acte.", Cure: "Rouvrez l’acte."}
	case m.State != ToAffix:
		return &rule.Refusal{Article: "Code civil, art. 99-1", Why: "Cette mention est déjà apposée.", Cure: "Une mention ne se reprend pas : une autre la rectifie, sur instruction du procureur."}
	case on == "" || on < m.Received:
		return &rule.Refusal{Article: "Code civil, art. 49", Why: "La date d’apposition précède la réception de l’avis.", Cure: "Corrigez la date."}
	}
	p, known := authority.Find(people, officer)
	switch {
	case !known:
		return &rule.Refusal{Article: "CGCT, art. L2122-32", Why: "L’officier n’est pas connu de la collectivité.", Cure: "Choisissez-le dans la liste."}
	case !p.MayRegister(on):
		return &rule.Refusal{Article: "CGCT, art. L2122-32 et R2122-10", Why: p.Name() + " n’est pas officier de l’état civil ce jour-là.", Cure: "Choisissez le maire, un adjoint, ou un fonctionnaire titulaire délégué par arrêté."}
	}
	return nil
}
