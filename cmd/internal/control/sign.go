package control

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/schema"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cades"
	"alpi40.fr/airial/local/signature/evidence"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/sync/timestamp"
)

// signing is what runSign was asked for.
type signing struct {
	module, p12, key, pin string
	reason, place, out    string
	stamper, roots        string
	archive, store        bool
	files                 []string
	anchors               []*x509.Certificate
	schemas               *schema.Set
}

func runSign(ctx context.Context, args []string, out io.Writer) (err error) {
	var s signing
	var schemas string
	f := flags("sign", out)
	f.StringVar(&s.module, "module", "", "pilote PKCS#11 de la clé")
	f.StringVar(&s.p12, "p12", "", "fichier PKCS#12 (.p12, .pfx), au lieu d’une clé")
	f.BoolVar(&s.store, "store", false, "magasin de certificats de Windows, au lieu d’un pilote")
	f.StringVar(&s.key, "key", "", "identifiant de la clé, quand il y en a plusieurs ; « list » les montre")
	f.StringVar(&s.pin, "pin-file", "-", "fichier qui contient le code ; « - » le lit au clavier")
	f.StringVar(&s.reason, "reason", "", "qualité ou motif, tel qu’il est affiché")
	f.StringVar(&s.place, "place", "", "lieu")
	f.StringVar(&s.out, "out", "", "dossier qui reçoit les documents signés")
	f.StringVar(&s.stamper, "timestamp", "", "service d’horodatage (RFC 3161) : porte les signatures au niveau B-LT")
	f.StringVar(&s.roots, "roots", "", "certificats d’autorités (PEM) pour compléter les chaînes")
	f.StringVar(&schemas, "schemas", "", "dossier ou archive .zip des schémas officiels du PES, s’ils ne sont pas installés")
	f.BoolVar(&s.archive, "archive", false, "ajoute un horodatage d’archive (B-LTA)")
	if err := parse(f, args); err != nil {
		return err
	}
	s.files = f.Args()
	s.schemas = flowSchemas(schemas)
	defer func() { err = errors.Join(err, s.schemas.Close()) }()
	if len(slices.DeleteFunc([]bool{s.module != "", s.p12 != "", s.store}, func(given bool) bool { return !given })) != 1 {
		return fmt.Errorf("%w : --module, --p12 ou --store, l’un des trois", errUsage)
	}
	if s.key == "list" {
		return s.list(ctx, out)
	}
	if len(s.files) == 0 || s.out == "" {
		return fmt.Errorf("%w : airialctl sign (--module PILOTE | --p12 FICHIER | --store) --out DOSSIER FICHIER…", errUsage)
	}
	if s.anchors, err = readRoots(s.roots); err != nil {
		return err
	}
	return s.run(ctx, out)
}

func (s signing) provider() (token.Provider, error) {
	if s.store {
		return token.Store{}, nil
	}
	if s.p12 == "" {
		return &token.PKCS11{Module: s.module}, nil
	}
	content, err := readDocument(s.p12)
	if err != nil {
		return nil, err
	}
	return token.NewPKCS12(content, rand.Reader)
}

func (s signing) list(ctx context.Context, out io.Writer) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	all, err := p.Keys(ctx)
	for _, k := range all {
		if k.Certificate == nil {
			fmt.Fprintf(out, "%s\n", k.ID)
			continue
		}
		fmt.Fprintf(out, "%s : %s, certificat de %s, jusqu’au %s\n", k.ID, k.Certificate.Subject.CommonName, k.Certificate.Issuer.CommonName, k.Certificate.NotAfter.Format("02/01/2006"))
	}
	return err
}

