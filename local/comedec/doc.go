// Package comedec answers requests by which notaries and those who deliver titles verify a person's civil status, from the
// index of the acts that are here.
//
// PROJET. The messages of the State's own exchange (COMEDEC: communication électronique des données de l’état civil) are not
// public: these are Airial's, with the same steps, so that a town hall can rehearse them against a simulator (comedectest,
// «alpi-server comedec-simulator»). Nothing of it is connected to the State, and each answer says so.
//
// # A verification
//
//	card of each side, exchanged once, confirmed by who administers
//	request: what the person declared ──seal▶ Open ▶ Examine (nothing is written)
//	answer: data of the act, or why not  ◀seal── Answer (an officer's word; kept in the register of requests)
//
// A request is signed by its sender (Ed25519) and sealed to the town hall (age, X25519); so is the answer, the other way. A
// request that is not from a known correspondent is not read. What is answered is what an extract with filiation says; a
// mention that is prepared and not affixed withholds it, as it does an extract (package copies).
//
// # Streams
//
// «correspondent/<id>» holds the card of a correspondent; what was asked and answered stands in the register of requests,
// which erases it after a year.
package comedec
