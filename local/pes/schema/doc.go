// Package schema holds accounting flows against the official schemas of PES_v2 (XML Schemas that the DGFiP publishes
// on collectivites-locales.gouv.fr), where a person or the operator has put them: they are not Airial's to ship.
//
// A flow that they refuse would be rejected by Hélios: it stops the signature, with the line and the reason. Where the
// schemas are not there, or cannot tell, the flow is said not to have been compared.
package schema
