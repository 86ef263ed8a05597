package typeset_test

import (
	"time"

	"alpi40.fr/airial/local/typeset"
)

// The commune, its people and its decisions are fictional.

var paris = time.FixedZone("heure d’hiver", 3600)

func at(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, paris)
}

func head() typeset.Head {
	return typeset.Head{
		Authority: typeset.Authority{
			Name: "Commune de Saint-Airial-des-Pins", Department: "Département des Landes", District: "Arrondissement de Dax",
			Address: []string{"1, place de l’Airial", "40999 Saint-Airial-des-Pins"}, Telephone: "05 00 00 00 00",
			Email: "mairie@saint-airial.example", Place: "Saint-Airial-des-Pins",
		},
		Printed: at(2026, 11, 25, 9, 30),
	}
}

func sitting() typeset.Sitting {
	return typeset.Sitting{
		At: at(2026, 11, 24, 20, 0), Venue: "en mairie, salle du conseil", Summoned: at(2026, 11, 18, 10, 0), Posted: at(2026, 11, 18, 10, 0),
		Chair: "M. Louis FICTIF, maire", Secretary: "Mme Élodie MODÈLE", InExercise: 15, Voting: 14,
		Present: []string{
			"M. Louis FICTIF", "Mme Jeanne EXEMPLE", "M. Pierre-Yves SPÉCIMEN-ESSAI", "Mme Élodie MODÈLE", "M. Œdipe ÉBAUCHE",
			"Mme Marie-Ange MAQUETTE", "M. Noël CROQUIS", "Mme Aïcha CANEVAS", "M. Jean-Loup ESQUISSE", "Mme Françoise GABARIT",
			"M. Hervé BROUILLON", "Mme Maïté FIGURANTE",
		},
		Proxies: []typeset.Proxy{{From: "M. Gaëtan PROTOTYPE", To: "Mme Jeanne EXEMPLE"}, {From: "Mme Zoé SAINT-FACTICE", To: "M. Noël CROQUIS"}},
		Excused: []string{"M. Gaëtan PROTOTYPE", "Mme Zoé SAINT-FACTICE"},
		Absent:  []string{"M. Loïc HYPOTHÈSE"},
	}
}

func deliberation() typeset.Deliberation {
	return typeset.Deliberation{
		Head: head(), Number: "2026-041", Sitting: sitting(),
		Subject:  "Attribution des subventions de fonctionnement aux associations au titre de l'année 2027",
		Reporter: "Mme Jeanne EXEMPLE, 1re adjointe",
		Visas: []string{
			"Vu le code général des collectivités territoriales, notamment ses articles L. 2121-29 et L. 2311-7;",
			"Vu la loi n° 2000-321 du 12 avril 2000 relative aux droits des citoyens dans leurs relations avec les administrations, notamment son article 9-1;",
			"le budget primitif de l'exercice 2027;",
			"Vu l'avis favorable de la commission « vie associative » réunie le 1er octobre 2026;",
		},
		Grounds: []string{
			"Considérant que les associations de la commune concourent à l'animation locale et au lien social ;",
			"que les crédits nécessaires sont inscrits au chapitre 65;",
		},
		Statement: []typeset.Passage{
			{Text: "Mme EXEMPLE rappelle que le conseil fixe chaque année, au vu des demandes reçues, le montant des subventions versées aux associations. Sept dossiers complets ont été déposés avant le 30 septembre; la commission propose de retenir les montants suivants:", Grid: &typeset.Grid{
				Head: []string{"Association", "Objet", "Montant"}, Right: []bool{false, false, true}, Shares: []float64{3, 4, 1.6}, Total: true,
				Rows: [][]string{
					{"Les Échasses de l'Airial", "danse et échasses landaises", "1 200,00 €"},
					{"Rugby club des Pins", "école de rugby, 62 licenciés", "2 500,00 €"},
					{"Chœur Œcuménique", "chant choral", "450,00 €"},
					{"Total", "", "4 150,00 €"},
				},
			}},
		},
		Vote: &typeset.Vote{Manner: "au scrutin public", For: 12, Against: 1, Abstained: 1, NamesAgainst: []string{"M. Hervé BROUILLON"}, NamesAbstained: []string{"Mme Maïté FIGURANTE"}},
		Articles: []typeset.Article{
			{Verb: "APPROUVE", Text: "le versement aux associations des subventions figurant au tableau ci-dessus, pour un montant total de 4 150 €."},
			{Verb: "DIT", Text: "que la dépense est imputée à l'article 65748 du budget 2027."},
			{Verb: "AUTORISE", Text: "M. le maire à signer tout document nécessaire, notamment:\n- les conventions d'objectifs ;\n- les pièces comptables."},
		},
		Remedies: typeset.Remedies("tribunal administratif de Pau", "50, cours Lyautey, 64010 Pau Cedex"),
	}
}

