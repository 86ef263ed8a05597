package typeset_test

import (
	"time"

	"alpi40.fr/airial/local/typeset"
)

// papers are the documents around a sitting and the mayor's own acts.
func papers() map[string]document {
	settled := minutes()
	settled.Settled = &typeset.Settled{At: at(2026, 12, 15, 20, 0), Corrections: []string{"Point 1 : lire « sept dossiers » au lieu de « huit dossiers ».", "Point 2 : M. Sanz demande que soit mentionnée son intervention sur les nuisances sonores."}}
	settled.Published = at(2026, 12, 18, 0, 0)
	alone := summons()
	alone.To, alone.Call.Urgent = alone.To[:1], true
	for i := range alone.Call.Agenda {
		alone.Call.Agenda[i].Synthesis = nil
	}
	crowded := poster()
	for range 5 {
		crowded.Call.Agenda = append(crowded.Call.Agenda, crowded.Call.Agenda[:4]...)
	}
	empty := list()
	empty.Rows, empty.Posted = nil, time.Time{}
	individual := order()
	individual.Draft, individual.Individual, individual.Number = true, true, ""
	individual.Date = time.Time{}
	decision := order()
	decision.Kind, decision.Decides, decision.Number, decision.Reported = "Décision", "DÉCIDE", "DEC2026-007", at(2026, 12, 15, 20, 0)
	none := report()
	none.Rows = nil
	duplex, only := register(), register()
	duplex.Duplex, only.Duplex, only.Only = true, true, 3
	return map[string]document{
		"list": list(), "list-empty": empty,
		"minutes": minutes(), "minutes-settled": settled,
		"summons": summons(), "summons-urgent": alone,
		"poster": poster(), "poster-crowded": crowded,
		"certificate": typeset.Certificate{Head: head(), Title: "Certificat d'affichage et de publication", Signer: "M. Bernard Lartigue", Certifies: []string{
			"la liste des délibérations examinées par le conseil municipal dans sa séance du 24 novembre 2026 a été affichée à la porte de la mairie le 26 novembre 2026;",
			"cette liste a été mise en ligne sur le site internet de la commune le 27 novembre 2026.",
		}},
		"guide": typeset.Guide{Head: head(), Title: "Signer un lot", Origin: "Aide d’Airial", Parts: []typeset.GuidePart{
			{Text: []typeset.GuideText{{Text: "Un seul code PIN suffit."}}},
			{Kind: typeset.GuideHeading, Text: []typeset.GuideText{{Text: "Les gestes"}}},
			{Kind: typeset.GuideStep, Number: 1, Text: []typeset.GuideText{{Text: "Cochez avec "}, {Text: "Espace", Bold: true}, {Text: "."}}},
			{Kind: typeset.GuideStep, Number: 2, Text: []typeset.GuideText{{Text: "Choisissez «\u202fSigner\u202f»."}}},
			{Kind: typeset.GuideItem, Text: []typeset.GuideText{{Text: "Ce qui est signé le reste."}}},
			{Kind: typeset.GuideNote, Text: []typeset.GuideText{{Text: "Rien n’est perdu."}}},
		}},
		"extract":  typeset.Extract{Deliberation: deliberation(), Certified: at(2026, 11, 30, 0, 0), Certifier: typeset.Signature{Quality: "le maire", Name: "M. Bernard Lartigue"}},
		"register": register(), "register-duplex": duplex, "register-sitting": only,
		"order":                  order(),
		"order-individual-draft": individual,
		"decision":               decision,
		"report":                 report(), "report-empty": none,
	}
}

func call() typeset.Call {
	d := deliberation()
	return typeset.Call{
		At: at(2026, 11, 24, 20, 0), Venue: "en mairie, salle du conseil", Sent: at(2026, 11, 18, 0, 0), Mayor: "M. Bernard Lartigue",
		Agenda: []typeset.AgendaPoint{
			{Subject: "Approbation du procès-verbal de la séance du 12 octobre 2026"},
			{Subject: d.Subject, Reporter: d.Reporter, Synthesis: d.Statement},
			{Subject: "Tarifs de la salle des fêtes « Les Grands Pins »", Reporter: "M. Pierre-Yves Dupouy-Lahitte"},
			{Subject: "Compte rendu des décisions prises par délégation"},
		},
	}
}

