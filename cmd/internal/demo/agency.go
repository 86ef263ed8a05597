package demo

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/services"
)

// clearDays is the demonstration's training module.
//
//go:embed documents/module-jours-francs.json
var clearDays []byte

// Agency has the demonstration's agency hand out a catalogue: the program's model with contacts,
// notices and training of its own. The numbers are among those that the regulator keeps for
// fiction (05 36 49), the people are imaginary.
func (t *Town) Agency(ctx context.Context, now time.Time) error {
	c, err := services.Model()
	if err != nil {
		return err
	}
	c.Model = false
	c.Agency.Name = "ALPI (démonstration)"
	c.Agency.Phones = []services.Phone{{Label: "Assistance", Number: "05 36 49 00 40", Hours: "Du lundi au vendredi, 8 h 30 à 17 h 30"}, {Label: "Urgence sécurité", Number: "05 36 49 00 41", Hours: "À toute heure"}}
	c.Agency.Contacts = []services.Contact{
		{Name: "Basile FICTIF", Role: "Votre correspondant", Phone: "05 36 49 00 42", Mail: "basile.fictif@agence.example", Hours: "Du lundi au vendredi, 9 h à 17 h", Subjects: []string{"Contrats et cotisations", "Achats et matériel"}},
		{Name: "Ambre CHIMÈRE", Role: "Accompagnement des CCAS", Phone: "05 36 49 00 46", Subjects: []string{"Action sociale"}},
		{Name: "Zélie IMAGINAIRE", Role: "Déléguée à la protection des données", Phone: "05 36 49 00 43", Mail: "dpo@agence.example", Subjects: []string{"Données personnelles"}},
	}
	c.Notices = []services.Notice{{ID: "demo-maintenance", Title: "Maintenance du serveur jeudi de 12 h à 13 h", Text: "Vos travaux restent sur votre ordinateur et partiront ensuite.", From: now.AddDate(0, 0, -1), Until: now.AddDate(0, 0, 3)}}
	c.Letters = []services.Letter{{ID: "demo-letter", Title: "Ce que l’on écrit dans un champ libre", On: authority.DayOf(now.AddDate(0, -1, 0)),
		Text: "Dans un champ libre, écrivez des faits utiles au dossier, sans jugement sur la personne, et jamais de donnée de santé. La personne peut demander à lire ce que vous écrivez (RGPD, art. 15)."}}
	c.Classes = []services.Class{{ID: "demo-class", Title: "Le procès-verbal pas à pas", About: "Une heure, en ligne, avec des exercices.", At: now.AddDate(0, 0, 9).Truncate(time.Hour), Until: now.AddDate(0, 0, 9).Truncate(time.Hour).Add(time.Hour), Where: "https://visio.agence.example/proces-verbal", Seats: 20}}
	c.Recordings = []services.Link{{Title: "Conférence enregistrée : la réforme de la publicité des actes", Address: "https://video.agence.example/publicite-des-actes", About: "48 minutes."}}
	c.Modules = []services.Module{{ID: "clear-days", Title: "Les jours francs de la convocation", Theme: "Conseil", About: "Compter le délai de convocation sans se tromper, et savoir quand l’urgence l’abrège.", Minutes: 10, Parcel: "module-jours-francs"}}
	c.Rooms = []services.Room{{ID: "demo-room", Name: "Salle de réunion (démonstration)", Engine: "jitsi", Address: "https://visio.agence.example", Phone: "05 36 49 00 45", Seats: 100}}
	c.Revocation.Phone = "05 36 49 00 44"
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("writing the demonstration's catalogue: %w", err)
	}
	if err := t.handOut(ctx, "module-jours-francs", map[string][]byte{"module.json": clearDays}); err != nil {
		return err
	}
	return t.handOut(ctx, services.CatalogueKind, map[string][]byte{services.CatalogueFile: text})
}

func (t *Town) handOut(ctx context.Context, kind string, files map[string][]byte) error {
	raw, err := t.Server.MakeParcel(kind, files, 1)
	if err == nil {
		_, err = t.Server.PublishParcel(ctx, raw, func(*parcel.Parcel) error { return nil })
	}
	if err != nil {
		return fmt.Errorf("handing out %s: %w", kind, err)
	}
	return nil
}
