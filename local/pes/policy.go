package pes

import "alpi40.fr/airial/local/signature/xades"

// Policy is the signature policy of Hélios in force, as approved third parties declare it:
// the installation may set another (services.json), should the DGFiP publish one.
//
// Another digest is seen elsewhere for the same identifier; this is the one of an approved
// operator, to be confirmed with ALPI.
func Policy() xades.Policy {
	return xades.Policy{
		Identifier:  "urn:oid:1.2.250.1.131.1.5.18.21.1.7",
		Description: "Politique de signature Helios de la DGFiP",
		Digest:      "roF9+cfRHNPtVJolhdqfIqGMVuUXX8aR4rpiquf0u5E=",
		URI:         "https://www.collectivites-locales.gouv.fr/files/files/finances_locales/dematerialisation/ps_helios_dgfip.pdf",
	}
}