// run signs each file under one PIN. What can be checked is, before it is asked
// for; one that fails leaves the others.
func (s signing) run(ctx context.Context, out io.Writer) error {
	var documents []string // one is held in memory at a time
	failed := 0
	for _, path := range s.files {
		content, err := readDocument(path)
		if err == nil {
			err = s.inspect(ctx, path, content, out)
		}
		if err != nil {
			failed++
			sayOf(out, path, err)
			continue
		}
		documents = append(documents, path)
	}
	if len(documents) == 0 {
		return errors.New("aucun document ne peut être signé ; aucun code n’a été demandé")
	}
	session, err := s.open(ctx)
	if err != nil {
		return err
	}
	for _, path := range documents {
		content, err := readDocument(path)
		if err == nil {
			err = s.one(ctx, session, path, content, out)
		}
		if err != nil {
			failed++
			sayOf(out, path, err)
		}
	}
	err = session.Close()
	if failed > 0 {
		return errors.Join(fmt.Errorf("%d document(s) sur %d n’ont pas été signés", failed, len(s.files)), err)
	}
	return err
}

func (s signing) open(ctx context.Context) (token.Session, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	all, err := p.Keys(ctx)
	if err != nil {
		return nil, err
	}
	id := s.key
	if id == "" {
		if len(all) > 1 {
			return nil, errors.New("plusieurs clés sont là : choisissez avec --key (« --key list » les montre)")
		}
		id = all[0].ID
	}
	var pin []byte
	if !slices.ContainsFunc(all, func(k token.Key) bool { return k.ID == id && k.Token.ProtectedPath }) {
		if pin, err = readSecret(s.pin); err != nil {
			return nil, err
		}
	}
	return p.Open(ctx, id, pin)
}

// webTime is how long a service may take to answer.
const webTime = 30 * time.Second

// one signs a document as its format wants it, verifies it and writes it beside no other
// of its name.
func (s signing) one(ctx context.Context, session token.Session, path string, content []byte, out io.Writer) error {
	base := filepath.Base(path)
	stem, extension := strings.TrimSuffix(base, filepath.Ext(base)), filepath.Ext(base)
	var signed []byte
	var level, name string
	var err error
	o := validation.Options{Anchors: s.anchors, Now: time.Now()}
	switch parapheur.FormatOf(base, content) {
	case parapheur.PES:
		name, level = stem+"-signe"+extension, "XAdES, politique Hélios"
		signed, err = s.flow(ctx, session, content)
	case parapheur.Any:
		name = base + ".p7s"
		o.Beside = func(string) ([]byte, bool) { return content, true }
		signed, level, err = s.beside(ctx, session, path, content, out)
	default:
		name = stem + "-signe.pdf"
		signed, level, err = s.pdf(ctx, session, path, content, out)
	}
	if err != nil {
		return err
	}
	report, err := validator.Validate(ctx, signed, o)
	if err != nil {
		return err
	}
	for _, v := range report.Signatures {
		if !v.Intact {
			return fmt.Errorf("la signature relue ne tient pas : %s", v.Why)
		}
	}
	to := filepath.Join(s.out, name)
	if err := writeNew(to, signed); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s : signé (%s) par %s → %s\n", base, level, session.Certificate().Subject.CommonName, to)
	return nil
}

// pdf gives the document with its signature, raised as far as was asked for and can be.
func (s signing) pdf(ctx context.Context, session token.Session, path string, content []byte, out io.Writer) ([]byte, string, error) {
	signed, err := pades.Sign(ctx, content, session, pades.Options{SigningTime: time.Now(), Name: session.Certificate().Subject.CommonName, Reason: s.reason, Location: s.place})
	if err != nil || s.stamper == "" {
		return signed, signature.LevelB.String(), err
	}
	raise := pades.Raise
	if s.archive {
		raise = pades.Archive
	}
	web := &http.Client{Timeout: webTime}
	sources := pades.Sources{Timestamper: s.timestamper(web), Revocation: &timestamp.Revocation{HTTP: web, Now: time.Now},
		Certificates: append(session.Chain(), s.anchors...)}
	raised, reached, err := raise(ctx, signed, sources)
	if err != nil {
		sayOf(out, path, fmt.Errorf("la signature reste au niveau B-B : %w", err))
		return signed, signature.LevelB.String(), nil
	}
	return raised, reached.String(), nil
}

