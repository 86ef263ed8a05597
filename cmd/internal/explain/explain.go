// Package explain gives errors their French words: what happened, what is safe
// and what to do. Refusals of the town hall's rules have their own words.
package explain

import (
	"errors"
	"fmt"
	"io/fs"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/provision"
	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/merge"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/release"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/scan"
	"alpi40.fr/airial/local/seda"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/asic"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/local/signature/validator"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/signature/xmltree"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/conference"
	"alpi40.fr/airial/sync/feed"
	"alpi40.fr/airial/sync/mail"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/proxy"
	"alpi40.fr/airial/sync/tdt"
	"alpi40.fr/airial/sync/transfer"
	"alpi40.fr/airial/sync/webpublish"
)

// Told is an error with its words for a person.
type Told struct {
	Cause            error
	What, Safe, Todo string
}

func (t *Told) Error() string                      { return t.Cause.Error() }
func (t *Told) Unwrap() error                      { return t.Cause }
func (t *Told) Explain() (what, safe, todo string) { return t.What, t.Safe, t.Todo }

// NothingChanged is safe to say where an action was refused whole.
const NothingChanged = "Rien n’a été modifié ; votre travail enregistré est intact."

const keptHere = "Votre travail est enregistré sur cet ordinateur."

// words says what an error means, what is safe, and what to do; the first cause that fits is told.
var words = []Told{
	{signature.ErrEmpty, "Ce fichier est vide.", NothingChanged, "Vérifiez la copie ou le téléchargement, puis recommencez."},
	{signature.ErrNotPDF, "Ce fichier n’est pas un PDF, quel que soit son nom.", NothingChanged, "Exportez le document en PDF depuis le logiciel qui l’a produit."},
	{signature.ErrTruncated, "Ce PDF est incomplet : la fin manque.", NothingChanged, "Copiez-le ou téléchargez-le de nouveau."},
	{signature.ErrEncrypted, "Ce PDF est protégé par un mot de passe.", NothingChanged, "Demandez à son auteur une version sans protection."},
	{signature.ErrCertified, "Ce PDF a été certifié et n’accepte plus de signature.", NothingChanged, "Demandez à son auteur une version non certifiée."},
	{signature.ErrBroken, "Ce PDF est endommagé.", NothingChanged, "Demandez-en une nouvelle copie, ou réimprimez-le en PDF."},
	{signature.ErrKey, "Ce certificat n’est pas d’une sorte qui signe ici.", NothingChanged, "Choisissez un autre certificat dans les réglages."},
	{signature.ErrCMS, "Cette signature est endommagée : elle ne peut pas être lue.", NothingChanged, "Demandez-en une nouvelle copie."},
	{xades.ErrSigned, "Ce flux est déjà signé.", NothingChanged, "Envoyez-le tel quel au comptable."},
	{xmltree.ErrDoctype, "Ce fichier XML contient une déclaration dangereuse (DOCTYPE), que personne n’utilise dans un flux.", NothingChanged, "Ne l’ouvrez pas ; demandez un autre fichier à son auteur et prévenez l’ALPI."},
	{xmltree.ErrEncoding, "Les caractères de ce fichier XML sont dans un codage inconnu.", NothingChanged, "Faites-le produire de nouveau en ISO-8859-1 ou en UTF-8."},
	{xmltree.ErrTooLarge, "Ce fichier XML dépasse ce qui peut être lu.", NothingChanged, "Faites-le couper en plusieurs flux par votre logiciel comptable."},
	{xmltree.ErrID, "Un identifiant de ce fichier XML manque ou figure deux fois.", NothingChanged, "Faites-le produire de nouveau par votre logiciel."},
	{xmltree.ErrNotXML, "Ce fichier XML est incomplet ou endommagé.", NothingChanged, "Copiez-le ou téléchargez-le de nouveau."},
	{pes.ErrNotPES, "Ce fichier n’est pas un flux comptable PES_v2.", NothingChanged, "Vérifiez que c’est bien le fichier du logiciel comptable."},
	{pes.ErrTooLarge, "Ce flux comptable dépasse ce qui peut être lu.", NothingChanged, "Faites-le couper en plusieurs par votre logiciel comptable."},
	{pes.ErrAttachment, "Cette pièce jointe est vide ou endommagée.", NothingChanged, "Faites-la joindre de nouveau."},
	{asic.ErrTwice, "Ce conteneur de signature contient deux fichiers du même nom : il ne peut pas être cru.", NothingChanged, "Demandez-en un autre à son auteur."},
	{asic.ErrTooLarge, "Ce conteneur de signature dépasse ce qui peut être lu.", NothingChanged, "Demandez les documents séparément."},
	{asic.ErrNotContainer, "Ce conteneur de signature est endommagé.", NothingChanged, "Copiez-le ou téléchargez-le de nouveau."},
	{validator.ErrUnknown, "Airial ne connaît pas cette sorte de fichier : il ne peut pas en vérifier la signature.", NothingChanged, "Choisissez un PDF, un XML, une signature (.p7s) ou un conteneur (.asice)."},
	{signature.ErrRevoked, "Un certificat de signature a été révoqué.", keptHere, "Ne vous servez plus de cette clé et prévenez votre prestataire."},
	{signature.ErrNoRevocation, "L’état d’un certificat n’a pas pu être vérifié.", "La signature est gardée, à compléter.", "Un nouvel essai se fera de lui-même à la prochaine connexion."},
	{signature.ErrTimestamp, "Le service d’horodatage n’a pas répondu comme il faut.", "La signature est gardée, à horodater.", "Un nouvel essai se fera de lui-même à la prochaine connexion."},
	{mail.ErrSignIn, "La messagerie demande une connexion par le navigateur.", keptHere, "Dans les réglages, à « Messagerie », choisissez « Se connecter par le navigateur »."},
	{mail.ErrNotFound, "Les serveurs de cette adresse n’ont pas été trouvés.", NothingChanged, "Demandez-les à votre hébergeur et écrivez-les dans les réglages."},
	{conference.ErrSecret, "Le serveur de visioconférence refuse le secret partagé, ou il n’est pas sur cet ordinateur.", NothingChanged, "Donnez-le par « Secret du serveur… » ; l’agence l’a."},
	{conference.ErrOffline, "Le serveur de visioconférence ne répond pas.", keptHere, "Essayez de nouveau quand la ligne est là."},
	{conference.ErrRefused, "Le serveur de visioconférence refuse cette réunion.", NothingChanged, "Réservez-la de nouveau, ou demandez de l’aide à l’agence."},
	{conference.ErrLies, "Le serveur de visioconférence répond au sujet d’une autre réunion.", NothingChanged, "N’ouvrez pas la réunion, et prévenez l’agence."},
	{conference.ErrUnlisted, "Cette salle ne dit pas où sont ses enregistrements.", NothingChanged, "Qui a enregistré la réunion a gardé le fichier : demandez-le-lui, puis notez son adresse dans la séance."},
	{conference.ErrEngine, "Cette salle n’est pas d’une sorte que cette version d’Airial connaît.", NothingChanged, "Mettez Airial à jour, ou choisissez une autre salle."},
	{feed.ErrOffline, "Aucune actualité n’a pu être relevée : la ligne manque, ou leurs serveurs ne répondent pas.", "Ce qui était là se lit toujours.", "Essayez de nouveau quand la ligne est là."},
	{feed.ErrRubbish, "Aucune actualité n’a pu être relevée : ce qui est venu n’en est pas.", "Ce qui était là se lit toujours.", "Signalez-le à l’agence."},
	{feed.ErrAddress, "Aucune actualité n’a pu être relevée : leurs adresses ne sont pas sûres.", "Ce qui était là se lit toujours.", "Signalez-le à l’agence."},
	{training.ErrEscapes, "Ce module contient un fichier qui sortirait de son dossier : il n’est pas ouvert.", NothingChanged, "Signalez-le à l’agence."},
	{training.ErrTooLarge, "Ce module dépasse ce qui peut être lu.", NothingChanged, "Signalez-le à l’agence."},
	{training.ErrModule, "Ce module ne peut pas être lu.", NothingChanged, "Signalez-le à l’agence."},
	{services.ErrCatalogue, "Le catalogue des services ne peut pas être lu.", keptHere, "Le prochain échange en apporte un autre ; à défaut, prévenez l’agence."},
	{office.ErrNoParcel, "Ce document de l’agence n’est pas sur cet ordinateur, et n’a pas pu être demandé.", keptHere, "Essayez de nouveau quand la ligne est là."},
	{token.ErrWrongPIN, "Le mot de passe de ce certificat n’est pas le bon.", NothingChanged, "Retapez celui que votre prestataire vous a remis avec le fichier."},
	{token.ErrPINLocked, "Votre clé est bloquée après trop de codes faux.", "Rien n’a été signé.", "Débloquez-la avec le code que votre prestataire vous a remis."},
	{token.ErrNoToken, "Aucune clé de signature n’est branchée ou choisie.", "Rien n’a été signé.", "Branchez votre clé ; au besoin, choisissez-la dans les réglages."},
	{token.ErrCancelled, "Vous avez renoncé à donner le code de votre clé.", "Ce qui n’était pas signé ne l’est pas.", "Recommencez quand vous le voudrez."},
	{token.ErrTokenGone, "La clé a été retirée pendant la signature.", "Les dossiers déjà signés le restent ; les autres n’ont pas changé.", "Rebranchez-la puis signez les dossiers restants."},
	{token.ErrModule, "Le pilote de la clé s’est arrêté.", "Rien n’a été perdu ; les dossiers déjà signés le restent.", "Rebranchez la clé et recommencez."},
	{token.ErrUnavailable, "Ce programme ne sait pas lire cette sorte de clé.", "Rien n’a été signé.", "Adressez-vous à l’assistance de l’ALPI."},
	{mail.ErrPassword, "Le serveur de courrier refuse l’identifiant ou le mot de passe.", "Aucun nouvel essai ne sera fait de lui-même ; les messages déjà reçus se lisent.", "Donnez le bon mot de passe dans les réglages de la messagerie."},
	{mail.ErrNoTLS, "Ce serveur de courrier n’offre pas de connexion chiffrée.", "Rien ne lui a été envoyé, pas même le mot de passe.", "Vérifiez l’adresse et le port dans les réglages de la messagerie (993 et 465 en général)."},
	{mail.ErrAddress, "L’adresse du serveur de courrier est incomplète.", NothingChanged, "Écrivez-la comme courrier.exemple.fr:993."},
	{mail.ErrUncertain, "La ligne a été coupée au moment de l’envoi.", "Le message est peut-être parti ; il est gardé.", "Ouvrez-le dans « Brouillons et envois » et dites ce qu’il en est."},
	{mail.ErrLies, "Le serveur de courrier a répondu ce qu’il ne devrait pas.", "Les messages déjà reçus se lisent.", "Un nouvel essai se fera de lui-même ; si cela dure, prévenez l’ALPI."},
	{mail.ErrOffline, "Le serveur de courrier ne répond pas.", "Les messages reçus se lisent ; ce que vous faites partira au retour de la ligne.", "Rien : un nouvel essai se fera de lui-même."},
	{office.ErrOtherAuthority, "Ce code rattache à une autre collectivité que celle prévue pour cet ordinateur.", NothingChanged, "Demandez à l’ALPI un code de votre collectivité ; l’ancien ne peut plus servir."},
	{provision.ErrNotOne, "Ce fichier n’est pas un fichier de mise en service que cette version d’Airial connaisse.", NothingChanged, "Choisissez le fichier .airial envoyé par l’ALPI."},
	{provision.ErrNoKey, "Cette version d’Airial n’a pas la clé qui vérifie les fichiers de mise en service.", NothingChanged, "Donnez l’adresse et le code vous-même, ou installez la version distribuée par l’ALPI."},
	{provision.ErrSignature, "Ce fichier de mise en service n’est pas signé par l’ALPI, ou il a été modifié.", NothingChanged, "Ne vous en servez pas et prévenez l’assistance de l’ALPI."},
	{provision.ErrExpired, "Ce fichier de mise en service a passé sa date.", NothingChanged, "Demandez-en un nouveau à l’ALPI ; si la date de cet ordinateur est fausse, corrigez-la d’abord."},
	{provision.ErrValue, "Ce que l’installateur a réglé pour cet ordinateur ne peut pas être lu.", keptHere, "Demandez à l’installateur de vérifier l’adresse du serveur, le numéro de la collectivité et le proxy ; « airialctl inventory » les montre."},
	{release.ErrList, "La version proposée ne peut pas être installée : ce qui est arrivé n’est pas ce qui était annoncé.", "Rien n’a été installé ; cette version d’Airial reste.", "Recommencez plus tard ; si cela se répète, prévenez l’assistance de l’ALPI."},
	{office.ErrNoMail, "Aucune boîte aux lettres n’est réglée sur cet ordinateur.", NothingChanged, "Réglez-la dans « Réglages », partie « Messagerie »."},
	{vault.ErrLocked, "Cet ordinateur n’a pas la clé de cet espace du coffre-fort.", "Rien n’est perdu : l’espace est intact chez ses membres.", "Ouvrez Airial sur un ordinateur qui a la clé, et autorisez-y celui-ci ; puis faites un échange."},
	{journal.ErrKeyAway, "Les données personnelles de ce dossier arrivent encore du serveur.", "Rien n’est perdu, et ce que vous avez saisi n’est pas enregistré.", "Attendez la fin de la synchronisation, puis recommencez."},
	{vault.ErrSealed, "Une partie du coffre-fort ne s’ouvre pas avec la clé qu’elle annonce.", "Le reste du coffre-fort se lit.", "Signalez-le à l’assistance, avec le nom de l’espace."},
	{merge.ErrTooLarge, "Cette note est trop longue pour s’écrire à plusieurs.", "Ce qui était enregistré l’est toujours.", "Enregistrez-la comme un fichier, ou partagez-la en plusieurs notes."},
	{transfer.ErrAltered, "Un fichier reçu par un lien n’est pas celui que son auteur a chiffré.", "Rien n’en a été rangé dans le coffre-fort.", "Demandez-lui de le déposer de nouveau ; si cela recommence, signalez-le à l’assistance."},
	{mailbox.ErrNotHere, "Ce message n’est pas encore sur cet ordinateur.", NothingChanged, "Il arrivera avec la ligne."},
	{mailbox.ErrNoPart, "Cette pièce jointe ne peut pas être lue.", NothingChanged, "Demandez à son auteur de l’envoyer de nouveau."},
	{scan.ErrBroken, "Cette page numérisée ne peut pas être affichée : elle est vide ou endommagée.", "Le fichier est gardé tel qu’il a été reçu.", "Demandez-en une nouvelle numérisation."},
	{scan.ErrTooLarge, "Cette page numérisée a trop de points pour être affichée.", "Le fichier est gardé tel qu’il a été reçu.", "Demandez-la avec une résolution moindre, ou en deux couleurs (noir et blanc)."},
	{pageimage.ErrBroken, "Ce document ne peut pas être affiché : il est vide ou endommagé.", NothingChanged, "Demandez-en une nouvelle copie."},
	{pageimage.ErrEncrypted, "Ce document est protégé par un mot de passe.", NothingChanged, "Demandez à son auteur une version sans protection."},
	{pageimage.ErrTooLarge, "Ce document est trop volumineux pour être affiché.", NothingChanged, "Réduisez-le, ou coupez-le en plusieurs."},
	{office.ErrAddress, "Cette adresse n’est pas celle d’un service.", NothingChanged, "Écrivez-la en entier, par exemple https://horodatage.exemple.fr."},
	{trustpackage.ErrSignature, "Ce paquet de confiance n’est pas signé par le serveur de votre collectivité.", "Celui qui était là n’a pas changé.", "Demandez le paquet à l’ALPI."},
	{trustpackage.ErrContent, "Ce paquet de confiance est endommagé.", "Celui qui était là n’a pas changé.", "Copiez-le ou téléchargez-le de nouveau."},
	{trustpackage.ErrNotPackage, "Ce fichier n’est pas un paquet de confiance.", "Celui qui était là n’a pas changé.", "Demandez le paquet à l’ALPI."},
	{office.ErrOlderPackage, "Ce paquet de confiance n’est pas plus récent que celui de cet ordinateur.", "Celui qui était là n’a pas changé.", "Gardez celui que vous avez."},
	{seda.ErrProfile, "Le profil d’archivage de cet ordinateur (archives.json) est incomplet ou mal écrit.", NothingChanged, "Demandez à l’archiviste ou à l’ALPI un fichier corrigé ; sans ce fichier, Airial suit son propre projet de profil."},
	{handover.ErrNotSet, "Aucun tiers de télétransmission n’est réglé sur cet ordinateur.", "Le dossier est gardé, à transmettre.", "Réglez-le sur la page « Réglages » : adresse, certificat, identifiant."},
	{tdt.ErrDenied, "Le tiers de télétransmission ne laisse pas entrer cette collectivité.", "Rien n’a été transmis ; le dossier est gardé.", "Vérifiez dans les réglages le certificat, l’identifiant et le mot de passe, puis les droits du compte auprès du tiers."},
	{tdt.ErrUntrusted, "Le certificat du tiers de télétransmission n’est pas celui attendu : rien ne lui a été envoyé.", "Le dossier est gardé, à transmettre.", "Vérifiez l’adresse dans les réglages, et prévenez l’assistance de l’ALPI."},
	{tdt.ErrAddress, "Cette adresse n’est pas celle d’un tiers de télétransmission.", NothingChanged, "Écrivez-la en entier, par exemple https://tiers.exemple.fr."},
	{actes.ErrNotClassification, "Ce qui est arrivé n’est pas la classification de la préfecture.", "Celle qui était là n’a pas changé.", "Recommencez plus tard ; si cela se répète, prévenez votre prestataire."},
	{actes.ErrNotReceipt, "Ce qui est arrivé n’est pas un accusé de réception.", "L’acte attend toujours le sien.", "Un nouvel essai se fera de lui-même."},
	{handover.ErrOther, "La réponse reçue du tiers concerne un autre envoi : elle n’a pas été notée.", "Le dossier attend toujours la sienne.", "Un nouvel essai se fera de lui-même ; s’il se répète, prévenez l’assistance de l’ALPI."},
	{handover.ErrUncertain, "L’envoi est parti, et la réponse du tiers s’est perdue.", "Rien ne sera envoyé deux fois.", "Airial redemandera de lui-même, dans un quart d’heure, ce qu’il en est."},
	{handover.ErrDuplicate, "Le tiers a déjà ce fichier.", "Rien n’a été envoyé deux fois.", "Relevez son numéro sur le site du tiers."},
	{tdt.ErrGarbage, "Ce qui a répondu ne parle pas comme un tiers de télétransmission (réseau d’hôtel ou filtre ?).", "Rien ne sera envoyé deux fois.", "Vérifiez l’adresse et le réseau ; un nouvel essai se fera de lui-même."},
	{handover.ErrNotSent, "Le tiers de télétransmission ne répond pas.", "Le dossier est gardé, à transmettre.", "L’envoi se fera de lui-même au retour du réseau."},
	{office.ErrNoCertificate, "Ce fichier ne contient pas de certificat avec sa clé.", NothingChanged, "Choisissez le fichier .p12 ou .pfx remis par votre prestataire."},
	{office.ErrNotFolder, "Ce dossier n’existe pas sur cet ordinateur.", NothingChanged, "Vérifiez son chemin, ou créez-le d’abord."},
	{office.ErrNotAuthority, "Ce fichier ne contient pas le certificat d’une autorité de certification.", NothingChanged, "Demandez à votre prestataire le certificat de son autorité (fichier .crt, .cer ou .pem)."},
	{keys.ErrWrongPassphrase, "Cette phrase de passe n’est pas la bonne.", NothingChanged, "Essayez de nouveau, en prenant garde aux majuscules et aux espaces."},
	{keys.ErrShortPassphrase, "Cette phrase de passe est trop courte.", NothingChanged, "Choisissez-en une plus longue."},
	{keys.ErrBadRecoveryCode, "Ce code n’est pas celui d’une fiche de secours.", NothingChanged, "Recopiez-le groupe par groupe."},
	{keys.ErrOtherKey, "Cette clé est celle d’un autre ordinateur.", NothingChanged, "Prenez la fiche de secours de cet ordinateur."},
	{keys.ErrKeyringLocked, "Le trousseau de cet ordinateur est verrouillé.", keptHere, "Déverrouillez votre session, puis recommencez ; la fiche de secours ouvre aussi vos données."},
	{keys.ErrKeyringDenied, "Le trousseau de cet ordinateur a refusé l’accès.", keptHere, "Recommencez et acceptez la demande du système ; la fiche de secours ouvre aussi vos données."},
	{keys.ErrKeyMissing, "La clé de vos données n’est plus dans le trousseau de cet ordinateur.", keptHere, "Ouvrez avec la fiche de secours, gardée en mairie."},
	{keys.ErrNoKeyring, "Cet ordinateur n’a pas de trousseau.", keptHere, "Ouvrez avec la fiche de secours, ou adressez-vous à l’assistance de l’ALPI."},
	{keys.ErrDamaged, "Le fichier des clés de cet ordinateur est endommagé.", keptHere, "Ouvrez avec la fiche de secours, gardée en mairie."},
	{publication.ErrStillThere, "La copie contient encore un des mots à occulter.", "Rien n’a été mis en ligne ; l’original est inchangé.", "Vérifiez les mots, ou apportez une version occultée refaite sans eux."},
	{office.ErrNoWebsite, "Aucun envoi vers un site n’est réglé sur cet ordinateur.", NothingChanged, "Réglez-le sur la page « Publication », ou exportez le dossier du site."},
	{office.ErrNotReceived, "Cet acte n’est pas reçu par le représentant de l’État : il n’y a rien à tamponner.", NothingChanged, "Attendez l’accusé de réception."},
	{webpublish.ErrUnknownHost, "La clé du serveur du site n’a pas encore été confirmée.", "Rien ne lui a été envoyé, pas même le mot de passe.", "Essayez la connexion dans les réglages du site, et comparez l’empreinte avec celle que donne votre hébergeur."},
	{webpublish.ErrOtherHost, "Le serveur du site montre une autre clé que celle qui a été confirmée.", "Rien ne lui a été envoyé, pas même le mot de passe.", "Demandez à votre hébergeur s’il a changé de clé ; ne confirmez la nouvelle qu’après sa réponse."},
	{webpublish.ErrNotServer, "Ce qui répond n’est pas le serveur du site : une page de connexion, une redirection ou un autre service.", "Ce qui est en ligne n’a pas changé.", "Vérifiez l’adresse ; sur un réseau d’hôtel ou filtré, connectez-vous d’abord avec un navigateur."},
	{webpublish.ErrDenied, "Le serveur du site refuse cet utilisateur.", "Ce qui est en ligne n’a pas changé.", "Vérifiez le nom, le mot de passe ou la clé, et le droit d’écrire dans ce dossier."},
	{webpublish.ErrFull, "Le serveur du site n’a plus de place.", "Ce qui était en ligne l’est toujours.", "Demandez de la place à votre hébergeur, puis envoyez de nouveau : l’envoi reprendra où il s’est arrêté."},
	{webpublish.ErrOffline, "Le serveur du site ne répond pas.", "Les actes sont enregistrés ; l’envoi attend.", "Il reprendra de lui-même, où il s’est arrêté, dès que la ligne reviendra."},
	{webpublish.ErrKey, "La clé privée ne peut pas être lue.", NothingChanged, "Choisissez une clé au format OpenSSH ou PEM, et vérifiez sa phrase de passe."},
	{webpublish.ErrTarget, "Cette adresse n’est pas celle d’un serveur de site.", NothingChanged, "Écrivez https://… pour WebDAV, le nom du serveur pour SFTP."},
	{webpublish.ErrRefused, "Le serveur du site refuse d’écrire dans ce dossier.", "Ce qui était en ligne l’est toujours.", "Vérifiez le nom du dossier avec votre hébergeur."},
	{publication.ErrNotSCDL, "Ce fichier n’est pas un tableau de délibérations.", NothingChanged, "Choisissez un fichier CSV dont la première ligne porte les noms du schéma (COLL_NOM, COLL_SIRET…)."},
	{store.ErrDiskFull, "Le disque de cet ordinateur est plein.", "Ce qui était enregistré est intact ; la dernière action n’a pas été faite.", "Libérez de la place, puis recommencez."},
	{store.ErrTooLarge, "Ce fichier dépasse la taille permise.", NothingChanged, "Réduisez-le, ou coupez-le en plusieurs."},
	{proxy.ErrAddress, "Cette adresse n’est pas celle d’un serveur mandataire.", NothingChanged, "Écrivez nom:port, ou l’adresse du script qui commence par https:// ou file://."},
	{proxy.ErrScript, "Le script du serveur mandataire (PAC) ne peut pas être lu.", keptHere, "Vérifiez son adresse sur la page « Synchronisation », ou demandez-la à qui tient le réseau."},
	{client.ErrElsewhere, "Ce document est sur le serveur, et pas sur cet ordinateur.", "Il y est en sûreté.", "Il s’ouvrira dès que la ligne sera là ; sur la page « Synchronisation », on choisit ce qui reste ici."},
	{store.ErrNotFound, "Ce document n’est pas encore sur cet ordinateur.", keptHere, "Il arrivera à la prochaine synchronisation."},
	{store.ErrDamaged, "Un fichier des données de cet ordinateur est abîmé.", "Rien n’a été changé ; ce qui a été envoyé est aussi sur le serveur.", "Fermez Airial, puis ouvrez-le en mode de secours : il vérifie et répare."},
	{store.ErrBusy, "Un autre programme se sert de ces données.", NothingChanged, "Attendez qu’il ait fini, puis recommencez."},
	{store.ErrNewer, "Ces données ont été écrites par une version d’Airial plus récente que celle-ci.", NothingChanged, "Installez la dernière version d’Airial, puis ouvrez-la."},
	{store.ErrReadOnly, readOnly.What, readOnly.Safe, readOnly.Todo},
	{store.ErrLongPath, longName.What, longName.Safe, longName.Todo},
	{durable.ErrHeld, "Un autre programme tient un fichier d’Airial ouvert : un antivirus, une sauvegarde, une visionneuse.", "Ce qui était enregistré est intact ; la dernière action n’a pas été faite.", "Attendez qu’il ait fini, puis recommencez ; si cela dure, demandez à l’installateur que l’antivirus laisse le dossier d’Airial de côté."},
	{client.ErrPortal, "Ce réseau demande de s’identifier sur une page avant de laisser passer.", keptHere, "Ouvrez un navigateur, identifiez-vous, puis synchronisez."},
	{client.ErrForked, "Le serveur, rétabli depuis une sauvegarde, a donné deux fois la même place : l’échange est arrêté.", "Rien n’a été pris de sa réponse ; vos données sont intactes sur cet ordinateur.", "Prévenez l’ALPI, qui dira laquelle vaut, et sauvegardez cet ordinateur."},
	{client.ErrPaused, "Les échanges sont suspendus à votre demande.", keptHere, "Reprenez-les quand vous le voulez."},
	{client.ErrOffline, "Le serveur ne répond pas.", keptHere, "L’échange reprendra de lui-même."},
	{client.ErrClock, "La date de cet ordinateur ne convient pas au certificat du serveur.", keptHere, "Vérifiez la date et l’heure de l’ordinateur ; si elles sont justes, prévenez l’assistance de l’ALPI."},
	{client.ErrLocal, "Un fichier d’Airial ne peut pas être lu ou écrit sur cet ordinateur.", "Ce qui était enregistré n’a pas changé ; l’échange est arrêté.", "Vérifiez le disque et les droits du dossier d’Airial, puis recommencez ; « airialctl doctor » dit ce qui ne va pas."},
	{client.ErrUntrusted, "Le certificat du serveur n’est pas celui attendu : rien ne lui a été envoyé.", keptHere, "Prévenez l’assistance avant de continuer."},
	{client.ErrLies, "Le serveur contredit ce qu’il avait donné : l’échange est arrêté.", "Rien n’a été pris de sa réponse ; vos données sont intactes.", "Prévenez l’assistance de l’ALPI."},
	{client.ErrRubbish, "La réponse reçue n’est pas celle du serveur (réseau d’hôtel ou filtre ?).", keptHere, "Ouvrez un navigateur pour vous connecter au réseau, puis réessayez."},
	{protocol.ErrBadCode, "Ce code est inconnu, déjà utilisé ou périmé.", NothingChanged, "Demandez-en un nouveau à votre administrateur."},
	{protocol.ErrRevoked, "Cet ordinateur n’est plus autorisé à échanger.", "Ce qu’il garde est verrouillé, et n’est pas perdu : votre administrateur peut donner le code qui le rend.", "Fermez Airial et adressez-vous à votre administrateur."},
	// What the system says of files, where nothing nearer fits.
	{errReadOnly, readOnly.What, readOnly.Safe, readOnly.Todo},
	{errLongName, longName.What, longName.Safe, longName.Todo},
	{fs.ErrPermission, "Le système ne permet pas de lire ou d’écrire ce fichier, ou ce dossier.", NothingChanged, "Choisissez un autre dossier, ou demandez à l’installateur d’en donner le droit à votre session ; « airialctl inventory » dit où sont les données d’Airial."},
}

