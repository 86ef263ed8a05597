// Package settings is the page Réglages: what one sets once on a laptop, each section a short form that says its own state.
//
//	┌ Raccordement ── serveur, code d'enrôlement ─────────── [Raccorder cet ordinateur] ┐
//	│ Clé de signature ── module, emplacement, certificat ── [Chercher les clés]        │
//	│ Tiers de télétransmission ── adresse, certificat ───── [Enregistrer] [Essayer]    │
//	│ Dossier surveillé ── chemin · Logiciels métier ── mot de passe, adresse, appels   │
//	│ Sauvegarde ── dernière, dossier ─── [Sauvegarder…] [Restaurer…]                   │
//	│ Affichage ── thème, taille du texte (à effet immédiat)                            │
//	│ Fiche de secours ── [Imprimer la fiche]                                           │
//	│ Version d'Airial ── celle qui est proposée, ce qu'elle apporte ── [Installer…]     │
//	└ À propos ── version, licence, dossier des données ────────────────────────────────┘
//
// Keys: Tab through the fields, Enter in a field or on a button does what the section is for.
package settings
