// Package deceased reads the file of deceased persons that INSEE publishes (fichier des personnes décédées), and finds in it
// those whose birth act is here.
//
// A line is of fixed width, in bytes of Latin-1 (a file that was made UTF-8 since is read by its characters):
//
//	80 names: NOM*PRÉNOMS/   1 sex: 1 or 2   8 birth: AAAAMMJJ   5 code of the birth place   30 its name   30 its country
//	8 death: AAAAMMJJ   5 code of the death place   10 number of the death act
//
// A part of a date that is not known is 00. The whole file has 28 million lines: it is read as it comes, once, and memory
// holds the births alone.
//
// The file is no proof: it suggests. A person confirms each proposal, and the mention waits for the notice of who drew up
// the death act (Code civil, art. 79).
package deceased
