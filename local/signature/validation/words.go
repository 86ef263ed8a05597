package validation

import (
	"fmt"
	"slices"
	"time"

	"alpi40.fr/airial/local/signature/trust"
)

// Code names a check.
type Code string

// The checks, in the order in which they are made.
const (
	CodeStructure   Code = "structure"
	CodeOrphan      Code = "orphan"
	CodeSeveral     Code = "several-fields"
	CodeFormat      Code = "format"
	CodeByteRange   Code = "byte-range"
	CodeLostEnd     Code = "lost-end"
	CodeReserved    Code = "reserved"
	CodeContainer   Code = "container"
	CodeCMS         Code = "cms"
	CodeReference   Code = "reference"
	CodeScope       Code = "scope"
	CodeUncovered   Code = "uncovered"
	CodeProperties  Code = "signed-properties"
	CodeDigest      Code = "digest"
	CodeValue       Code = "value"
	CodeAlgorithm   Code = "algorithm"
	CodeCertificate Code = "certificate"
	CodeBinding     Code = "signing-certificate"
	CodeKeyUsage    Code = "key-usage"
	CodeTimestamp   Code = "timestamp"
	CodeTSAUsage    Code = "tsa-usage"
	CodeTSAChain    Code = "tsa-chain"
	CodeTime        Code = "time"
	CodeChain       Code = "chain"
	CodeService     Code = "service"
	CodeQualified   Code = "qualified"
	CodeValidity    Code = "validity"
	CodeRevocation  Code = "revocation"
	CodeCoverage    Code = "coverage"
	CodePermission  Code = "permission"
	CodeComparison  Code = "comparison"
	CodeLater       Code = "later-change"
	CodeLevel       Code = "level"
	CodePolicy      Code = "policy"
	CodeRole        Code = "role"
	CodeArchive     Code = "archive-timestamp"
	CodeRecord      Code = "evidence-record"
	CodeWeak        Code = "weak-certificate"
	CodeClaimed     Code = "claimed-time"

	CodeManyArchives Code = "many-archive-timestamps"
)

