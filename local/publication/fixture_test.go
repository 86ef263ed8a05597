package publication_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/publication"
)

// The commune, its people and its decisions are fictional.

var paris = time.FixedZone("heure d’hiver", 3600)

type hall struct {
	*publication.Publisher
	t       testing.TB
	j       *journal.Journal
	council *council.Council
	now     time.Time
	sitting string
	acts    []string // deliberations
}

const who = "secretaire"

// open is a commune whose council has voted two deliberations on 24 November 2026.
func open(t testing.TB) *hall {
	t.Helper()
	ctx := context.Background()
	h := &hall{t: t, now: time.Date(2026, 11, 24, 20, 0, 0, 0, paris)}
	h.j = journaltest.Open(t, "mairie", func() time.Time { return h.now }, rand.Reader, authority.Projections(), council.Projections(), publication.Projections())
	people := authority.New(h.j)
	must(t, people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Commune de Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins", Kind: authority.Commune, Population: 1240,
		Department: "Landes", District: "Dax", Address: []string{"1, place de l’Airial", "40999 Saint-Airial-des-Pins"}, Court: "tribunal administratif de Pau"}))
	names := []string{"Fictive", "Exemple", "Modèle", "Spécimen", "Maquette", "Essai", "Canevas", "Ébauche", "Gabarit"}
	for i, name := range names {
		p := authority.Person{ID: fmt.Sprintf("m%d", i), Civility: "Mme", FirstName: "Maïté", LastName: name, Title: "Conseillère", Rank: i + 1, Roles: []authority.Role{authority.RoleCouncillor}}
		if i == 0 {
			p.Roles, p.Title = []authority.Role{authority.RoleMayor}, "Maire"
		}
		_, err := people.Put(ctx, "i", p)
		must(t, err)
	}
	library, err := council.ReadLibrary()
	must(t, err)
	h.council = council.New(h.j, library)
	h.Publisher = publication.New(h.j, h.council)
	h.draft("Tarifs de la salle des fêtes", "FIXE le tarif de la salle des fêtes à 80 € la journée.\n- les associations de la commune : **gratuit** ;\n- les autres : 80 €.")
	h.draft("Attribution d’un secours exceptionnel à Mme Zélie PROTOTYPE", "ATTRIBUE un secours de **300 €** à Mme **Zélie** Prototype, __domiciliée 3, chemin__ des Fougères.")
	today := authority.DayOf(h.now)
	h.sitting, err = h.council.Convene(ctx, who, council.Convene{At: h.now, Place: "en mairie, salle du conseil", Convened: today.Plus(-6), Posted: today.Plus(-6), Agenda: h.acts})
	must(t, err)
	for i := range 8 {
		must(t, h.council.Call(ctx, who, h.sitting, fmt.Sprintf("m%d", i), council.Attendance{Presence: council.Present}))
	}
	must(t, h.council.NameSecretary(ctx, who, h.sitting, "m1"))
	for _, id := range h.acts {
		_, err := h.council.Vote(ctx, who, h.sitting, council.Ballot{Deliberation: id, Manner: council.Ordinary, Choices: map[string]council.Choice{"m3": council.Against}}, "")
		must(t, err)
		_, err = h.council.Finalise(ctx, who, id, h.sitting)
		must(t, err)
	}
	must(t, h.council.Close(ctx, who, h.sitting))
	h.now = h.now.Add(14 * time.Hour)
	return h
}

func (h *hall) draft(subject, article string) {
	ctx := context.Background()
	id, err := h.council.Draft(ctx, who, "")
	must(h.t, err)
	d, err := h.council.Deliberation(ctx, id)
	must(h.t, err)
	must(h.t, h.council.Save(ctx, who, id, d.Edition, council.Text{Reporter: "Mme Maïté Exemple, 1re adjointe", Blocks: []council.Block{
		{Kind: council.BlockTitle, Text: subject}, {Kind: council.BlockVisa, Text: "Vu le code général des collectivités territoriales, notamment son article L. 2121-29 ;"},
		{Kind: council.BlockGround, Text: "Considérant qu’il y a lieu d’en décider ;"}, {Kind: council.BlockArticle, Text: article},
	}}))
	h.acts = append(h.acts, id)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *hall) act(id string) publication.Publication {
	h.t.Helper()
	a, err := h.Act(context.Background(), id)
	must(h.t, err)
	return a
}

func (h *hall) site() publication.Site {
	h.t.Helper()
	s, err := h.Site(context.Background())
	must(h.t, err)
	return s
}

// reader reads PDF as another program does.
func reader(t testing.TB) publication.Reader {
	r := pageimage.New(t.Context(), filepath.Join(os.TempDir(), "airial-pdfium-test"), rand.Reader)
	t.Cleanup(func() { must(t, r.Close()) })
	return func(ctx context.Context, pdf []byte) (string, error) {
		d, err := r.Open(ctx, fmt.Sprint(len(pdf), &pdf[0]), pdf)
		if err != nil {
			return "", err
		}
		return d.Words(ctx, d.Pages())
	}
}
