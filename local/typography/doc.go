// Package typography gives a typed French text the form in which the administration prints it: «n° 12», «1er mars»,
// «L. 2121-29», «14 h 30», «1 200,50 €», accented capitals, ligatures, and the spaces, apostrophes and guillemets of
// local/typeset/french. It says what it changes, so that a person can look at it; what was typed is never touched.
//
// It writes «n°» with the degree sign, as the Official Journal's own site does, rather than with a superior letter: a
// text that is copied or searched must be found by what people type.
//
// All functions are pure; correcting twice changes nothing more. Addresses of the web and of mail are left as they are.
package typography
