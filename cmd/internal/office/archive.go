package office

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/seda"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/typeset"
)

// The profiles of archiving are files of the installation's folder: that of one authority, or
// the one of all.
const profileFile = "archives.json"

// ArchiveProfile is what the archive asks of an authority's transfers: the authority's own
// file (archives-SIREN.json), else the installation's (archives.json), else the program's draft.
func (h *Hall) ArchiveProfile() (seda.Profile, error) {
	for _, name := range []string{"archives-" + h.id + ".json", profileFile} {
		text, err := readSmall(filepath.Join(h.office.o.Dir, name), seda.MaxProfile+1)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return seda.Profile{}, err
		}
		return seda.ReadProfile(text)
	}
	return seda.Draft(), nil
}

// Archive writes the archive package (SEDA) of a folder that has come to its end: its
// documents, its annexes, and what proves them. Errors: a refusal; seda.ErrProfile; store.ErrNotFound.
func (h *Hall) Archive(ctx context.Context, id string, w io.Writer) error {
	p, err := h.ArchiveProfile()
	if err != nil {
		return err
	}
	f, err := h.Folders.Folder(ctx, id)
	if err != nil {
		return err
	}
	if err := parapheur.MayArchive(f); err != nil {
		return err
	}
	c, err := h.caseFile(ctx, id)
	if err != nil {
		return err
	}
	a, err := h.Authority(ctx)
	if err != nil {
		return err
	}
	town, err := h.Folders.Town(ctx)
	if err != nil {
		return err
	}
	return seda.Write(ctx, w, p, archived{h, c, a, town}.transfer())
}

// archived is a folder being described for the archive.
type archived struct {
	h    *Hall
	c    *caseFile
	a    authority.Authority
	town parapheur.Town
}

func (x archived) transfer() seda.Transfer {
	now := x.h.office.o.Now()
	return seda.Transfer{
		ID: x.a.ID + "-" + x.c.folder.ID + "-" + now.UTC().Format("20060102T150405Z"), Date: now,
		Comments:    []string{"Dossier du parapheur électronique « " + x.c.folder.Title + " », préparé par Airial " + Version + "."},
		Originating: seda.Agency{ID: x.a.ID, Name: x.a.Name}, Kind: string(x.c.folder.Kind), Since: x.c.folder.Ended(),
		Root: x.root(),
	}
}

func (x archived) root() seda.Unit {
	f := x.c.folder
	u := seda.Unit{
		Level: seda.File, Title: f.Title, ID: f.ID, Type: string(f.Kind), Created: f.Created, Start: f.Created, End: f.Ended(),
		Description: "Service producteur : " + x.a.Name + ". Dossier du parapheur électronique, circuit terminé.",
		Keywords:    x.keywords(),
	}
	for _, e := range f.History {
		detail := x.town.Name(e.Person)
		if e.Capacity != "" {
			detail += ", " + e.Capacity
		}
		if e.Note != "" {
			detail += " : " + e.Note
		}
		u.Events = append(u.Events, seda.Event{Type: f.Words(e), Detail: detail, At: e.At})
	}
	for _, d := range x.c.documents {
		one, writers := x.document(d)
		u.Units = append(u.Units, one)
		for _, w := range writers {
			if !slices.Contains(u.Writers, w) {
				u.Writers = append(u.Writers, w)
			}
		}
	}
	u.Units = append(u.Units, x.proofs())
	return u
}

func (x archived) keywords() []seda.Keyword {
	words := []seda.Keyword{{Text: string(x.c.folder.Kind), Type: "genreform"}, {Text: x.a.Name, Type: "corpname"}}
	if x.a.Short != "" {
		words = append(words, seda.Keyword{Text: x.a.Short, Type: "geogname"})
	}
	if x.c.folder.Service != "" {
		words = append(words, seda.Keyword{Text: x.c.folder.Service, Type: "subject"})
	}
	return words
}

