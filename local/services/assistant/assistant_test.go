package assistant_test

import (
	"testing"

	"alpi40.fr/airial/local/services/assistant"
)

var book = assistant.New([]assistant.Passage{
	{Source: "Aide", Page: "Convoquer le conseil", Part: "Le délai", Text: "Trois jours francs avant la séance dans une commune de moins de 3 500 habitants.", Place: "convoquer-le-conseil"},
	{Source: "Aide", Page: "Signer un lot", Text: "Cochez les dossiers par Espace, puis signez le lot avec un seul code."},
	{Source: "Aide", Page: "Préparer et apposer une mention", Text: "Cherchez l’acte, choisissez la mention, vérifiez son texte avant de l’apposer."},
	{Source: "Problème connu", Page: "Ma clé de signature est bloquée", Text: "N’essayez plus : appelez l’assistance."},
	{Source: "Aide", Page: "Sauvegarder et restaurer", Text: "Une sauvegarde est un fichier chiffré."},
})

func TestAsk(t *testing.T) {
	for question, want := range map[string]string{
		"comment convoquer le conseil municipal ?": "Convoquer le conseil", "Quel délai pour la convocation du conseil ?": "Convoquer le conseil", "signer plusieurs dossiers": "Signer un lot",
		"comment apposer une mention de mariage": "Préparer et apposer une mention", "ma cle est bloquee": "Ma clé de signature est bloquée", "restauration d'une sauvegarde": "Sauvegarder et restaurer",
		"recette du gâteau basque": "", "comment faire ?": "", "": "", "quel temps fera-t-il demain à Dax": "",
	} {
		got := book.Ask(question, 3)
		if (len(got) > 0) != (want != "") || len(got) > 0 && got[0].Page != want {
			t.Errorf("%q: %+v, want %q", question, got, want)
		}
		for _, a := range got {
			if a.Page == "" || a.Text == "" || a.Source == "" || a.Score <= 0 || a.Score > 1 {
				t.Errorf("%q: an answer without its page: %+v", question, a)
			}
		}
	}
}
