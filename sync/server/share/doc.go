// Package share is what the server keeps of links: files sent to somebody who has but a browser, files
// asked of citizens and firms, and rooms where several authorities and guests exchange files.
//
// # What the server knows
//
// Nothing of a name or a content. A link is https://server/l/<id>#<secret>: what follows # never
// leaves the browser. Contents are cut into pieces, each an age file of its own for the X25519 recipient
// of the link; a manifest, an age file too, holds the name, the size and the digests of the pieces in
// order, so that no piece is changed, left out or put elsewhere. The identity that opens them is, for what
// is sent and for rooms, an age file under the secret and a passphrase that is told apart; for
// a deposit, it stays with the authority.
//
// # Whom it answers
//
// The authority that made a link, through its computers' sessions; and whoever shows the link's token,
// which the browser derives from the secret. Only the token's hash is kept, and compared in constant time. An unknown link, and a
// wrong token, get the same answer; ids are 128 random bits, and an address that guesses is made to wait. Behind what hides the
// addresses of browsers all guess, and wait, as one.
//
// # Downloads
//
// A download begins by a ticket, which counts against the link's maximum and opens the pieces of one
// file for a day, so that a line that drops is taken up without another one. Its beginning and its end are
// noted: the receipts.
//
// # The page
//
// page/ is the recipients' page: plain JavaScript and page/age.js, the age-encryption package
// (typage, of age's author, BSD-3-Clause) with its parts by noble and scure (MIT), put in one file as
// packaging/dev/typage.sh does. The page loads nothing from elsewhere.
package share