// document describes a document, with its signatures and what goes with it, and names those who signed it.
func (x archived) document(d caseDocument) (seda.Unit, []seda.Agent) {
	u := seda.Unit{Level: seda.Item, Title: d.Name, Type: "document principal", Created: x.c.folder.Created, Object: object(d.signed)}
	if d.Annex {
		u.Type = "annexe"
	}
	var writers []seda.Agent
	for _, s := range x.h.Folders.Verdicts(x.c.folder, x.town, d.Document, validation.Report{Signatures: d.signatures}) {
		signer := seda.Agent{Name: s.Person, Function: s.Quality, Role: "Signataire"}
		writers = append(writers, signer)
		u.Signatures = append(u.Signatures, seda.Signature{Signer: signer, At: signedAt(s), Verifier: "Airial " + Version, Verified: s.Verified})
		u.Events = append(u.Events, seda.Event{Type: "Vérification de la signature", Detail: verified(s), Outcome: outcomes[s.Valid], At: s.Verified})
		if at := signedAt(s); at.After(u.End) {
			u.End = at
		}
	}
	if d.original != nil {
		u.Units = append(u.Units, seda.Unit{Level: seda.Item, Title: d.Name + " (original importé)", Type: "original avant signature", Created: x.c.folder.Created, Object: object(*d.original)})
	}
	for _, s := range d.beside {
		u.Units = append(u.Units, seda.Unit{Level: seda.Item, Title: s.name, Type: "signature détachée", Object: object(s)})
	}
	return u, writers
}

var outcomes = map[typeset.Verdict]string{typeset.Passed: "TOTAL-PASSED", typeset.Failed: "TOTAL-FAILED", typeset.Indeterminate: "INDETERMINATE"}

// signedAt is when a signature was made: what a timestamp proves, else what it declares.
func signedAt(s typeset.SlipSignature) time.Time {
	if !s.Timestamp.IsZero() {
		return s.Timestamp
	}
	return s.Claimed
}

// verified is what a verification found, with the certificate and the timestamp.
func verified(s typeset.SlipSignature) string {
	text := s.Person + ", " + s.Level + ". Certificat de " + s.Subject + ", émis par " + s.Issuer + ", numéro " + s.Serial + ". " + s.Verdict
	switch {
	case s.Timestamp.IsZero() && s.Offline:
		text += " Horodatage à venir."
	case s.Timestamp.IsZero():
		text += " Sans horodatage."
	default:
		text += " Horodatée par " + s.TimestampAuthority + "."
	}
	return text
}

// proofs are what stands beside the documents: who did what and when, and with which certificates.
func (x archived) proofs() seda.Unit {
	made := x.h.office.o.Now()
	item := func(kind, title string, f namedFile) seda.Unit {
		return seda.Unit{Level: seda.Item, Title: title, Type: kind, Object: object(f)}
	}
	u := seda.Unit{Level: seda.Group, Title: "Preuves", Type: "preuves", Description: "Les horodatages et les preuves de non-révocation sont dans les signatures elles-mêmes.", Units: []seda.Unit{
		item("bordereau de signature", "Bordereau de signature", here("bordereau.pdf", x.c.slip)),
		item("extrait du journal", "Extrait du journal, avec ses preuves d’inclusion", here(filepath.Base(BundleJournal), x.c.journal)),
	}}
	for i := range u.Units {
		u.Units[i].Created = made
	}
	for _, f := range x.c.certificates {
		u.Units = append(u.Units, item("certificat", "Certificat "+strings.TrimSuffix(f.name, ".pem")+" et sa chaîne", f))
	}
	for _, f := range x.c.answers {
		u.Units = append(u.Units, item("réponse d’Hélios", f.name, f))
	}
	return u
}

// here is a file that stands in memory already.
func here(name string, content []byte) namedFile {
	return namedFile{name, func() ([]byte, error) { return content, nil }}
}

func object(f namedFile) *seda.Object {
	return &seda.Object{Name: f.name, Content: func(context.Context) ([]byte, error) { return f.read() }}
}
