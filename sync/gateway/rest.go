package gateway

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The interface of i-Parapheur 5 («standard API», version 1), for software written since.

const (
	restRoot  = "/api/standard/v1"
	tokenPath = "/auth/realms/api/protocol/openid-connect/token"
	// theDesk is the one desk (bureau) that there is: the town hall's.
	theDesk = "airial"
)

// rest answers the paths of version 5; errors come as its ErrorResponse.
func (s *Server) rest() http.Handler {
	mux := http.NewServeMux()
	const tenant = restRoot + "/tenant/{tenant}"
	const desk = tenant + "/desk/{desk}"
	mux.HandleFunc("POST "+tokenPath, s.token)
	for pattern, answer := range map[string]func(http.ResponseWriter, *http.Request) (done, error){
		"GET " + restRoot + "/tenant":                             s.tenants,
		"GET " + tenant + "/desk":                                 s.desks,
		"GET " + tenant + "/types":                                s.restTypes,
		"GET " + desk + "/types/creation-allowed":                 s.restTypes,
		"GET " + tenant + "/types/{type}/subtypes":                s.restSubtypes,
		"GET " + desk + "/types/{type}/subtypes/creation-allowed": s.restSubtypes,
		"POST " + desk + "/folder":                                s.restCreate,
		"GET " + desk + "/folder/{folder}/premis":                 s.restPremis,
		"GET " + desk + "/folder/{folder}/zip":                    s.restZip,
		"DELETE " + desk + "/folder/{folder}":                     s.restDelete,
		"GET " + desk + "/{state}":                                s.restList,
	} {
		mux.HandleFunc(pattern, s.guarded(pattern, answer))
	}
	return mux
}

// guarded lets callers with the password through, one at a time.
func (s *Server) guarded(pattern string, answer func(http.ResponseWriter, *http.Request) (done, error)) http.HandlerFunc {
	_, path, _ := strings.Cut(pattern, restRoot)
	method, _, _ := strings.Cut(pattern, " ")
	operation := method + " " + path
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.knows(r) {
			s.note(operation, "", "mot de passe refusé")
			w.Header().Set("WWW-Authenticate", `Bearer realm="Airial"`)
			trouble(w, r, http.StatusUnauthorized, "Le jeton n’est pas bon.")
			return
		}
		if err := s.here(r); err != nil {
			trouble(w, r, http.StatusNotFound, "Cette collectivité ou ce bureau n’est pas ici.")
			return
		}
		release, ok := s.take(r.Context())
		if !ok {
			s.note(operation, "", "occupé")
			w.Header().Set("Retry-After", "30")
			trouble(w, r, http.StatusServiceUnavailable, "Une autre demande est en cours.")
			return
		}
		defer release()
		out := &written{ResponseWriter: w}
		told, err := answer(out, r)
		if err == nil {
			s.note(operation, told.folder, codeOK)
			return
		}
		s.note(operation, told.folder, s.say(err))
		if out.began {
			panic(http.ErrAbortHandler) // cut: the caller must not take it for whole
		}
		trouble(w, r, statusOf(err), s.say(err))
	}
}

// say is what a person reads of an error.
func (s *Server) say(err error) string {
	var large *http.MaxBytesError
	switch r := rule.Find(err); {
	case r != nil:
		return r.Why + " " + r.Cure
	case errors.As(err, &large):
		return fmt.Sprintf("Cette demande dépasse %d Mo : allégez ses documents, ou envoyez-les en plusieurs dossiers.", maxBody>>20)
	case errors.Is(err, store.ErrNotFound):
		return "Ce dossier est inconnu ici."
	case errors.Is(err, errMalformed):
		return "Cette demande ne se lit pas : " + word(err.Error())
	}
	return s.o.Words(err)
}

func statusOf(err error) int {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	case rule.Find(err) != nil:
		return http.StatusConflict
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, errMalformed):
		return http.StatusBadRequest
	}
	return http.StatusUnprocessableEntity
}

func trouble(w http.ResponseWriter, r *http.Request, status int, message string) {
	send(w, status, map[string]any{"status": status, "error": http.StatusText(status), "message": message, "path": r.URL.Path})
}

func send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller has gone: nothing to do
}

// maxForm bounds what asks for a token.
const maxForm = 8 << 10

// token answers who asks for one by the password (RFC 6749, §4.3): the password is the token,
// and is revoked like it.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		send(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	password := r.PostForm.Get("password")
	if secret := r.PostForm.Get("client_secret"); r.PostForm.Get("grant_type") == "client_credentials" {
		password = secret
	}
	if !s.right(password) {
		s.note("token", "", "mot de passe refusé")
		send(w, http.StatusUnauthorized, map[string]string{"error": "invalid_grant", "error_description": "Invalid user credentials"})
		return
	}
	send(w, http.StatusOK, map[string]any{"access_token": password, "token_type": "Bearer", "expires_in": 3600, "scope": "openid"})
}