// sentences are in French, for the signing slip; %s are the finding's Args in order.
var sentences = map[Code]map[Outcome]string{
	CodeStructure: {
		Refuted: "La structure du fichier est endommagée : il ne peut pas être lu comme un PDF.",
	},
	CodeOrphan: {
		Refuted: "Une signature se trouve dans le fichier mais aucun champ du document ne la porte : elle a été retirée ou détournée.",
	},
	CodeSeveral: {
		Refuted: "La même signature est portée par plusieurs champs (%s).",
	},
	CodeFormat: {
		Refuted:   "Le dictionnaire de la signature n’est pas valable.",
		Unchecked: "Le format de signature « %s » n’est pas pris en charge.",
	},
	CodeByteRange: {
		Checked: "La signature couvre tout le document signé, sauf la place exacte où elle est écrite.",
		Refuted: "La plage d’octets couverte par la signature est fausse : elle laisse de côté autre chose que la signature elle-même.",
	},
	CodeLostEnd: {
		Refuted: "La fin du fichier manque (%s) : la signature porte sur plus que ce qui est là. Demandez une nouvelle copie du document.",
	},
	CodeReserved: {
		Noted: "Une place a été préparée pour une signature (champ « %s »), mais personne n’y a signé.",
	},
	CodeContainer: {
		Refuted: "La place de la signature contient autre chose que la signature.",
	},
	CodeCMS: {
		Refuted: "L’enveloppe de la signature (CMS) ne respecte pas la norme.",
	},
	CodeReference: {
		Checked:   "%s n’a pas été modifié depuis la signature.",
		Refuted:   "%s a été modifié depuis la signature.",
		Unchecked: "%s n’a pas pu être relu : %s.",
	},
	CodeScope: {
		Noted:     "La signature porte sur %s ; elle ne dit rien du reste du fichier.",
		Unchecked: "La signature porte sur %s, qui n’est pas à la place attendue : ce que l’on lit ailleurs dans le fichier n’est pas signé.",
		Refuted:   "La signature ne porte pas sur la partie du fichier qui la contient : elle a pu être déplacée.",
	},
	CodeUncovered: {
		Unchecked: "Un objet joint à la signature (%s) n’est pas signé : n’importe qui a pu l’y mettre.",
	},
	CodeProperties: {
		Refuted: "Les propriétés de la signature (date, certificat, rôle) ne sont pas celles qui ont été signées.",
		Noted:   "La signature ne porte pas de propriétés signées : sa date et son certificat ne sont pas liés (ce n’est pas du XAdES).",
	},
	CodeDigest: {
		Checked:   "Le document signé n’a pas été modifié : son empreinte (%s) est celle qui a été signée.",
		Refuted:   "Le document a été modifié après la signature : son empreinte n’est plus celle qui a été signée.",
		Unchecked: "L’empreinte du document n’a pas pu être vérifiée : algorithme inconnu.",
	},
	CodeValue: {
		Checked:   "La signature a bien été faite avec la clé du certificat (%s).",
		Refuted:   "La signature n’a pas été faite avec la clé de ce certificat.",
		Unchecked: "La valeur de la signature n’a pas pu être vérifiée : %s.",
	},
	CodeAlgorithm: {
		Checked: "Les algorithmes employés (%s) étaient sûrs à la date retenue.",
		Refuted: "L’algorithme employé (%s) n’était plus sûr à la date retenue.",
	},
	CodeCertificate: {
		Checked:   "Le certificat de signature est celui de %s, délivré par %s.",
		Unchecked: "Le certificat de signature est introuvable dans le document.",
	},
	CodeBinding: {
		Checked: "Le certificat est lié à la signature (attribut %s).",
		Refuted: "Le certificat joint n’est pas celui que la signature désigne.",
		Noted:   "La signature ne désigne pas son certificat (attribut signing-certificate absent) : elle ne suit pas le profil européen de base.",
	},
	CodeKeyUsage: {
		Checked: "Le certificat est prévu pour signer.",
		Refuted: "Le certificat n’est pas prévu pour signer.",
	},
	CodeTimestamp: {
		Checked: "L’horodatage du %s par %s porte bien sur cette signature.",
		Refuted: "L’horodatage ne porte pas sur cette signature ou est altéré.",
		Noted:   "La signature n’est pas horodatée : sa date est seulement déclarée.",
	},
	CodeTSAUsage: {
		Refuted: "Le certificat du service d’horodatage %s n’est pas réservé à l’horodatage : sa date n’est pas retenue.",
	},
	CodeTSAChain: {
		Unchecked: "La confiance dans le service d’horodatage %s n’a pas pu être établie : sa date n’est pas retenue.",
	},
	CodeTime: {
		Checked: "La signature existait le %s : un horodatage reconnu le prouve.",
		Noted:   "La vérification a été faite à la date du %s, faute d’horodatage reconnu.",
	},
	CodeClaimed: {
		Noted: "Date déclarée par le signataire : %s. Rien d’autre que lui ne la prouve.",
	},
	CodeChain: {
		Checked:   "Le certificat de %s remonte à l’autorité de confiance %s.",
		Unchecked: "Le certificat de %s n’a pas pu être rattaché à une autorité de confiance connue.",
		Refuted:   "La chaîne de certificats de %s ne respecte pas les règles de son autorité.",
	},
	CodeService: {
		Checked:   "Le service %s, qui a délivré le certificat, figure comme accordé le %s sur sa liste de confiance.",
		Noted:     "Le service %s n’est plus accordé depuis le %s ; un horodatage prouve que la signature est antérieure : elle n’en souffre pas.",
		Unchecked: "Le service %s n’est pas accordé le %s selon sa liste de confiance, et rien ne prouve que la signature date d’un temps où il l’était.",
		Refuted:   "Le service %s n’était pas accordé le %s selon sa liste de confiance : le certificat ne peut pas être reconnu.",
	},
	CodeQualified: {
		Checked:   "%s",
		Noted:     "Le certificat était qualifié quand il a servi ; la qualité de la signature n’est pas établie pour autant.",
		Unchecked: "Le certificat se dit qualifié ; aucune liste de confiance à jour ne le prouve ici : la signature n’est pas tenue pour qualifiée.",
	},
	CodeValidity: {
		Checked:   "Le certificat de %s était en cours de validité (du %s au %s).",
		Unchecked: "Le certificat de %s n’était pas en cours de validité (du %s au %s) à la date retenue, et rien ne prouve que la signature date d’un temps où il l’était.",
		Refuted:   "La signature existait avant le début de validité du certificat de %s (du %s au %s).",
	},
	CodeWeak: {
		Refuted: "Le certificat de %s, ou celui d’une autorité qui l’a délivré, repose sur un algorithme ou sur une clé trop faible à la date retenue (SHA-1, clé courte).",
	},
	CodeRevocation: {
		Checked:   "Le certificat de %s n’était pas révoqué (%s).",
		Unchecked: "Rien, dans le document ni en réserve, ne dit si le certificat de %s était révoqué à la date retenue.",
		Refuted:   "Le certificat de %s a été révoqué le %s.",
		Noted:     "Le certificat de %s n’est pas sujet à révocation.",
	},
	CodeCoverage: {
		Checked: "La signature couvre le fichier entier.",
		Noted:   "La signature couvre la version n° %s du document sur %s ; le fichier a été complété depuis.",
	},
	CodePermission: {
		Noted: "Le document est certifié : %s.",
	},
	CodeComparison: {
		Unchecked: "Les modifications faites après la signature n’ont pas pu être toutes examinées.",
	},
	CodeLater: {
		Noted:     "Ajouté depuis, ce qui est permis : %s.",
		Unchecked: "Ajouté depuis : %s. Ce que l’on voit peut différer de ce qui a été signé : regardez la version signée.",
		Refuted:   "Modifié depuis, ce qui n’est pas permis : %s. Seule la version signée fait foi.",
	},
	CodePolicy: {
		Noted: "Politique de signature déclarée : %s.",
	},
	CodeRole: {
		Noted: "Rôle déclaré par le signataire : %s.",
	},
	CodeArchive: {
		Checked:   "L’horodatage d’archivage du %s par %s protège la signature et ses preuves.",
		Refuted:   "Un horodatage d’archivage ne porte pas sur cette signature, ou il est altéré : il n’est pas retenu.",
		Unchecked: "L’horodatage d’archivage du %s n’a pas pu être vérifié : %s.",
	},
	CodeManyArchives: {
		Unchecked: "La signature porte plus de %s horodatages d’archivage : les suivants n’ont pas été examinés.",
	},
	CodeRecord: {
		Checked:   "Un enregistrement de preuve (evidence record) prouve que %s existait le %s (horodatage de %s).",
		Refuted:   "Un enregistrement de preuve (evidence record) ne porte pas sur %s, ou il est altéré : rien n’en est retenu.",
		Noted:     "Un enregistrement de preuve (evidence record) porte sur %s ; la confiance dans ses horodatages n’a pas pu être établie : rien n’en est retenu.",
		Unchecked: "Un enregistrement de preuve (evidence record) accompagne la signature ; il n’a pas été vérifié, et rien n’en est retenu.",
	},
	CodeLevel: {
		Noted: "Niveau de la signature : %s.",
	},
}

