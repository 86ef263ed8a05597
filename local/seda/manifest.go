package seda

import (
	"encoding/xml"
	"fmt"
	"time"
)

var namespaces = map[string]string{
	"2.1": "fr:gouv:culture:archivesdefrance:seda:v2.1",
	"2.2": "fr:gouv:culture:archivesdefrance:seda:v2.2",
}

// The types below are the standard's elements, in the order that its schemas ask.

type archiveTransfer struct {
	XMLName   xml.Name `xml:"ArchiveTransfer"`
	Namespace string   `xml:"xmlns,attr"`
	Comment   []string
	Date      string
	ID        string `xml:"MessageIdentifier"`
	Agreement string `xml:"ArchivalAgreement"`
	Codes     struct {
		Digest string `xml:"MessageDigestAlgorithmCodeListVersion"`
		Format string `xml:"FileFormatCodeListVersion"`
	} `xml:"CodeListVersions"`
	Package      dataObjectPackage `xml:"DataObjectPackage"`
	Archival     organization      `xml:"ArchivalAgency"`
	Transferring organization      `xml:"TransferringAgency"`
}

type organization struct {
	Identifier string
}

type dataObjectPackage struct {
	Groups      []dataObjectGroup  `xml:"DataObjectGroup"`
	Units       []archiveUnit      `xml:"DescriptiveMetadata>ArchiveUnit"`
	ManagedWith managementMetadata `xml:"ManagementMetadata"`
}

type dataObjectGroup struct {
	ID     string           `xml:"id,attr"`
	Object binaryDataObject `xml:"BinaryDataObject"`
}

type binaryDataObject struct {
	ID      string                    `xml:"id,attr"`
	Version string                    `xml:"DataObjectVersion"`
	URI     string                    `xml:"Uri"`
	Digest  messageDigest             `xml:"MessageDigest"`
	Size    int                       `xml:"Size,omitempty"`
	Format  *formatIdentification     `xml:"FormatIdentification"`
	Info    struct{ Filename string } `xml:"FileInfo"`
}

type messageDigest struct {
	Algorithm string `xml:"algorithm,attr"`
	Value     string `xml:",chardata"`
}

type formatIdentification struct {
	FormatLitteral string `xml:",omitempty"`
	MimeType       string `xml:",omitempty"`
	FormatID       string `xml:"FormatId,omitempty"`
}

type managementMetadata struct {
	ArchivalProfile string `xml:",omitempty"`
	ServiceLevel    string `xml:",omitempty"`
	Acquisition     string `xml:"AcquisitionInformation,omitempty"`
	LegalStatus     string
	Originating     string `xml:"OriginatingAgencyIdentifier"`
	Submission      string `xml:"SubmissionAgencyIdentifier"`
}

type archiveUnit struct {
	ID         string        `xml:"id,attr"`
	Management *management   `xml:"Management"`
	Content    content       `xml:"Content"`
	Units      []archiveUnit `xml:"ArchiveUnit"`
	Object     *objectRef    `xml:"DataObjectReference"`
}

type objectRef struct {
	Group string `xml:"DataObjectGroupReferenceId"`
}

type management struct {
	Appraisal appraisalRule `xml:"AppraisalRule"`
	Access    accessRule    `xml:"AccessRule"`
}

type accessRule struct {
	Rule      string
	StartDate string
}

type appraisalRule struct {
	accessRule
	FinalAction string
}

type content struct {
	Level        Level `xml:"DescriptionLevel"`
	Title        string
	Identifier   string        `xml:"OriginatingAgencyArchiveUnitIdentifier,omitempty"`
	Description  string        `xml:",omitempty"`
	DocumentType string        `xml:",omitempty"`
	Language     string        `xml:",omitempty"`
	Keywords     []keyword     `xml:"Keyword"`
	Originating  *organization `xml:"OriginatingAgency"`
	Submission   *organization `xml:"SubmissionAgency"`
	Writers      []agent       `xml:"Writer"`
	Created      string        `xml:"CreatedDate,omitempty"`
	Start        string        `xml:"StartDate,omitempty"`
	End          string        `xml:"EndDate,omitempty"`
	Events       []event       `xml:"Event"`
	Signatures   []signature   `xml:"Signature"`
}