// here tells whether a path speaks of this town hall and its desk.
func (s *Server) here(r *http.Request) error {
	if desk := r.PathValue("desk"); desk != "" && desk != theDesk {
		return store.ErrNotFound
	}
	asked := r.PathValue("tenant")
	if asked == "" {
		return nil
	}
	t, err := s.o.Office.Town(r.Context())
	if err == nil && t.Authority.ID != asked {
		err = store.ErrNotFound
	}
	return err
}

// entity is a tenant, a desk, a type or a sub-type.
type entity struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// paged answers one page of a list.
func paged[T any](w http.ResponseWriter, r *http.Request, all []T) (done, error) {
	number := func(name string, otherwise, most int) int {
		n, err := strconv.Atoi(r.URL.Query().Get(name))
		if err != nil || n < 0 {
			return otherwise
		}
		return min(n, most)
	}
	page, size := number("page", 0, 1_000_000), max(number("size", 10, mostFound), 1)
	from := min(page*size, len(all))
	content := append([]T{}, all[from:min(from+size, len(all))]...)
	pages := (len(all) + size - 1) / size
	send(w, http.StatusOK, map[string]any{
		"content": content, "totalElements": len(all), "totalPages": pages, "number": page, "size": size,
		"numberOfElements": len(content), "first": page == 0, "last": page+1 >= pages, "empty": len(content) == 0,
	})
	return done{}, nil
}

func (s *Server) tenants(w http.ResponseWriter, r *http.Request) (done, error) {
	t, err := s.o.Office.Town(r.Context())
	if err != nil {
		return done{}, err
	}
	return paged(w, r, []entity{{t.Authority.ID, t.Authority.Name}})
}

func (s *Server) desks(w http.ResponseWriter, r *http.Request) (done, error) {
	return paged(w, r, []entity{{theDesk, "Mairie"}})
}

func (s *Server) restTypes(w http.ResponseWriter, r *http.Request) (done, error) {
	all, err := s.o.Office.Types(r.Context())
	if err != nil {
		return done{}, err
	}
	kinds, _ := offered(all)
	var out []entity
	for _, k := range kinds {
		out = append(out, entity{k, k})
	}
	return paged(w, r, out)
}

func (s *Server) restSubtypes(w http.ResponseWriter, r *http.Request) (done, error) {
	all, err := s.o.Office.Types(r.Context())
	if err != nil {
		return done{}, err
	}
	_, subs := offered(all)
	var out []entity
	for _, sub := range subs[r.PathValue("type")] {
		out = append(out, entity{sub, sub})
	}
	return paged(w, r, out)
}

// represented is a folder as version 5 tells it.
type represented struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	DueDate  *string           `json:"dueDate"`
	Metadata map[string]string `json:"metadata"`
}

func representation(id, name string, deadline string) represented {
	r := represented{ID: id, Name: name, Metadata: map[string]string{}}
	if deadline != "" {
		r.DueDate = &deadline
	}
	return r
}

func (s *Server) restCreate(w http.ResponseWriter, r *http.Request) (done, error) {
	for _, name := range []string{"autoStart", "auto_start"} {
		if r.URL.Query().Get(name) == "false" {
			return done{}, &rule.Refusal{Why: "Airial envoie un dossier dans son circuit dès son arrivée : il ne garde pas de brouillon venu d’ailleurs.", Cure: "Demandez le démarrage automatique."}
		}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return done{}, broken(err)
	}
	d, err := s.restDeposit(r.Context(), parts)
	if err != nil {
		return done{}, err
	}
	id, err := s.create(r.Context(), d)
	if err != nil {
		return done{d.ID, ""}, err
	}
	send(w, http.StatusCreated, representation(id, d.Title, string(d.Deadline)))
	return done{id, codeOK}, nil
}

func (s *Server) restDeposit(ctx context.Context, parts *multipart.Reader) (d Deposit, err error) {
	var folder *premis
	var files []File
	for n := 0; ; n++ {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return d, broken(err)
		}
		if n >= maxParts {
			return d, fmt.Errorf("%w: more than %d files", errMalformed, maxParts)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return d, broken(err)
		}
		if p.FormName() == "folder" {
			if folder, err = readPremis(content); err != nil {
				return d, err
			}
			continue
		}
		if p.FileName() != "" {
			files = append(files, File{Name: unique(files, named(p.FileName(), p.Header.Get("Content-Type"), "document")), Content: content})
		}
	}
	if folder == nil {
		return d, fmt.Errorf("%w: no description of the folder (PREMIS)", errMalformed)
	}
	types, err := s.o.Office.Types(ctx)
	if err != nil {
		return d, err
	}
	return folder.deposit(types, files)
}

