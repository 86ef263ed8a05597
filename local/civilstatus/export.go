package civilstatus

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/authority/cog"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// What the authority takes with it when it leaves: a folder that needs no Airial to be read.
//
//	LISEZMOI.txt      what each file is
//	actes.csv         a line for each page of an act, as the list of a digitised register: any software that imports one takes it
//	mentions.csv      a line for each mention, with its wording and its state
//	demandes.csv      a line for each request for a copy, as long as the law lets it be kept
//	etat-civil.json   everything: acts, mentions, notices, links, suggested deaths, settings, formulas and their history,
//	                  requests and what became of them, what was read off acts, correspondents, certificates
//	images/           each page byte for byte, receipts and notices with them
//	sha256sums.txt    for «sha256sum -c»
//
// [Registry.Restore] reads it back elsewhere, and gives equal data.

// exportFormat names the form of etat-civil.json; it changes when what is written changes its meaning.
const exportFormat = "airial-etat-civil-1"

// exportTop is what stands before the lists of etat-civil.json.
type exportTop struct {
	Format   string     `json:"format"`
	Commune  string     `json:"commune"`
	INSEE    string     `json:"insee"`
	Settings Settings   `json:"settings"`
	Formulas []Revision `json:"formulas"`
}

// Exported counts what was written.
type Exported struct{ Acts, Mentions, Images, Notices, Beside int }

const (
	listName, mentionsName, jsonName, sumsName, readmeName = "actes.csv", "mentions.csv", "etat-civil.json", "sha256sums.txt", "LISEZMOI.txt"
	imagesFolder                                           = "images"
)

// ErrNotEmpty: the folder of an export has files.
var ErrNotEmpty = errors.New("the folder is not empty")

// exporter writes the files of an export, with their sums.
type exporter struct {
	ctx     context.Context
	dir     string
	blobs   *store.Blobs
	sums    map[string]string
	had     map[string]bool // images that are there
	people  []authority.Person
	annexes []Annex
	out     Exported
}

// Export writes the civil status into a folder that is made, or is empty. Memory does not grow with the acts. progress, when
// there is one, is told how many acts are done. Errors: ErrNotEmpty, those of the disk.
func (r *Registry) Export(ctx context.Context, dir string, progress func(done, of int)) (out Exported, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return out, fmt.Errorf("making the folder of the export: %w", err)
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return out, fmt.Errorf("looking into the folder of the export: %w", err)
	}
	if len(there) > 0 {
		return out, fmt.Errorf("%s: %w", dir, ErrNotEmpty)
	}
	x := &exporter{ctx: ctx, dir: dir, blobs: r.j.Store().Blobs(), sums: map[string]string{}, had: map[string]bool{}, annexes: r.annexes}
	// One view of the database: what is written is one state, whatever is done meanwhile.
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { return x.all(tx, progress) })
	return x.out, err
}

