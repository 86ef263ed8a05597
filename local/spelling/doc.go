// Package spelling checks French spelling with a dictionary in Hunspell's format (folder dictionary: its origin and its
// licence), read by github.com/client9/gospell. The words that a town hall writes and no dictionary has (names, acronyms,
// «sexies») are not mistakes; more are given by who asks.
//
// Opening takes half a second and some 60 MB: it is done at the first reading again of a text, not before.
package spelling