type keyword struct {
	Content string `xml:"KeywordContent"`
	Type    string `xml:"KeywordType,omitempty"`
}

type agent struct {
	FullName string
	Function string `xml:",omitempty"`
	Role     string `xml:",omitempty"`
}

type event struct {
	Type    string `xml:"EventType,omitempty"`
	At      string `xml:"EventDateTime"`
	Detail  string `xml:"EventDetail,omitempty"`
	Outcome string `xml:",omitempty"`
}

type signature struct {
	Signer struct {
		FullName    string
		SigningTime string
		Function    string `xml:",omitempty"`
	}
	Validator struct {
		Corpname       string
		ValidationTime string
	}
	Referenced struct {
		ID     string        `xml:"SignedObjectId"`
		Digest messageDigest `xml:"SignedObjectDigest"`
	} `xml:"ReferencedObject"`
}

// stamp writes a moment with its time zone; a day alone where the standard wants one.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}

func day(at time.Time) string { return at.Format(time.DateOnly) }

// manifest is the message without its files, which are added as they are written.
func (p Profile) manifest(t Transfer) archiveTransfer {
	submission := p.submission(t.Originating)
	m := archiveTransfer{
		Namespace: namespaces[p.Version], Comment: t.Comments, Date: stamp(t.Date), ID: token(t.ID), Agreement: token(p.Agreement),
		Archival: organization{token(p.ArchivalAgency.ID)}, Transferring: organization{token(submission.ID)},
	}
	if p.Status != "" {
		m.Comment = append(m.Comment, draftComment)
	}
	m.Codes.Digest, m.Codes.Format = "SHA-512", "PRONOM"
	m.Package.ManagedWith = managementMetadata{
		ArchivalProfile: token(p.ArchivalProfile), ServiceLevel: token(p.ServiceLevel), Acquisition: token(p.Acquisition), LegalStatus: "Public Archive",
		Originating: token(t.Originating.ID), Submission: token(submission.ID),
	}
	return m
}

// draftComment says that the profile is still a draft.
const draftComment = "Projet : le profil d’archivage, les règles de gestion et la convention de ce versement n’ont pas encore été arrêtés par l’archiviste du département."

// management writes the rules of the transfer's kind, for the root and all below it.
func (p Profile) management(t Transfer) *management {
	r := p.RulesOf(t.Kind)
	return &management{
		Appraisal: appraisalRule{accessRule{token(r.Appraisal.ID), day(t.Since)}, r.Appraisal.Final},
		Access:    accessRule{token(r.Access.ID), day(t.Since)},
	}
}

// said writes the rules in words, with their sources, for the description of the root.
func (p Profile) said(kind string) string {
	r := p.RulesOf(kind)
	final := "conservation définitive"
	if r.Appraisal.Final == "Destroy" {
		final = "élimination possible, sous visa (code du patrimoine, art. R212-14)"
	}
	text := fmt.Sprintf("Durée d’utilité administrative : %s, puis %s%s. Communicable : %s%s.",
		years(r.Appraisal.Years, "moins d’un an"), final, source(r.Appraisal.Rule), years(r.Access.Years, "immédiatement"), source(r.Access))
	if p.Status != "" {
		text = "Règles de gestion (projet) — " + text
	}
	return text
}

func years(n int, none string) string {
	switch n {
	case 0:
		return none
	case 1:
		return "1 an"
	}
	return fmt.Sprintf("%d ans", n)
}

func source(r Rule) string {
	text := r.Source
	if r.Note != "" {
		text += " ; " + r.Note
	}
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