// Words that several errors have.
var longName = struct{ What, Safe, Todo string }{
	"Le nom de ce fichier, avec celui de ses dossiers, est trop long pour cet ordinateur.", NothingChanged,
	"Donnez-lui un nom plus court, ou mettez-le dans un dossier plus proche de la racine, puis recommencez.",
}

var readOnly = struct{ What, Safe, Todo string }{
	"Airial ne peut pas écrire là où sont ses données : ce dossier, ou ce disque, est en lecture seule.", "Ce qui était enregistré est intact ; rien de nouveau ne l’est.",
	"Demandez à l’installateur d’en permettre l’écriture à votre session ; « airialctl inventory » dit où il est.",
}

// Error gives an error its words, a *Told, where it knows some.
func Error(err error) error {
	if err == nil || rule.Find(err) != nil {
		return err
	}
	var pin *token.PINError
	if errors.As(err, &pin) && errors.Is(err, token.ErrWrongPIN) {
		return &Told{err, "Le code PIN est faux.", "Rien n’a été signé.", triesLeft(pin)}
	}
	var no *handover.Refusal
	if errors.As(err, &no) && !errors.Is(err, tdt.ErrDenied) {
		return &Told{err, "Le tiers de télétransmission a refusé : « " + no.Words + " ».", "Rien n’avance ; le dossier est gardé.", "Corrigez ce qu’il dit, puis recommencez."}
	}
	var fault *keys.RecoveryFault
	if errors.As(err, &fault) {
		return &Told{err, "Ce code n’est pas celui d’une fiche de secours.", NothingChanged, misread(fault)}
	}
	var certificate *mail.CertificateError
	if errors.As(err, &certificate) {
		return untrustedMail(certificate)
	}
	var trial *mail.TrialError
	if errors.As(err, &trial) {
		if told := untried(trial); told != nil {
			return told
		}
	}
	var refusedLetter *mail.RefusedError
	if errors.As(err, &refusedLetter) {
		return &Told{err, "Le serveur de courrier refuse ce message : « " + refusedLetter.Words + " ».", "Il n’est parti vers personne ; il est gardé.", "Corrigez ce qu’il dit, puis envoyez-le de nouveau."}
	}
	full := store.Full(err)
	for _, w := range words {
		if errors.Is(err, w.Cause) || full && w.Cause == store.ErrDiskFull {
			return &Told{err, w.What, w.Safe, w.Todo}
		}
	}
	return err
}