// long is a deliberation of about five pages.
func long() typeset.Deliberation {
	d := deliberation()
	d.Subject = "Approbation du règlement intérieur de la salle des fêtes « Les Grands Pins » et de ses tarifs, et abrogation des délibérations antérieures portant sur le même objet"
	paragraph := "Le rapporteur expose que la salle des fêtes, rénovée en 2025, accueille désormais plus de cent vingt manifestations par an, que le règlement en vigueur date de 1998 et ne dit rien ni des nuisances sonores, ni de la caution, ni du tri des déchets; que plusieurs riverains ont saisi la commune; et qu'il convient, à l'approche de la saison, de fixer des règles claires, connues de tous et simples à appliquer par l'agent d'accueil."
	for range 14 {
		d.Statement = append(d.Statement, typeset.Passage{Text: paragraph})
	}
	for range 12 {
		d.Articles = append(d.Articles, typeset.Article{Verb: "DÉCIDE", Text: "que l'utilisateur remet la salle dans l'état où il l'a trouvée, au plus tard le lendemain à 9 h, et qu'à défaut la commune fait procéder au nettoyage à ses frais, dans la limite de la caution de 1 500 € versée à la réservation."})
	}
	return d
}

const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func slip() typeset.SigningSlip {
	return typeset.SigningSlip{
		Head: head(), Folder: "Convention de mise à disposition de la salle des fêtes à l'association « Les Échasses de l'Airial »",
		Reference: "2026-0117", Status: "Signé",
		Documents: []typeset.SlipDocument{
			{Name: "convention-salle-des-fêtes.pdf", Pages: 4, Size: 183_402, SHA256: digest},
			{Name: "plan_annexe_n°1_(niveau_rez-de-chaussée)_version_définitive_relue_par_la_commission.pdf", Pages: 1, Size: 2_140_000, SHA256: digest},
		},
		Steps: []typeset.SlipStep{
			{Kind: "Visa", Person: "Mme Solange PATRON", Quality: "secrétaire générale de mairie", Outcome: "Visé", At: at(2026, 11, 20, 9, 12), Device: "Portable du secrétariat"},
			{Kind: "Visa", Person: "Mme Jeanne EXEMPLE", Quality: "1re adjointe", Outcome: "Refusé", Reason: "le montant de la caution manque à l'article 4", At: at(2026, 11, 20, 18, 40), Device: "Portable des élus"},
			{Kind: "Signature", Person: "M. Louis FICTIF", Quality: "maire", Outcome: "Signé", At: at(2026, 11, 24, 14, 2), Device: "Portable du maire"},
		},
		Signatures: []typeset.SlipSignature{
			{
				Person: "M. Louis FICTIF", Quality: "maire", Document: "convention-salle-des-fêtes.pdf", Level: "PAdES B-LT",
				Subject: "CN=Bernard FICTIF, O=Commune de Saint-Airial-des-Pins, C=FR", Issuer: "CN=Autorité de démonstration, O=Airial, C=FR",
				Serial: "3A:7F:00:12:9C:44:E1:0B", NotBefore: at(2025, 1, 1, 0, 0), NotAfter: at(2028, 1, 1, 0, 0), Claimed: at(2026, 11, 24, 14, 2),
				Timestamp: at(2026, 11, 24, 21, 30), TimestampAuthority: "Horodatage de démonstration", Valid: typeset.Passed,
				Verdict: "Le document n'a pas changé depuis la signature; le certificat était valable et non révoqué à l'heure de l'horodatage.", Verified: at(2026, 11, 25, 9, 0),
			},
			{
				Person: "M. Louis FICTIF", Quality: "maire", Document: "plan_annexe.pdf", Level: "PAdES B-B",
				Subject: "CN=Bernard FICTIF, O=Commune de Saint-Airial-des-Pins, C=FR", Issuer: "CN=Autorité de démonstration, O=Airial, C=FR",
				Serial: "3A:7F:00:12:9C:44:E1:0B", Claimed: at(2026, 11, 24, 14, 3), Offline: true,
				Verdict: "Le document n'a pas changé depuis la signature. L'heure et l'état du certificat restent à prouver.",
			},
		},
		History: []typeset.SlipEvent{
			{At: at(2026, 11, 19, 16, 5), Actor: "Mme Solange PATRON", Text: "Dossier créé et envoyé dans le circuit « Conventions »."},
			{At: at(2026, 11, 20, 18, 40), Actor: "Mme Jeanne EXEMPLE", Text: "Visa refusé: le montant de la caution manque à l'article 4."},
			{At: at(2026, 11, 24, 14, 2), Actor: "M. Louis FICTIF", Text: "Deux documents signés, hors ligne."},
		},
		JournalHead: digest,
	}
}

