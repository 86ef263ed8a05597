// Package lang holds what Airial says, in French, by key.
//
// Each page has its own file fr/<page>.json of flat keys "page.key". A value may hold {name} arguments. When the
// argument "n" is given, "key.one" is taken below 2 (French counts zero as singular) and "key.other" from 2 on.
// Values are typed with plain spaces; the narrow no-break spaces of French typography are set at loading.
//
// Rules of the messages: vouvoiement; no code and no computing jargon; an error says what happened, what is safe and
// what to do; a button is a verb; being offline is not an error.
package lang