// untried tells which mail server a person did not reach, and what she wrote that may be wrong; nil: what it is has words of its own.
func untried(e *mail.TrialError) error {
	server := "Le serveur de réception " + e.Address
	if e.Sending {
		server = "Le serveur d’envoi " + e.Address
	}
	const safe = "Ce qui est réglé est enregistré ; les messages déjà reçus se lisent."
	switch {
	case errors.Is(e, mail.ErrSignIn):
		return nil
	case errors.Is(e, mail.ErrPassword):
		return &Told{e, server + " refuse l’identifiant ou le mot de passe.", safe, "Corrigez-les dans les réglages de la messagerie, enregistrez, puis essayez de nouveau."}
	case errors.Is(e, mail.ErrOffline):
		return &Told{e, server + " ne répond pas.", safe, "Vérifiez son adresse et son port, et que cet ordinateur a une ligne."}
	}
	return nil
}

// untrustedMail tells a mail server's certificate that is not the right one.
func untrustedMail(c *mail.CertificateError) error {
	t := &Told{Cause: c, Safe: "Rien ne lui a été envoyé, pas même le mot de passe.", Todo: "Demandez à qui tient ce serveur si l’empreinte de son certificat est " + c.Fingerprint + ". Si oui, recopiez-la dans les réglages de la messagerie ; sinon, n’allez pas plus loin."}
	t.What = "Le certificat du serveur de courrier " + c.Host + " n’est garanti par personne que cet ordinateur connaisse."
	if c.Pinned {
		t.What = "Le serveur de courrier " + c.Host + " montre un autre certificat que celui qui a été accepté."
	}
	return t
}