// legal says what a valid signature by a qualified certificate is, without and with a
// qualified device.
var legal = map[trust.Purpose]map[bool]string{
	trust.ForSignature: {
		false: "C’est une signature électronique avancée qui repose sur un certificat qualifié (règlement eIDAS, art. 26 et 28).",
		true:  "C’est une signature électronique qualifiée (règlement eIDAS, art. 3, 12°) : elle a l’effet d’une signature manuscrite (art. 25, § 2).",
	},
	trust.ForSeal: {
		false: "C’est un cachet électronique avancé qui repose sur un certificat qualifié (règlement eIDAS, art. 36 et 38).",
		true:  "C’est un cachet électronique qualifié (règlement eIDAS, art. 3, 27°) : il fait présumer l’intégrité et l’origine du document (art. 35, § 2).",
	},
}

// French gives the finding as a sentence.
func (f Finding) French() string {
	text := sentences[f.Code][f.Outcome]
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		args[i] = a
	}
	return fmt.Sprintf(text, args...)
}

// Heading gives the heading under which the slip lists such findings.
func (o Outcome) Heading() string {
	return map[Outcome]string{
		Checked:   "Ce qui a été vérifié",
		Unchecked: "Ce qui n’a pas pu l’être",
		Refuted:   "Ce qui n’est pas valable",
		Noted:     "À savoir",
	}[o]
}

// Section is a heading of the slip with its sentences.
type Section struct {
	Heading   string
	Sentences []string
}

// Sections gives the findings as the slip lists them: what is wrong first,
// what was checked, what could not be, what is to be known; each sentence once.
func Sections(findings []Finding) []Section {
	var out []Section
	for _, o := range []Outcome{Refuted, Checked, Unchecked, Noted} {
		s := Section{Heading: o.Heading()}
		for _, f := range findings {
			if text := f.French(); f.Outcome == o && !slices.Contains(s.Sentences, text) {
				s.Sentences = append(s.Sentences, text)
			}
		}
		if len(s.Sentences) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// changeNames say what a change touches.
var changeNames = map[ChangeKind]string{
	ChangeValidation: "les preuves de validité et horodatages d’archive",
	ChangeSignature:  "une autre signature",
	ChangeMetadata:   "les informations du document (titre, dates)",
	ChangeForm:       "le remplissage d’un champ de formulaire",
	ChangeStructure:  "la structure logique du document, que lisent les aides à la lecture et que rien n’affiche",
	ChangeAnnotation: "une annotation ou un dessin posé sur une page",
	ChangeContent:    "le contenu ou la structure du document",
}

// French names what the change touches, with the field when there is one.
func (c Change) French() string {
	name := changeNames[c.Kind]
	if c.Field != "" {
		name += " (champ « " + c.Field + " »)"
	}
	return name
}

// Permission says what a certification allows (ISO 32000-1 table 254).
var permissionNames = map[int]string{
	1: "aucune modification n’est permise",
	2: "seuls le remplissage des champs et les signatures sont permis",
	3: "seuls le remplissage des champs, les signatures et les annotations sont permis",
}

// frenchTime writes a time as the slip does, in universal time.
func frenchTime(t time.Time) string { return t.UTC().Format("02/01/2006 à 15 h 04") + " UTC" }

func frenchDate(t time.Time) string { return t.UTC().Format("02/01/2006") }
