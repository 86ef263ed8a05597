// Package names makes of a person's name what an index keeps of it: its words without accents, and how they sound.
//
// Words are folded (no accent, no ligature, no capital); the six apostrophes that are met in lists, hyphens and spaces part
// them. What stands together by an apostrophe, a hyphen or a particle is kept joined as well, so that «d’Artagnan» is found
// by «dartagnan» and «Delatour» by «de La Tour».
//
// Sounds are FONEM codes: G. Bouchard, P. Brard, Y. Lavoie, «FONEM: un code de transcription phonétique pour la
// reconstitution automatique des familles saguenayennes», Population 36 (6), 1981, p. 1085-1103. It was made for French
// names as registers of civil status write them, unlike Soundex and its adaptations; no library in Go has it.
package names
