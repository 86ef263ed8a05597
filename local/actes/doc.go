// Package actes is the legality review (contrôle de légalité): what is transmitted of an act to
// the State's representative, what comes back, and the terms that run from there.
//
// # States of a filing
//
//	[prepared ──▶] asked ──▶ posting ──▶ deposited ──▶ forwarded ──▶ received ──▶ cancelling ──▶ cancelled
//	                 └──taken back   └───────┴──────────────┴──▶ bounced ──asked again──▶ …
//
// What is transmitted may be said before the act is signed (prepared); it is asked for once it
// is, by a person or by the step of a folder's route. The folder is told of each change by a
// Follower, in the transaction that writes it.
//
// A receipt that came another way is noted by hand, and leads to received from anywhere.
//
// # Law
//
//   - An act that must be transmitted binds once it is public and received (CGCT, art. L2131-1;
//     the rule is council.CheckExecutory). Which acts must be is CGCT, art. L2131-2.
//   - The State's representative may refer it to the court within two months of its reception
//     (CGCT, art. L2131-6); a request for further documents interrupts that term. The term is
//     computed as a clear one, and shown as a draft.
//   - The numbers, natures and sizes are those of @CTES: number of 1 to 15 of [A-Z0-9_], subject
//     of 499 characters at most, date of decision not in the future, a type for each file.
//   - The classification of matters is the préfecture's own, dated, and differs from a
//     department to another. What the program comes with is a model (matieres.csv, as one
//     préfecture had it on 1 March 2019), a draft that the real one replaces once it has been
//     fetched from the third party (transaction 7).
//
// # Streams
//
// «legality/<id>», where id is that of the act in its own module, and «matters/current» for the
// classification.
package actes
