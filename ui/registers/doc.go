// Package registers is the page of what follows a sitting («Registres»): what is due and until when, the papers, the
// minutes, the register of the year, orders and decisions.
//
//	┌ registres ───────────┬ ce qui est dû ──────────────────┬ aperçu ─────┐
//	│ Registre 2026        │ Liste des délibérations         │             │
//	│ Séance du 24 nov.    │   avant le 1er décembre [Noter] │             │
//	│ Séance du 12 oct.    │ Procès-verbal       [Rédiger]   │             │
//	│ Décisions 2026       │ Documents : [Liste] [Affiche]…  │ [Ouvrir]    │
//	│ Arrêtés 2026         │ Délibérations, suites à donner  │ [Imprimer]  │
//	└──────────────────────┴─────────────────────────────────┴─────────────┘
//
// Keys: arrows in the list, Ctrl+P prints what the preview shows.
package registers
