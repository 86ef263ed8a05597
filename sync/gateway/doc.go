// Package gateway is the door by which the business software of a town hall hands folders
// over and asks for them again. It speaks the web service of i-Parapheur 4 (SOAP 1.1,
// namespace http://www.adullact.org/spring-ws/iparapheur/1.0) and a part of the interface of
// i-Parapheur 5 (REST, PREMIS 3), at the addresses under which that software knows them:
//
//	POST /ws-iparapheur            plain, or with attachments (MTOM)
//	POST /ws-iparapheur-no-mtom    plain
//	GET  …?wsdl                    the contract
//	POST /auth/realms/api/protocol/openid-connect/token
//	GET  /api/standard/v1/tenant/{SIREN}/desk/airial/{state}, types, subtypes
//	POST …/folder                  a folder: its description and its documents
//	GET  …/folder/{id}/premis      its state and history; …/zip: all it holds, with its slip
//
// # Version 4
//
// What is understood: echo, GetListeTypes, GetListeSousTypes, CreerDossier, CreerDossierPES,
// GetDossier, GetHistoDossier, RechercherDossiers, ArchiverDossier, EffacerDossierRejete,
// GetListeMetaDonnees, GetMetaDonneesRequisesPourTypeSoustype. What would act in somebody's place (ForcerEtape,
// ExercerDroitRemordDossier) or send on (EnvoyerDossierTdT…) is not, and says so.
//
// # Types
//
// A type of the authority's own named «Marchés › Lettres de rejet» is the type «Marchés»
// with the sub-type «Lettres de rejet»; one without › is its own sub-type. Who has none
// uses «Airial», «Circuit habituel».
//
// # Who may speak
//
// A password made in the settings, drawn at random, of which the hash alone is kept; the
// user's name is not looked at. Version 5 shows it as its token, or asks for one by it. Only the folders that came by this door are spoken of.
// Nothing is ever erased: archiving a folder takes it off its author's pile.
//
// # Sent twice
//
// A folder sent again with its identifier and the same documents is one folder, and the
// answer is the first one's; with other documents it is refused. Without an identifier,
// the documents, the type and the title are one as long as the folder is on its way.
package gateway
