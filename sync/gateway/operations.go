package gateway

import (
	"context"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// done is what the last calls tell of one: about which folder, and how it went.
type done struct{ folder, outcome string }

// perform does what was asked and writes the answer. What a rule refuses is an answer too.
func (s *Server) perform(ctx context.Context, r *request, w io.Writer) (done, error) {
	a := newAnswer(w, r.operation)
	out, err := s.answer(ctx, r, a)
	if err != nil {
		return out, err
	}
	return out, a.end(r.operation)
}

func (s *Server) answer(ctx context.Context, r *request, a *answer) (done, error) {
	switch r.operation {
	case "echo":
		a.escaped(r.text)
		return done{"", codeOK}, nil
	case "GetListeTypes", "GetListeSousTypes":
		return s.types(ctx, r, a)
	case "GetListeMetaDonnees", "GetMetaDonneesRequisesPourTypeSoustype":
		return done{"", codeOK}, nil // folders have none
	case "CreerDossier", "CreerDossierPES":
		return s.creation(ctx, r, a)
	case "GetDossier":
		return s.folder(ctx, r, a)
	case "GetHistoDossier":
		return s.history(ctx, r, a)
	case "RechercherDossiers":
		return s.research(ctx, r, a)
	}
	return s.archive(ctx, r, a)
}

// refusal answers KO in the words of a rule, or of what a person can understand.
func (s *Server) refusal(a *answer, folder string, err error) (done, error) {
	text := s.say(err)
	if errors.Is(err, store.ErrNotFound) {
		text = "Le dossier « " + folder + " » est inconnu dans le Parapheur."
	}
	a.verdict(codeKO, text)
	return done{folder, codeKO + " : " + text}, nil
}

func (s *Server) types(ctx context.Context, r *request, a *answer) (done, error) {
	all, err := s.o.Office.Types(ctx)
	if err != nil {
		return done{}, err
	}
	kinds, subs := offered(all)
	if r.operation == "GetListeTypes" {
		for _, k := range kinds {
			a.element("TypeTechnique", k)
		}
		return done{"", codeOK}, nil
	}
	for _, k := range kinds {
		if strings.EqualFold(k, r.text) {
			for _, sub := range subs[k] {
				a.element("SousType", sub)
			}
		}
	}
	return done{"", codeOK}, nil
}

func (s *Server) creation(ctx context.Context, r *request, a *answer) (done, error) {
	all, err := s.o.Office.Types(ctx)
	if err != nil {
		return done{}, err
	}
	d, err := r.creation.deposit(all, r.parts)
	if errors.Is(err, errMalformed) {
		return done{}, err
	}
	if err != nil {
		return s.refusal(a, word(r.creation.ID), err)
	}
	id, err := s.create(ctx, d)
	if err != nil {
		if ctx.Err() != nil {
			return done{}, err
		}
		s.o.Log.Info("a folder from another software", "error", err.Error())
		return s.refusal(a, d.ID, err)
	}
	a.verdict(codeOK, "Dossier "+d.Title+" soumis dans le circuit")
	a.element("DossierID", id)
	return done{id, codeOK}, nil
}

// found gives the folder that is asked for, or answers that there is none.
func (s *Server) found(ctx context.Context, id string) (*parapheur.Folder, error) {
	return s.o.Office.Named(ctx, word(id))
}

// Names under which business software looks for what a folder holds.
const slipName = "iParapheur_impression_dossier.pdf"

func (s *Server) folder(ctx context.Context, r *request, a *answer) (done, error) {
	f, err := s.found(ctx, r.text)
	if err != nil {
		if errors.Is(err, store.ErrNotFound) {
			return s.refusal(a, word(r.text), err)
		}
		return done{}, err
	}
	all, err := s.o.Office.Types(ctx)
	if err != nil {
		return done{}, err
	}
	main, content, err := s.main(ctx, f)
	if err != nil {
		return s.refusal(a, f.External, &rule.Refusal{Why: "Le document n’est pas sur cet ordinateur.", Cure: "Redemandez-le après la prochaine synchronisation."})
	}
	kind, sub := typeNames(all, f)
	a.element("TypeTechnique", kind)
	a.element("SousType", sub)
	a.element("DossierID", f.External)
	a.element("AnnotationPublique", annotation(f))
	a.element("AnnotationPrivee", "")
	a.element("Visibilite", "CONFIDENTIEL")
	if f.Deadline != "" {
		a.element("DateLimite", string(f.Deadline))
	}
	a.document("DocPrincipal", typeOfFile(main.Name), content)
	a.element("NomDocPrincipal", main.Name)
	if len(main.Beside) > 0 {
		if err := s.content(ctx, a, "SignatureDocPrincipal", "application/pkcs7-signature", main.Beside[len(main.Beside)-1].Digest); err != nil {
			return done{}, err
		}
	}
	if err := s.annexes(ctx, f, a); err != nil {
		return done{}, err
	}
	a.raw("<MetaDonnees><MetaDonnee>")
	a.element("nom", "ph:dossierTitre")
	a.element("valeur", f.Title)
	a.raw("</MetaDonnee></MetaDonnees>")
	a.verdict(codeOK, "")
	return done{f.External, codeOK}, nil
}

// main gives the first main document, and its bytes.
func (s *Server) main(ctx context.Context, f *parapheur.Folder) (parapheur.Document, []byte, error) {
	for _, d := range f.Documents {
		if !d.Annex {
			content, err := s.o.Office.Content(ctx, d.Digest)
			return d, content, err
		}
	}
	return parapheur.Document{}, nil, store.ErrNotFound
}

func (s *Server) content(ctx context.Context, a *answer, element, contentType string, d store.Digest) error {
	content, err := s.o.Office.Content(ctx, d)
	if err != nil {
		return err
	}
	a.document(element, contentType, content)
	return nil
}

// annexes writes the other documents, the other signatures, and the slip last, where business
// software looks for it.
func (s *Server) annexes(ctx context.Context, f *parapheur.Folder, a *answer) error {
	a.raw("<DocumentsAnnexes>")
	annex := func(name string, content []byte) {
		a.raw("<DocAnnexe>")
		a.element("nom", name)
		a.document("fichier", typeOfFile(name), content)
		a.element("mimetype", typeOfFile(name))
		a.raw("</DocAnnexe>")
	}
	first := true
	for _, d := range f.Documents {
		if !first || d.Annex {
			content, err := s.o.Office.Content(ctx, d.Digest)
			if err != nil {
				return err
			}
			annex(d.Name, content)
		}
		beside := d.Beside
		if first && !d.Annex && len(beside) > 0 {
			beside = beside[:len(beside)-1]
		}
		first = first && d.Annex
		for _, b := range beside {
			content, err := s.o.Office.Content(ctx, b.Digest)
			if err != nil {
				return err
			}
			annex(b.Name, content)
		}
	}
	if f.State == parapheur.Done || f.State == parapheur.Refused {
		slip, err := s.o.Office.Slip(ctx, f.ID)
		if err != nil {
			return err
		}
		annex(slipName, slip)
	}
	a.raw("</DocumentsAnnexes>")
	return nil
}

// annotation is the last word said of a folder in public.
func annotation(f *parapheur.Folder) string {
	for i := len(f.History) - 1; i >= 0; i-- {
		if f.History[i].Note != "" && f.History[i].Kind != parapheur.KindAdded {
			return f.History[i].Note
		}
	}
	return ""
}

func typeOfFile(name string) string {
	for media, extension := range extensions {
		if strings.EqualFold(path.Ext(name), extension) && media != "text/xml" {
			return media
		}
	}
	if strings.EqualFold(path.Ext(name), ".p7s") {
		return "application/pkcs7-signature"
	}
	return "application/octet-stream"
}

func (s *Server) history(ctx context.Context, r *request, a *answer) (done, error) {
	f, err := s.found(ctx, r.text)
	if errors.Is(err, store.ErrNotFound) {
		return s.refusal(a, word(r.text), err)
	}
	if err != nil {
		return done{}, err
	}
	t, err := s.o.Office.Town(ctx)
	if err != nil {
		return done{}, err
	}
	for _, l := range history(f, t) {
		a.raw("<LogDossier>")
		a.element("timestamp", stamp(l.at))
		a.element("nom", l.name)
		a.element("status", l.status)
		a.element("annotation", l.note)
		a.raw("</LogDossier>")
	}
	a.verdict(codeOK, "")
	return done{f.External, codeOK}, nil
}

// mostFound bounds the folders that are looked at, and told.
const mostFound = 1000

func (s *Server) research(ctx context.Context, r *request, a *answer) (done, error) {
	all, err := s.o.Office.All(ctx, mostFound)
	if err != nil {
		return done{}, err
	}
	types, err := s.o.Office.Types(ctx)
	if err != nil {
		return done{}, err
	}
	limit := mostFound
	if n, err := strconv.Atoi(strings.TrimSpace(r.research.Count)); err == nil && n > 0 {
		limit = min(n, mostFound)
	}
	told := 0
	for i := range all {
		f := &all[i]
		if told >= limit || !r.research.holds(types, f) {
			continue
		}
		told++
		a.raw("<LogDossier>")
		a.element("timestamp", stamp(f.Changed))
		a.element("nom", f.External)
		a.element("status", status(f))
		a.element("annotation", annotation(f))
		a.element("accessible", codeOK)
		a.raw("</LogDossier>")
	}
	return done{"", codeOK}, nil
}

func (q *research) holds(types []parapheur.FolderType, f *parapheur.Folder) bool {
	kind, sub := typeNames(types, f)
	want := func(asked, is string) bool {
		if before, found := strings.CutSuffix(asked, "*"); found { // «Rejet*»
			return strings.HasPrefix(is, before)
		}
		return asked == "" || strings.EqualFold(asked, is)
	}
	if !want(strings.TrimSpace(q.Type), kind) || !want(strings.TrimSpace(q.SubType), sub) || !want(strings.TrimSpace(q.Status), status(f)) {
		return false
	}
	if len(q.IDs) == 0 {
		return true
	}
	for _, id := range q.IDs {
		if word(id) == f.External {
			return true
		}
	}
	return false
}

// archive is ArchiverDossier and EffacerDossierRejete: the folder leaves its author's pile.
// Nothing is erased, whatever the word.
func (s *Server) archive(ctx context.Context, r *request, a *answer) (done, error) {
	id := r.text
	if r.archiving != nil {
		id = r.archiving.ID
	}
	f, err := s.found(ctx, id)
	if err == nil && r.operation == "EffacerDossierRejete" && f.State != parapheur.Refused {
		err = &rule.Refusal{Why: "Le dossier « " + f.External + " » n’est pas rejeté.", Cure: "Archivez-le une fois terminé."}
	}
	if err == nil {
		err = s.o.Office.Retrieve(ctx, f.ID)
	}
	if rule.Find(err) != nil || errors.Is(err, store.ErrNotFound) {
		return s.refusal(a, word(id), err)
	}
	if err != nil {
		return done{}, err
	}
	a.verdict(codeOK, "Dossier "+f.External+" archivé.")
	return done{f.External, codeOK}, nil
}
