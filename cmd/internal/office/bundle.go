package office

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// The files of a proof bundle that programs read.
const (
	BundleJournal = "preuves/journal.json"
	BundleDigests = "empreintes.txt"
)

// ProofJournal is BundleJournal: a folder's entries, each with its proof of inclusion in the
// server's log, and the keys that signed them.
type ProofJournal struct {
	Folder string `json:"folder"`
	// Size and Root are the log's, as this laptop knew it; 0 when nothing had been sent.
	Size    int64         `json:"size"`
	Root    journal.Hash  `json:"root"`
	Entries []ProvedEntry `json:"entries"`
	// Devices are the Ed25519 public keys, in hexadecimal.
	Devices map[string]string `json:"devices"`
}

// ProvedEntry is an entry with its place in the log, 0 while it was not sent.
type ProvedEntry struct {
	journal.Entry
	Place int64          `json:"place,omitempty"`
	Proof []journal.Hash `json:"proof,omitempty"`
}

// readme tells who receives a bundle how to check it with programs that are not ours.
const readme = `DOSSIER DE PREUVE
%s

Ce dossier se vérifie sans Airial, aujourd’hui ou dans des années. D’un seul coup, avec openssl et pdfsig :
      sh verifier.sh RACINES.pem
RACINES.pem sont les certificats des autorités racines, pris à leur source. Le script se lit : ce sont des commandes
ordinaires, chacune à la date qui compte. Ce qu’elles vérifient (signatures, horodatages, preuves de non-révocation)
est sorti des documents dans « preuves/pieces ».

À la main :

1. Les fichiers sont ceux qui ont été réunis :
      sha256sum -c empreintes.txt

2. Les signatures des PDF (dossier « documents ») :
      pdfsig documents/NOM.pdf
   Le PDF porte lui-même ses certificats, ses preuves de non-révocation et ses horodatages.

3. Les signatures des flux comptables (XML) :
      xmlsec1 --verify --insecure --id-attr:Id Bordereau \
        --id-attr:Id http://uri.etsi.org/01903/v1.1.1#:SignedProperties documents/NOM.xml

4. Les signatures à part (.p7s) :
      openssl cms -verify -binary -inform DER -noverify -in documents/NOM.p7s -content documents/NOM -out /dev/null

5. Les certificats des signataires sont dans « preuves/certificats » (PEM). Pour vérifier la chaîne :
      openssl verify -CAfile AUTORITÉ.pem -partial_chain preuves/certificats/NOM.pem

6. Le journal (preuves/journal.json) dit qui a fait quoi, quand, sur quel ordinateur. Chaque entrée est signée par
   l’ordinateur (Ed25519) et, une fois envoyée, tient sa place dans un arbre de Merkle (RFC 6962) dont la racine est
   donnée. « airialctl proof DOSSIER.zip » vérifie tout cela d’un coup.

« bordereau.pdf » dit la même chose en clair. Les réponses d’Hélios et les accusés de la préfecture, s’il en est venu, sont dans « réponses ». Les originaux, tels qu’ils ont été importés, sont dans « originaux ».
`

// Bundle is the proof bundle of a folder: its documents as they came and as they were signed,
// signatures that stand beside them, certificates, the folder's entries with their proofs of
// inclusion, a readable slip. A ZIP; nothing in it is stamped.
func (h *Hall) Bundle(ctx context.Context, id string) ([]byte, error) {
	d, err := h.caseFile(ctx, id)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	b := &bundle{zip: zip.NewWriter(&out), seen: map[string]bool{}}
	proofs := pieces{b: b, proved: map[string]bool{}}
	for _, doc := range d.documents {
		path := b.file("documents", doc.signed)
		if b.err == nil {
			b.err = proofs.document(ctx, path, doc)
		}
		if doc.original != nil {
			b.file("originaux", *doc.original)
		}
		for _, s := range doc.beside {
			b.file("documents", s)
		}
	}
	for _, c := range d.certificates {
		b.file("preuves/certificats", c)
	}
	for _, r := range d.answers {
		b.file("réponses", r)
	}
	if b.err == nil {
		b.err = proofs.end()
	}
	b.add("bordereau.pdf", d.slip)
	b.add(BundleJournal, d.journal)
	b.add("LISEZMOI.txt", []byte(fmt.Sprintf(readme, d.folder.Title)))
	b.write(BundleDigests, []byte(b.digests.String()))
	if b.err == nil {
		b.err = b.zip.Close()
	}
	if b.err != nil {
		return nil, fmt.Errorf("making the proof bundle: %w", b.err)
	}
	return out.Bytes(), nil
}

// bundle is one being written; the first failure is kept.
type bundle struct {
	zip     *zip.Writer
	digests strings.Builder
	seen    map[string]bool
	err     error
}

func (b *bundle) write(name string, content []byte) {
	if b.err != nil {
		return
	}
	w, err := b.zip.Create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	b.err = err
}

// add writes a file with its digest.
func (b *bundle) add(name string, content []byte) {
	b.write(name, content)
	digest := sha256.Sum256(content)
	fmt.Fprintf(&b.digests, "%s  %s\n", hex.EncodeToString(digest[:]), name)
}

// file adds one of the folder's files, under a name that no other has, which is given.
func (b *bundle) file(folder string, f namedFile) (path string) {
	if b.err != nil {
		return ""
	}
	content, err := f.read()
	if err != nil {
		b.err = err
		return ""
	}
	path = b.free(folder, f.name)
	b.add(path, content)
	return path
}

// free gives a name that no other file of the bundle has.
func (b *bundle) free(folder, name string) string {
	name = filepath.Base(filepath.Clean(strings.ReplaceAll(name, "\\", "/")))
	for n := 1; ; n++ {
		path := folder + "/" + name
		if n > 1 {
			path = fmt.Sprintf("%s/%d-%s", folder, n, name)
		}
		if !b.seen[path] {
			b.seen[path] = true
			return path
		}
	}
}

// proof gives BundleJournal.
func (h *Hall) proof(ctx context.Context, id string) ([]byte, error) {
	keyOf, err := h.Sync.KeyOf(ctx)
	if err != nil {
		return nil, err
	}
	p := ProofJournal{Folder: id, Devices: map[string]string{}}
	err = h.Store.View(ctx, func(tx *store.Tx) error {
		if p.Size, err = journal.LogSize(tx); err != nil {
			return err
		}
		if p.Size > 0 {
			if p.Root, err = journal.Root(tx, p.Size); err != nil {
				return err
			}
		}
		records, err := journal.Stream(tx, "folder/"+id)
		if err != nil {
			return err
		}
		for _, r := range records {
			one := ProvedEntry{Entry: r.Entry, Place: r.ServerSeq}
			if r.ServerSeq > 0 && r.ServerSeq <= p.Size {
				if one.Proof, err = journal.Inclusion(tx, r.ServerSeq, p.Size); err != nil {
					return err
				}
			}
			p.Entries = append(p.Entries, one)
			if key := keyOf(r.Device); len(key) == ed25519.PublicKeySize {
				p.Devices[r.Device] = hex.EncodeToString(key)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the journal's proof: %w", err)
	}
	return text, nil
}