func summons() typeset.Summons {
	return typeset.Summons{Head: head(), Call: call(), To: []typeset.Recipient{{Name: "Mme Jeanne Darrigade", Title: "1re adjointe"}, {Name: "M. Œdipe Ferran", Title: "Conseiller municipal"}}}
}

func poster() typeset.Poster { return typeset.Poster{Head: head(), Call: call()} }

func list() typeset.DeliberationList {
	return typeset.DeliberationList{
		Head: head(), At: at(2026, 11, 24, 20, 0), Due: at(2026, 12, 1, 0, 0), Posted: at(2026, 11, 26, 0, 0), Mayor: "M. Bernard Lartigue",
		Rows: []typeset.Examined{
			{Order: 1, Number: "2026-041", Subject: deliberation().Subject, Reporter: "Mme Jeanne Darrigade", Outcome: "Adoptée", Votes: "12 pour, 1 contre, 1 abstention"},
			{Order: 2, Number: "2026-042", Subject: "Tarifs de la salle des fêtes", Outcome: "Rejetée", Votes: "5 pour, 9 contre"},
			{Order: 3, Subject: "Vente d'une parcelle au lieu-dit « Le Bourg »", Outcome: "Ajournée"},
		},
	}
}

func minutes() typeset.Minutes {
	d := deliberation()
	return typeset.Minutes{
		Head: head(), Sitting: d.Sitting, Quorum: "15 membres en exercice; plus de la moitié (15 ÷ 2 = 7,5), soit 8; 12 présents, hors pouvoirs: le quorum est atteint.",
		Agenda:  []string{d.Subject, "Tarifs de la salle des fêtes « Les Grands Pins »", "Vente d'une parcelle au lieu-dit « Le Bourg »"},
		Opening: []typeset.Passage{{Text: "Le président ouvre la séance à 20 h et fait l'appel.\nMme Élodie Castagnède est désignée secrétaire de séance."}},
		Points: []typeset.MinutesPoint{
			{Order: 1, Number: "2026-041", Subject: d.Subject, Reporter: d.Reporter, Report: d.Statement, Discussion: []typeset.Passage{{Text: "M. Sanz demande si les associations ont produit leurs comptes. Mme Darrigade répond que sept dossiers complets ont été reçus.\nMme Lamothe s'étonne du montant attribué au rugby club."}},
				Events:   []string{"La séance est suspendue de 20 h 40 à 20 h 50, à la demande de Mme Maïté Lamothe.", "Amendement de M. Hervé Sanz: « porter à 500 € la subvention du chœur », retiré."},
				Requests: "Le quart des membres présents a demandé le scrutin public.", Vote: d.Vote, Voters: 14, Outcome: "Adoptée : 12 pour, 1 contre; 13 suffrages exprimés, majorité absolue 7.", Articles: d.Articles},
			{Order: 2, Number: "2026-042", Subject: "Tarifs de la salle des fêtes « Les Grands Pins »", Withdrawn: []string{"M. Noël Capdepuy"}, Present: []string{"M. Bernard Lartigue", "Mme Jeanne Darrigade"},
				Vote: &typeset.Vote{For: 5, Against: 8}, Voters: 13, Outcome: "Rejetée : 5 pour, 8 contre; 13 suffrages exprimés, majorité absolue 7."},
			{Order: 3, Subject: "Vente d'une parcelle au lieu-dit « Le Bourg »", Outcome: "Point renvoyé à une autre séance: le bornage n'est pas fait."},
		},
		Closing:    []typeset.Passage{{Text: "Questions diverses : aucune."}},
		Ended:      "22 h 15",
		Signatures: []typeset.Signature{{Box: typeset.BoxMayor, Quality: "Le maire", Name: "M. Bernard Lartigue"}, {Box: typeset.BoxSecretary, Quality: "La secrétaire de séance", Name: "Mme Élodie Castagnède"}},
	}
}

