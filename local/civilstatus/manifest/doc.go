// Package manifest reads what comes with a digitised register: a list of its
// pages (CSV), or the names of its folders and files, and tells what is wrong
// before anything is kept.
//
// # The list
//
// One line a page, in UTF-8 or Windows-1252, separated by semicolons, commas or
// tabs, under a line of names whose order is free:
//
//	insee;type;annee;registre;numero;page;fichier;sha256;nom;prenoms;sexe;date_evenement
//
// Lines of one kind, year, register and number are the pages of one act.
//
// # Dates
//
// The date of the event is a day («1952-03-04», «04/03/1952», «4 mars 1952»), a
// day of the Republican calendar («12 brumaire an VII»), a month, a year or
// nothing: what is no day is kept as it is written.
//
// # Problems
//
// A problem has its line, its column and its cure. One that stops its act holds
// that act alone; nothing is dropped: a line that is corrected is planned again.
package manifest
