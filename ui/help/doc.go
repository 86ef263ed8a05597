// Package help is the page of the help: the guide of Airial, read without network.
//
//	┌ search ─────────┬ page ───────────────────────────────┐
//	│ Signer un lot   │ Signer un lot                       │
//	│ Convoquer…      │ 1. Dans le parapheur, cochez…       │
//	│ …               │ [Ouvrir « Parapheur »]              │
//	└─────────────────┴─────────────────────────────────────┘
//
// The guide is one Markdown file a page (guide/*.md), of which guide/sommaire.md gives the order. What a page quotes
// between « » is a word of the window, to the letter: a test holds it against ui/lang. A link is an item of a list of its
// own: to another page by its file's name, or to a page of the program («page:parapheur»).
//
// Keys: F1 from any page opens its help; Ctrl+F the search; Ctrl+P prints the page; arrows in the list; Alt+Left back.
package help
