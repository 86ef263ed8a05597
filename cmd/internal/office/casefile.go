package office

import (
	"bytes"
	"context"
	"encoding/pem"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/store"
)

// caseFile is all that proves a folder: what the proof bundle and the archive package are
// both made of. Its files are read when their turn comes.
type caseFile struct {
	folder    *parapheur.Folder
	documents []caseDocument
	// answers are those of Hélios and of the préfecture, certificates the signers' with the chain that was found.
	answers, certificates []namedFile
	slip, journal         []byte
}

// caseDocument is a document with all that goes with it.
type caseDocument struct {
	parapheur.Document
	signed   namedFile
	original *namedFile // nil where nothing changed it
	beside   []namedFile
	// signatures are the verdicts on them, none for an annex.
	signatures []validation.Verdict
}

type namedFile struct {
	name string
	read func() ([]byte, error)
}

// caseFile gathers what proves a folder. Errors: store.ErrNotFound.
func (h *Hall) caseFile(ctx context.Context, id string) (*caseFile, error) {
	f, err := h.Folders.Folder(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &caseFile{folder: f}
	for _, d := range f.Documents {
		doc, err := h.caseOf(ctx, f, d)
		if err != nil {
			return nil, err
		}
		out.documents = append(out.documents, doc)
	}
	if out.certificates, err = certificatesOf(out.documents); err != nil {
		return nil, err
	}
	for _, r := range f.Receipts {
		out.answers = append(out.answers, h.kept(r.Name, r.Digest))
	}
	for _, x := range f.Handovers {
		if x.Proof != nil {
			out.answers = append(out.answers, h.kept(x.Proof.Name, x.Proof.Digest))
		}
	}
	slip, err := h.Folders.Slip(ctx, id, h.office.Validate)
	if err != nil {
		return nil, err
	}
	out.slip = slip.PDF
	out.journal, err = h.proof(ctx, id)
	return out, err
}

func (h *Hall) kept(name string, d store.Digest) namedFile {
	return namedFile{name, func() ([]byte, error) { return h.Store.Blobs().Read(d, parapheur.MaxDocument) }}
}

func (h *Hall) caseOf(ctx context.Context, f *parapheur.Folder, d parapheur.Document) (caseDocument, error) {
	doc := caseDocument{Document: d, signed: h.kept(d.Name, d.Digest)}
	if d.Original != d.Digest {
		original := h.kept(d.Name, d.Original)
		doc.original = &original
	}
	for _, s := range d.Beside {
		doc.beside = append(doc.beside, h.kept(s.Name, s.Digest))
	}
	if d.Annex || len(f.Signatures) == 0 {
		return doc, nil
	}
	report, err := h.Folders.Judge(ctx, d, h.office.Validate)
	doc.signatures = report.Signatures
	return doc, err
}

// certificatesOf gives each signer's, once, with the chain that was found (PEM).
func certificatesOf(documents []caseDocument) ([]namedFile, error) {
	var out []namedFile
	seen := map[string]bool{}
	for _, d := range documents {
		for _, v := range d.signatures {
			if v.Signer.Certificate == nil || seen[v.Signer.Serial] {
				continue
			}
			seen[v.Signer.Serial] = true
			chain := v.Chain
			if len(chain) == 0 {
				chain = append(chain, v.Signer.Certificate)
			}
			var text bytes.Buffer
			for _, c := range chain {
				if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
					return nil, err
				}
			}
			out = append(out, namedFile{v.Signer.Serial + ".pem", func() ([]byte, error) { return text.Bytes(), nil }})
		}
	}
	return out, nil
}