func birth() typeset.Act {
	return typeset.Act{
		Kind: "naissance", Number: "12", Year: 1987, Register: "unique", Page: "7", Commune: "Saint-Airial-des-Pins", Date: at(1987, 6, 1, 0, 0),
		Person: "Camille Marie PROTOTYPE", Born: at(1987, 5, 30, 0, 0), BornPlace: "Saint-Airial-des-Pins",
	}
}

const marriage = "Mariée à Saint-Airial-des-Pins le vingt et un novembre deux mille vingt-six avec Noël CROQUIS."

func mentions() typeset.MentionSheet {
	m := typeset.Mention{
		Kind: "Mariage", Act: birth(), Text: marriage, Ending: "Saint-Airial-des-Pins, le ………………………\nL'officier de l'état civil,",
		Status: typeset.Quoted, Source: "circulaire JUSC2021489C, citée", Due: at(2026, 11, 27, 0, 0),
	}
	death := m
	death.Kind, death.Text, death.Status, death.Source = "Décès", "Décédée à Dax le 1er décembre 2026.", typeset.Drafted, ""
	divorce := m
	divorce.Kind, divorce.Act.Kind, divorce.Status = "Divorce prononcé par le juge", "mariage", typeset.Official
	divorce.Text = "Mariage dissous. Jugement de divorce du juge aux affaires familiales du tribunal judiciaire de Dax rendu le 3 septembre 2026."
	return typeset.MentionSheet{Head: head(), Mentions: []typeset.Mention{m, death, divorce, m, divorce}}
}

func notice() typeset.MentionNotice {
	return typeset.MentionNotice{
		Head: head(), Reference: "2026-M-018", To: []string{"Mairie de Villeneuve-des-Landes", "Service de l'état civil", "2, rue de l'Église", "40998 Villeneuve-des-Landes"},
		Event: typeset.Act{Kind: "mariage", Number: "9", Year: 2026, Commune: "Saint-Airial-des-Pins", Date: at(2026, 11, 21, 0, 0), Person: "Camille Marie PROTOTYPE et Noël CROQUIS"},
		On:    typeset.Act{Kind: "naissance", Number: "31", Year: 1985, Commune: "Villeneuve-des-Landes", Person: "Noël CROQUIS", Born: at(1985, 2, 1, 0, 0), BornPlace: "Villeneuve-des-Landes"},
		Kind:  "Mariage", Text: "Marié à Saint-Airial-des-Pins le 21 novembre 2026 avec Camille Marie PROTOTYPE.", Status: typeset.Quoted,
		Officer: typeset.Signature{Name: "Mme Jeanne EXEMPLE, adjointe déléguée", Quality: "L'officier de l'état civil"}, Receipt: true, Sent: at(2026, 11, 23, 0, 0),
	}
}

func recovery() typeset.RecoverySheet {
	return typeset.RecoverySheet{Head: head(), Computer: "Ordinateur du secrétariat",
		Code: "00000 11111 22222 33333 44444 55555 66666 77777 88888 99999 AAAAA BBBBB CCCCC DDDDD"}
}
