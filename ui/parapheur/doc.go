// Package parapheur is the page where folders are read, approved, signed and refused.
//
//	┌ À traiter · En attente · Terminés ┬──────────────────┬───────────────┐
//	│ ☐ Lettre de commande              │                  │ Étapes        │
//	│   Signature du maire · 27/11      │   la page lue    │ Historique    │
//	│ ☐ …                               │                  │ [Signer] [Viser] [Refuser] │
//	└───────────────────────────────────┴──────────────────┴───────────────┘
//
// Keys: arrows in the list, Space ticks a folder, Ctrl+A all; F6 goes to the
// page. What is signed is what the preview shows: the digests go with the act.
package parapheur