func order() typeset.Order {
	return typeset.Order{
		Head: head(), Kind: "Arrêté", Number: "2026-118", Date: at(2026, 11, 20, 0, 0), Subject: "Réglementation temporaire de la circulation rue des Écoles",
		Visas:    []string{"le code général des collectivités territoriales, notamment ses articles L. 2213-1 et L. 2213-2;", "le code de la route, notamment son article R. 411-8;"},
		Grounds:  []string{"que les travaux de réfection de la chaussée imposent de restreindre la circulation;"},
		Articles: []typeset.Article{{Text: "La circulation est interdite rue des Écoles du 1er au 5 décembre 2026, de 8 h à 18 h."}, {Text: "La signalisation est posée et entretenue par l'entreprise."}, {Text: "Le présent arrêté est publié et affiché aux extrémités du chantier."}},
		Remedies: typeset.OrderRemedies("tribunal administratif de Pau", "50, cours Lyautey, 64010 Pau Cedex", false),
		Signer:   typeset.Signature{Box: typeset.BoxMayor, Quality: "Le maire", Name: "M. Bernard Lartigue"},
	}
}

func report() typeset.DecisionsReport {
	return typeset.DecisionsReport{Head: head(), At: at(2026, 12, 15, 20, 0), Mayor: "M. Bernard Lartigue", Rows: []typeset.Decided{
		{Number: "DEC2026-007", Subject: "Marché de réfection de la toiture de la salle des fêtes", Date: at(2026, 11, 20, 0, 0), Matter: "4° marchés publics"},
		{Number: "DEC2026-008", Subject: "Délivrance d'une concession au cimetière", Date: at(2026, 12, 1, 0, 0), Matter: "8° concessions funéraires"},
	}}
}

func register() typeset.Register {
	d := deliberation()
	other := d
	other.Number, other.Subject, other.Statement, other.Sitting.NotTakePart = "2026-042", "Tarifs de la salle des fêtes « Les Grands Pins »", nil, []string{"M. Noël Capdepuy"}
	later := d
	later.Number, later.Subject, later.Sitting.At = "2026-043", "Adhésion à l'agence départementale d'appui aux collectivités", at(2026, 12, 15, 20, 0)
	decision, second := order(), order()
	decision.Kind, decision.Decides, decision.Number, decision.Date, decision.Reported = "Décision", "DÉCIDE", "DEC2026-007", at(2026, 11, 28, 0, 0), at(2026, 12, 15, 20, 0)
	second.Kind, second.Decides, second.Number, second.Date = "Décision", "DÉCIDE", "DEC2026-008", at(2026, 12, 1, 0, 0)
	second.Subject = "Délivrance d'une concession au cimetière"
	mayor := typeset.Signature{Quality: "Le maire", Name: "M. Bernard Lartigue"}
	secretaries := []typeset.Signature{{Quality: "La secrétaire de séance", Name: "Mme Élodie Castagnède"}}
	return typeset.Register{
		Head: head(), Name: "Registre des délibérations", Year: 2026, Mayor: "M. Bernard Lartigue",
		Volumes: []typeset.RegisterItem{
			{Sitting: &typeset.RegisterSitting{Sitting: d.Sitting, Mayor: mayor, Secretaries: secretaries, Affairs: []typeset.Affair{
				{Deliberation: d, Theme: "7.5 Subventions", Annexes: []typeset.Annex{{Title: "Liste des associations", Passages: d.Statement}}},
				{Deliberation: other, Theme: "7.1 Décisions budgétaires"},
			}}},
			{Act: &decision}, {Act: &second},
			{Sitting: &typeset.RegisterSitting{Sitting: later.Sitting, Mayor: mayor, Secretaries: secretaries, Affairs: []typeset.Affair{{Deliberation: later}}}},
		},
	}
}