func (x *exporter) all(tx *store.Tx, progress func(done, of int)) error {
	here, err := authority.Current(tx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if x.people, err = authority.People(tx); err != nil {
		return err
	}
	top := exportTop{Format: exportFormat, Commune: here.Place, INSEE: here.INSEE}
	if top.Settings, err = settings(tx); err != nil {
		return err
	}
	if top.Formulas, err = revisions(tx); err != nil {
		return err
	}
	var of int
	if err := tx.Get(`SELECT count(*) FROM act`, nil, &of); err != nil {
		return err
	}
	if err := x.acts(tx, top, of, progress); err != nil {
		return err
	}
	if err := x.file(readmeName, func(w io.Writer) error { _, err := io.WriteString(w, readme(top, x.out, x.annexes)); return err }); err != nil {
		return err
	}
	return x.file(sumsName, func(w io.Writer) error {
		var names []string
		for name := range x.sums {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if _, err := fmt.Fprintf(w, "%s  %s\n", x.sums[name], name); err != nil {
				return err
			}
		}
		return nil
	})
}

// acts writes the three files that tell of acts in one reading of them.
func (x *exporter) acts(tx *store.Tx, top exportTop, of int, progress func(done, of int)) error {
	return x.file(listName, func(list io.Writer) error {
		return x.file(mentionsName, func(mentions io.Writer) error {
			return x.file(jsonName, func(all io.Writer) error {
				rows, words := csvWriter(list), csvWriter(mentions)
				if err := errors.Join(rows.Write(listColumns), words.Write(mentionColumns)); err != nil {
					return err
				}
				head, err := json.Marshal(top)
				if err != nil {
					return err
				}
				// The lists follow in the same object, an element a line.
				if _, err := fmt.Fprintf(all, "%s", strings.TrimSuffix(string(head), "}")); err != nil {
					return err
				}
				err = x.list(tx, all, "acts", `SELECT data FROM act ORDER BY kind, year, number, id`, func(scan func(...any) error) (any, error) {
					a, err := store.Decoded[Act](scan)
					if err != nil {
						return nil, err
					}
					if progress != nil {
						progress(x.out.Acts, of)
					}
					x.out.Acts++
					return a, x.act(&a, top.INSEE, rows, words)
				})
				if err == nil {
					err = x.list(tx, all, "notices", `SELECT data FROM civil_incoming ORDER BY received, id`, func(scan func(...any) error) (any, error) {
						n, err := store.Decoded[Incoming](scan)
						if err != nil {
							return nil, err
						}
						x.out.Notices++
						return n, x.images("avis-"+n.ID, n.Pages)
					})
				}
				if err == nil {
					err = x.list(tx, all, "links", `SELECT data FROM civil_link ORDER BY a, b`, func(scan func(...any) error) (any, error) { return store.Decoded[Link](scan) })
				}
				if err == nil {
					err = x.list(tx, all, "deaths", `SELECT data FROM civil_death ORDER BY id`, func(scan func(...any) error) (any, error) { return store.Decoded[Demise](scan) })
				}
				for _, a := range x.annexes {
					if err == nil {
						err = x.annex(tx, all, a)
					}
				}
				if err != nil {
					return err
				}
				rows.Flush()
				words.Flush()
				_, err = io.WriteString(all, "}\n")
				return errors.Join(err, rows.Error(), words.Error())
			})
		})
	})
}

// list writes the rows of a query.
func (x *exporter) list(tx *store.Tx, to io.Writer, name, query string, each func(scan func(...any) error) (any, error)) error {
	return x.elements(to, name, func(yield func(any) error) error {
		return tx.Each(query, nil, func(scan func(...any) error) error {
			v, err := each(scan)
			if err != nil {
				return err
			}
			return yield(v)
		})
	})
}

// elements writes «,"name":[…]», an element a line.
func (x *exporter) elements(to io.Writer, name string, all func(yield func(any) error) error) error {
	if _, err := fmt.Fprintf(to, ",\n%q:[", name); err != nil {
		return err
	}
	comma := ""
	err := all(func(v any) error {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(to, "%s\n%s", comma, text)
		comma = ","
		return err
	})
	if err == nil {
		_, err = io.WriteString(to, "\n]")
	}
	return err
}

var (
	listColumns    = strings.Split("insee;type;annee;registre;numero;page;fichier;sha256;nom;prenoms;nom_usage;sexe;date_evenement", ";")
	mentionColumns = strings.Split("type;annee;registre;numero;nom;prenoms;mention;libelle;texte;statut;etat;recue;apposee;officier;evenement;origine;rectifiee", ";")
	unsafe         = regexp.MustCompile(`[^\p{L}\p{N}_-]+`)
	extensions     = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif", "application/pdf": ".pdf"}
)

func (x *exporter) act(a *Act, insee string, rows, words *csv.Writer) error {
	stem := unsafe.ReplaceAllString(strings.Join(slices.DeleteFunc([]string{string(a.Kind), strconv.Itoa(a.Year), a.Register, a.Number}, func(s string) bool { return s == "" }), "-"), "_")
	written := a.Written
	if written == "" && a.Date != "" {
		written = string(a.Date)
	}
	for page, i := range a.Images {
		for _, p := range a.parties() {
			err := rows.Write([]string{insee, string(a.Kind), strconv.Itoa(a.Year), a.Register, a.Number, strconv.Itoa(page + 1), imageName(stem, i), i.Digest.String(), p.last, p.first, a.Usual, string(a.Gender), written})
			if err != nil {
				return err
			}
		}
	}
	pages := slices.Concat(a.Images, a.Former)
	for i := range a.Mentions {
		m := &a.Mentions[i]
		x.out.Mentions++
		rectified := ""
		if m.CorrectedBy != "" {
			rectified = "oui"
		}
		err := words.Write([]string{string(a.Kind), strconv.Itoa(a.Year), a.Register, a.Number, a.LastName, a.FirstName, m.Code, m.Label, m.Text, string(m.Status), string(m.State), string(m.Received), string(m.On), x.named(m.Officer), string(m.Day), m.Source, rectified})
		if err != nil {
			return err
		}
		for _, n := range m.Notices {
			pages = append(pages, n.ReceiptPages...)
		}
	}
	return x.images(stem, pages)
}

// named is who an id is of, for who reads the tables elsewhere.
func (x *exporter) named(id string) string {
	if p, known := authority.Find(x.people, id); known {
		return p.Name()
	}
	return id
}

func imageName(stem string, i Image) string {
	ext := extensions[i.Media]
	if ext == "" {
		ext = strings.ToLower(path.Ext(i.Name))
	}
	return path.Join(imagesFolder, stem+"-"+i.Digest.String()[:16]+ext)
}

func (x *exporter) images(stem string, pages []Image) error {
	for _, i := range pages {
		name := imageName(stem, i)
		if x.had[name] {
			continue
		}
		x.had[name] = true
		if err := x.image(name, i); err != nil {
			return err
		}
		x.out.Images++
	}
	return nil
}

func (x *exporter) image(name string, i Image) error {
	content, err := x.blobs.Open(i.Digest)
	if err != nil {
		return fmt.Errorf("opening the page %s: %w", i.Name, err)
	}
	defer content.Close()
	err = x.file(name, func(w io.Writer) error { _, err := io.Copy(w, content); return err })
	if err == nil && x.sums[name] != i.Digest.String() {
		err = fmt.Errorf("the page %s: %w", i.Name, store.ErrWrongDigest)
	}
	return err
}

// file writes one file and notes its sum.
func (x *exporter) file(name string, write func(io.Writer) error) error {
	full := filepath.Join(x.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return fmt.Errorf("making a folder of the export: %w", err)
	}
	f, err := os.OpenFile(full, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	var sum hash.Hash = sha256.New()
	w := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<16)
	err = write(w)
	if err = errors.Join(err, w.Flush(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	x.sums[name] = hex.EncodeToString(sum.Sum(nil))
	return nil
}

func readme(top exportTop, n Exported, annexes []Annex) string {
	tables := ""
	for _, a := range annexes {
		if a.File != "" {
			tables += fmt.Sprintf("%-16s %s\n", a.File, a.Words)
		}
	}
	return fmt.Sprintf(`État civil%s, exporté d’Airial.

%s.

actes.csv        une ligne par page d’acte : la liste du registre numérisé (UTF-8, point-virgule).
                 Un mariage a une ligne par époux.
mentions.csv     une ligne par mention, avec son texte et son état.
%setat-civil.json  tout ce qu’Airial sait : actes, mentions, avis, récépissés, rapprochements,
                 réglages, formules et leur historique, demandes de copies, ce qui a été lu
                 sur les actes, correspondants, attestations. Format %s.
images/          les pages telles qu’elles ont été reçues, à l’octet près.
sha256sums.txt   les empreintes : « sha256sum -c sha256sums.txt » vérifie le tout.

L’original des actes est le registre papier signé ; les images en sont des copies.
Ce dossier contient des données personnelles : gardez-le chiffré, et effacez-le après usage.
`, whose(top), french.List([]string{
		french.Count(n.Acts, "acte", "actes"), french.Count(n.Mentions, "mention", "mentions"), french.Count(n.Notices, "avis reçu", "avis reçus"), french.Count(n.Images, "image", "images"),
	}), tables, top.Format)
}

func whose(top exportTop) string {
	if top.Commune == "" {
		return ""
	}
	text := " " + cog.Of(top.Commune)
	if top.INSEE != "" {
		text += " (" + top.INSEE + ")"
	}
	return text
}

// Restored counts what was read back.
type Restored struct{ Acts, Known, Notices, Beside int }

// restoredBatch is how many things are kept in one transaction.
const restoredBatch = 64

// Restore reads an export back into this authority, where it may be elsewhere. What is there already is left as it is, so
// that an interrupted reading is simply done again. A page that is not the one that the acts name stops it.
func (r *Registry) Restore(ctx context.Context, actor, dir string) (out Restored, err error) {
	f, err := os.Open(filepath.Join(dir, jsonName))
	if err != nil {
		return out, errors.Join(&rule.Refusal{Why: "Ce dossier n’est pas un export de l’état civil.", Cure: "Choisissez le dossier où se trouve etat-civil.json."}, fmt.Errorf("opening the export: %w", err))
	}
	defer f.Close()
	in := &restoring{r: r, ctx: ctx, actor: actor, dir: dir, out: &out}
	if err := in.index(); err != nil {
		return out, err
	}
	if err := in.read(json.NewDecoder(bufio.NewReaderSize(f, 1<<16))); err != nil {
		return out, errors.Join(&rule.Refusal{Why: "L’export ne se lit pas jusqu’au bout.", Cure: "Vérifiez-le (sha256sum -c sha256sums.txt), copiez-le de nouveau, puis recommencez : ce qui est gardé ne se double pas."}, err)
	}
	return out, nil
}
