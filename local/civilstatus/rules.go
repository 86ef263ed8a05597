package civilstatus

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // read by DecodeConfig
	_ "image/png"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
)

// MaxImage bounds one page: 100 MiB.
const MaxImage = 100 << 20

// media tells what an image is by its bytes, or refuses it.
func media(p Page) (string, error) {
	refuse := func(why string) error {
		return &rule.Refusal{Why: fmt.Sprintf("«%s» %s.", p.Name, why), Cure: "Choisissez une image JPEG, PNG ou TIFF, ou un PDF ; les autres pages ne sont pas touchées."}
	}
	switch {
	case len(p.Content) == 0:
		return "", refuse("est un fichier vide")
	case len(p.Content) > MaxImage:
		return "", refuse("dépasse 100 Mo")
	case bytes.HasPrefix(p.Content, []byte("II*\x00")), bytes.HasPrefix(p.Content, []byte("MM\x00*")):
		return "image/tiff", nil
	case bytes.HasPrefix(p.Content, []byte("%PDF-")):
		return "application/pdf", nil
	}
	// The header alone is read: nothing is decoded of an image of any size.
	if _, kind, err := image.DecodeConfig(bytes.NewReader(p.Content)); err == nil {
		return "image/" + kind, nil
	}
	return "", refuse("n’est pas une image d’acte")
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