func (s *Server) restList(w http.ResponseWriter, r *http.Request) (done, error) {
	all, err := s.o.Office.All(r.Context(), mostFound)
	if err != nil {
		return done{}, err
	}
	types, err := s.o.Office.Types(r.Context())
	if err != nil {
		return done{}, err
	}
	kind, sub := r.URL.Query().Get("typeId"), r.URL.Query().Get("subtypeId")
	out := []represented{}
	for i := range all {
		f := &all[i]
		k, sk := typeNames(types, f)
		if (kind == "" || strings.EqualFold(kind, k)) && (sub == "" || strings.EqualFold(sub, sk)) && inState(f, strings.ToUpper(r.PathValue("state")), s.o.Now().Format("2006-01-02")) {
			out = append(out, representation(f.External, f.Title, string(f.Deadline)))
		}
	}
	return paged(w, r, out)
}

// inState tells whether a folder is in one of version 5's piles.
func inState(f *parapheur.Folder, state, today string) bool {
	running := f.State == parapheur.Running
	switch state {
	case "DRAFT":
		return f.State == parapheur.Draft
	case "PENDING", "CURRENT", "DOWNSTREAM":
		return running
	case "LATE":
		return running && f.Deadline != "" && string(f.Deadline) < today
	case "FINISHED":
		return f.State == parapheur.Done
	case "REJECTED":
		return f.State == parapheur.Refused || f.State == parapheur.Withdrawn
	}
	return false
}

func (s *Server) restDelete(w http.ResponseWriter, r *http.Request) (done, error) {
	id := word(r.PathValue("folder"))
	f, err := s.o.Office.Named(r.Context(), id)
	if err != nil {
		return done{id, ""}, err
	}
	if err := s.o.Office.Retrieve(r.Context(), f.ID); err != nil {
		return done{id, ""}, err
	}
	w.WriteHeader(http.StatusNoContent)
	return done{id, codeOK}, nil
}

func (s *Server) restPremis(w http.ResponseWriter, r *http.Request) (done, error) {
	f, text, err := s.premisOf(r.Context(), word(r.PathValue("folder")))
	if err != nil {
		return done{word(r.PathValue("folder")), ""}, err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, err = w.Write(text)
	return done{f.External, codeOK}, err
}

func (s *Server) premisOf(ctx context.Context, id string) (*parapheur.Folder, []byte, error) {
	f, err := s.o.Office.Named(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	types, err := s.o.Office.Types(ctx)
	if err != nil {
		return nil, nil, err
	}
	t, err := s.o.Office.Town(ctx)
	if err != nil {
		return nil, nil, err
	}
	return f, describe(f, types, t), nil
}

// The places of a folder's archive, where business software looks for what it holds.
const (
	premisName  = "i_Parapheur_internal_premis.xml"
	mainFolder  = "Documents principaux/"
	annexFolder = "Annexes/"
	slipSuffix  = "_bordereau.pdf"
)

// restZip gives all of a folder: documents as they are now, signatures beside them, slip, description.
func (s *Server) restZip(w http.ResponseWriter, r *http.Request) (done, error) {
	id := word(r.PathValue("folder"))
	f, description, err := s.premisOf(r.Context(), id)
	if err != nil {
		return done{id, ""}, err
	}
	slip, err := s.o.Office.Slip(r.Context(), f.ID)
	if err != nil {
		return done{id, ""}, err
	}
	w.Header().Set("Content-Type", "application/zip")
	archive := zip.NewWriter(w)
	add := func(name string, content []byte) error {
		to, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: f.Changed})
		if err == nil {
			_, err = to.Write(content)
		}
		return err
	}
	for _, d := range f.Documents {
		place := mainFolder
		if d.Annex {
			place = annexFolder
		}
		content, err := s.o.Office.Content(r.Context(), d.Digest)
		if err == nil {
			err = add(place+fileName(d.Name, "document"), content)
		}
		if err != nil {
			return done{id, ""}, err
		}
		for _, b := range d.Beside {
			content, err := s.o.Office.Content(r.Context(), b.Digest)
			if err == nil {
				err = add(place+fileName(b.Name, "signature.p7s"), content)
			}
			if err != nil {
				return done{id, ""}, err
			}
		}
	}
	err = errors.Join(add(fileName(f.Title, "dossier")+slipSuffix, slip), add(premisName, description), archive.Close())
	return done{id, codeOK}, err
}
