// Package parapheur is the electronic signature workflow: folders of documents
// that go along a route of steps, each done by one person.
//
// # States of a folder
//
//	draft ──Send──▶ running ──last step──▶ done
//	                   ├──Refuse──▶ refused
//	                   └──Withdraw▶ withdrawn
//
// # Law and sources
//
//   - Who may sign: CGCT, art. L2122-17 to L2122-20 (package authority); the
//     program prints the authority of the signatory, and refuses beyond it.
//   - A refusal gives its reason: the practice of every parapheur, and the right
//     of the person who sent the folder to know what to correct.
//   - The right to take back (droit de remords) ends when the next person has read.
//   - What is signed is what was seen: an act names the digest of the document
//     that was shown, and is refused when the folder holds another.
//   - An accounting flow reaches the public accountant (comptable public) through a trusted
//     third party; a step of transmission is done once Hélios has accepted it (PES_Acquit),
//     and a refusal advances nothing.
//   - A signature made without the network is level B-B (ETSI EN 319 142-1) and is
//     labelled «signée hors ligne, à horodater» until it is raised.
//
// # Entries
//
// Streams are «folder/<id>». Two people who do the same step offline make two
// entries of one version: the journal keeps both, and Conflict shows them.
package parapheur
