// Package services is what a town hall asks of its agency: the catalogue of the services, the
// requests made from it, and what became of them.
//
// # Catalogue
//
// Forms, texts, states, phone numbers, known problems, training modules and notices are data
// (Catalogue), which the agency signs and hands out as a parcel of kind CatalogueKind. A new
// service needs no new release. Until one has come, the model that the program carries stands,
// and says that it is one. What a form asks and this program does not know is shown inert.
//
// A theme may have a rubric of its own on the page: what was asked of it, what can be asked, whom to call about it.
//
// # Contracts
//
// What binds a member to its agency is that member's alone, so that it stands not in the catalogue, which all are
// given, but in entries of the agency's device («contract/<id>»), with its documents. Told again, a contract takes
// the place of what was told before.
//
// # States of a request
//
//	asked ──the agency has it──▶ received ──it is done, or cannot be──▶ closed
//	  ▲ └──withdrawn by the town hall──▶ closed
//
//	  └── prepared: an order or a charter, while it is signed in the parapheur
//
// Within received, the agency tells the step that the service's own list names («devis envoyé»).
//
// # Entries
//
// Streams are «request/<id>», so that asking never contends with an act. Questions and answers
// stand in the entry with the words that the person saw: a catalogue that changes later changes
// no request. What a service marks as personal is sealed under a key of the request, and
// forgotten some months after its end (GDPR, art. 5.1.e and 17).
// A certificate is asked for once: the rule looks at its fingerprint. Two laptops that ask
// offline make two requests of one certificate; lists show the first alone. What people say
// about a request goes into «requesttalk/<id>/<n>», so that two who write offline do not
// contradict one another. The agency answers by a device of its own (sync/server.Agency),
// which every laptop sees among its computers.
package services
