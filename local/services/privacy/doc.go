// Package privacy is the town hall's data protection: its register of processing activities, the
// requests of data subjects with their deadlines, and the breaches.
//
// # Law
//
// GDPR: art. 30.1 (register), art. 12.3 (one month to answer, two more when the request is complex,
// told within the first), art. 33 (72 hours to notify a breach, and its register, 33.5), art. 34
// (telling the people concerned). Months are counted as Regulation (EEC, Euratom) 1182/71, art. 3,
// says: a term that ends on a Saturday, a Sunday or a public holiday ends on the next working day;
// hours run on.
//
// # States
//
//	request: received ─▶ extended ─▶ answered or refused
//	breach:  noted ─▶ notified, or not to be notified with a reason ─▶ closed; people told or not
//
// # Entries
//
// Streams are «processing/<id>», «subjectrequest/<id>» and «breach/<id>». Airial's own activities
// (activities.json) stand in the register from the first day, as drafts, until the town hall writes
// its version of one. Who asks is sealed under the request's own key.
package privacy