func misread(f *keys.RecoveryFault) string {
	switch {
	case f.Group > 0:
		return fmt.Sprintf("Le groupe %d est mal recopié.", f.Group)
	case f.Signs != keys.RecoverySigns:
		return fmt.Sprintf("Il y a %d signes au lieu de %d.", f.Signs, keys.RecoverySigns)
	}
	return "Les groupes ne vont pas ensemble : vérifiez leur ordre, et qu’ils viennent d’une seule fiche."
}

func triesLeft(e *token.PINError) string {
	switch {
	case e.Remaining == 0 || e.Locked:
		return "La clé est maintenant bloquée : débloquez-la avec le code de votre prestataire."
	case e.Remaining > 0:
		return fmt.Sprintf("Attention : il reste %d essai avant le blocage de la clé.", e.Remaining)
	case e.CountLow:
		return "Recommencez avec attention : il reste peu d’essais avant le blocage."
	}
	return "Recommencez ; la clé ne dit pas combien d’essais restent (trois en général)."
}

// Words are what an error means, what is safe and what to do, in one text.
func Words(err error) string {
	if r := rule.Find(err); r != nil {
		return r.Why + " " + r.Cure
	}
	var told *Told
	if errors.As(Error(err), &told) {
		return told.What + " " + told.Safe + " " + told.Todo
	}
	return "Ce qui a été demandé n’a pas pu être fait. " + NothingChanged
}