func (s signing) timestamper(web *http.Client) signature.Timestamper {
	return &timestamp.Client{URL: s.stamper, HTTP: web, Now: time.Now, Rand: rand.Reader}
}

// flow gives an accounting flow with its bordereaux signed.
func (s signing) flow(ctx context.Context, session token.Session, content []byte) ([]byte, error) {
	if err := parapheur.MayUse(session.Certificate(), []parapheur.Document{{Format: parapheur.PES}}); err != nil {
		return nil, err
	}
	ready, err := pes.Prepare(content)
	if err != nil {
		return nil, err
	}
	f, err := pes.Read(ready, nil)
	if err != nil {
		return nil, err
	}
	role := "Ordonnateur"
	if s.reason != "" {
		role += ", " + s.reason
	}
	return xades.Sign(ctx, ready, f.Targets(), session, xades.Options{At: time.Now(), Policy: pes.Policy(), City: s.place, Country: "France", Role: role})
}

// beside gives a signature that stands beside its file.
func (s signing) beside(ctx context.Context, session token.Session, path string, content []byte, out io.Writer) ([]byte, string, error) {
	signed, err := cades.Sign(ctx, content, session, cades.Options{At: time.Now()})
	if err != nil || s.stamper == "" {
		return signed, "CAdES " + signature.LevelB.String(), err
	}
	raise := cades.Raise
	if s.archive {
		raise = cades.Archive
	}
	web := &http.Client{Timeout: webTime}
	raised, reached, err := raise(ctx, signed, evidence.Sources{Timestamper: s.timestamper(web), Revocation: &timestamp.Revocation{HTTP: web, Now: time.Now},
		Certificates: append(session.Chain(), s.anchors...)})
	if err != nil {
		sayOf(out, path, fmt.Errorf("la signature reste au niveau %s : %w", reached, err))
	}
	if raised == nil {
		raised = signed
	}
	return raised, "CAdES " + reached.String(), nil
}

// flowSchemas are the official schemas in a place that was given, else those of this computer.
func flowSchemas(given string) *schema.Set {
	if given != "" {
		return schema.At(given, "")
	}
	dir, err := office.Folder()
	if err != nil {
		dir = ""
	}
	return office.Schemas(dir)
}

// inspect tells before the code is asked for what cannot be signed.
func (s signing) inspect(ctx context.Context, path string, content []byte, out io.Writer) error {
	switch parapheur.FormatOf(path, content) {
	case parapheur.PES:
		f, err := pes.Read(content, nil)
		if err != nil {
			return err
		}
		ready, err := pes.Prepare(content)
		if err != nil {
			return err
		}
		formal, err := s.schemas.Check(ctx, ready)
		if err != nil {
			return err
		}
		for _, r := range formal {
			text := r.Why
			if r.Where != "" {
				text = r.Where + " : " + text
			}
			fmt.Fprintf(out, "%s : %s\n", filepath.Base(path), text)
		}
		return f.MaySign(append(f.Check(pes.Known{Today: time.Now()}), formal...))
	case parapheur.Any:
		return nil
	}
	_, err := pades.Inspect(content)
	return err
}

// writeNew writes a file that was not there, whole or not at all.
func writeNew(to string, content []byte) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing the signed document: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing the signed document: %w", err), os.Remove(to))
	}
	return nil
}

// sayOf says in words what happened to a file.
func sayOf(out io.Writer, path string, err error) {
	var told *explain.Told
	if errors.As(explain.Error(err), &told) {
		fmt.Fprintf(out, "%s : %s %s\n", filepath.Base(path), told.What, told.Todo)
		return
	}
	fmt.Fprintf(out, "%s : %v\n", filepath.Base(path), err)
}
