// Package exchanges is the page «Synchronisation»: what waits to leave and to come, what failed and
// why, what two computers wrote against one another, and which documents stay on this computer.
//
//	┌ state, last success ─ [Synchroniser] [Suspendre] ──────────────────────┐
//	├ what waits ▾ ────────────┬ the chosen thing ───────────────────────────┤
//	│ À trancher  Budget 2027  │ who, when, on which computer, how far, why, │
//	│ 45 %        Registre …   │ what to do; of a disagreement, both sides   │
//	│ À envoyer   Signature …  │ in full and the choices                     │
//	│                          ├ documents of this computer; the line ───────┤
//	└──────────────────────────┴─────────────────────────────────────────────┘
//
// The other list, by the choice above it, is that of the things that have documents: which are here, which on the server
// alone. They are brought, kept or left there, thing by thing.
//
// The sync sentence at the foot of the window opens it. Keys: F5 synchronises; arrows and Enter in
// the list; F6 the next pane.
package exchanges
