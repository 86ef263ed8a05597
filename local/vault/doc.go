// Package vault is the digital vault (coffre-fort numérique): files and folders of the
// authority and of each person, encrypted from one end to the other.
//
// # Words
//
// A space holds files and folders: the personal one of a person, which is hers alone, or a
// common one with its members, each a reader, a writer or a manager. An item is a file or a
// folder. A version is one content of a file: none is lost.
//
// # Keys
//
// A space has a key of 32 random bytes, named by a part of its hash. It gives an age identity
// (age-encryption.org/v1, X25519), to which contents are encrypted, and by HKDF a key for
// XChaCha20-Poly1305, under which names, places and sizes are sealed, bound to their stream. The key
// itself is wrapped, as a small age file, to the X25519 exchange key of each computer of each
// member: whom a space is shared with is told in the journal, what is in it is not. Neither the
// server nor a member of the authority who is not one of the space reads a name or a content.
//
// Sharing wraps the key for one more computer. Withdrawing a member draws a new key, wraps it to
// those who stay, and seals the former one under it: what comes next is closed to who left, who
// keeps what she could read before. In neither case is a content encrypted or sent again.
//
// Which computers are a person's is said on each of them, by an entry that it signs
// («vaultdevice/<computer>»). A computer that came after the sharing is admitted by somebody who
// has the key: a manager, or the person herself on another computer.
//
// # States
//
//	space:  made ──▶ shared, withdrawn, renamed … ──▶ closed
//	item:   made ──▶ placed (renamed, moved), versions … ──trashed──▶ in the trash ──restored──▶
//	                                                       in the trash for TrashDelay ──erased──▶ nothing
//	file:   free ──taken out (Out)──▶ edited by one person ──brought back──▶ free
//
// What has lain in the trash for TrashDelay may be erased by a manager of the space: it is nowhere any more, every laptop
// lets go of its contents, and none fetches them again. The journal keeps that there was something, its sealed name and who
// erased it; a server keeps what it was given, encrypted.
//
// # Entries and tables
//
// Streams are «vaultspace/<id>», «vaultitem/<id>», «vaultlink/<id>», «vaultnote/<item>.<computer>» and «vaultdevice/<computer>». Projections keep
// what the entries say, sealed. What this computer can open is opened into tables of its own
// (Refresh), which only make listing and searching quick: they are made again at any time.
//
// # Two laptops at once
//
// Two versions written apart are both kept: the one that lost its place becomes a file beside
// the other, named after its author and day (Reconcile). Sharing, admitting and withdrawing are
// repeated against the present state. A file written while another threw it away comes back. Two
// new names for one thing are left for a person to choose.
//
// # Rules
//
// The rules of this package are those of the house: no text says who reads a file of a town
// hall's own. They are held when an act is made; entries of a space written by somebody who did not
// manage it are ignored by every laptop.
package vault
