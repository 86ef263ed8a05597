package server

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/filelocker"
	"github.com/tus/tusd/v2/pkg/filestore"
	tus "github.com/tus/tusd/v2/pkg/handler"
	"golang.org/x/exp/slog"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

func (s *Server) missing(w http.ResponseWriter, r *http.Request) {
	q, err := read[protocol.Digests](w, r)
	if err == nil && len(q.Digests) > protocol.MaxDigests {
		err = protocol.Fail(protocol.CodeBadRequest, "too many digests")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	m := memberOf(r.Context())
	out := protocol.Digests{Digests: []store.Digest{}}
	for _, d := range q.Digests {
		has, err := s.o.Blobs.Has(r.Context(), m.authority, d)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if !has {
			out.Digests = append(out.Digests, d)
		}
	}
	s.sought.ask(m.authority, out.Digests)
	answer(w, http.StatusOK, out)
}

// blob gives a document, whole or by ranges.
func (s *Server) blob(w http.ResponseWriter, r *http.Request) {
	d, err := store.ParseDigest(r.PathValue("digest"))
	if err != nil {
		s.fail(w, r, protocol.Fail(protocol.CodeBadRequest, "not a digest"))
		return
	}
	content, err := s.o.Blobs.Open(r.Context(), memberOf(r.Context()).authority, d)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer content.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", `"`+d.String()+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
}

// uploads answers the tus protocol. An upload's id begins with its authority,
// so that nobody touches another's.
func (s *Server) uploads() (http.HandlerFunc, error) {
	if err := os.MkdirAll(s.o.UploadDir, 0o700); err != nil {
		return nil, err
	}
	files := filestore.New(s.o.UploadDir)
	files.DirModePerm, files.FileModePerm = 0o700, 0o600
	composer := tus.NewStoreComposer()
	files.UseIn(composer)
	filelocker.New(s.o.UploadDir).UseIn(composer)
	h, err := tus.NewHandler(tus.Config{
		StoreComposer: composer, BasePath: protocol.PathUploads, MaxSize: protocol.MaxBlob, DisableDownload: true,
		RespectForwardedHeaders: true,
		// tusd logs paths and sizes to a logger of its own kind; what matters is logged here.
		Logger:                    slog.New(slog.NewTextHandler(io.Discard, nil)),
		PreUploadCreateCallback:   s.beforeUpload,
		PreFinishResponseCallback: s.afterUpload,
	})
	if err != nil {
		return nil, err
	}
	inner := http.StripPrefix(protocol.PathUploads, h)
	return func(w http.ResponseWriter, r *http.Request) {
		id := strings.TrimPrefix(r.URL.Path, protocol.PathUploads)
		if id != "" && !strings.HasPrefix(id, memberOf(r.Context()).authority+"-") {
			s.fail(w, r, protocol.Fail(protocol.CodeNotFound, "no such upload"))
			return
		}
		held := &holder{ResponseWriter: w}
		inner.ServeHTTP(held, r)
		held.release(func() { s.fail(w, r, ErrFull) })
	}, nil
}

// holder keeps back an internal error of tusd, which says «500» for a full disk as for
// anything: the laptop must hear that the server has no room, and that its work is safe.
type holder struct {
	http.ResponseWriter
	failed bool
	body   bytes.Buffer
}

// Unwrap lets http.ResponseController reach the writer below.
func (h *holder) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (h *holder) WriteHeader(status int) {
	if h.failed = status == http.StatusInternalServerError; !h.failed {
		h.ResponseWriter.WriteHeader(status)
	}
}

func (h *holder) Write(b []byte) (int, error) {
	if h.failed {
		return h.body.Write(b)
	}
	return h.ResponseWriter.Write(b)
}

// noRoom is how the system's and the store's errors say it, in the text that tusd makes of them.
var noRoom = []string{"no space left on device", "disk quota exceeded", "not enough space on the disk", store.ErrDiskFull.Error()}

// release answers what was kept back; full answers that there is no room.
func (h *holder) release(full func()) {
	if !h.failed {
		return
	}
	for _, words := range noRoom {
		if strings.Contains(h.body.String(), words) {
			h.Header().Del("Content-Length")
			full()
			return
		}
	}
	h.ResponseWriter.WriteHeader(http.StatusInternalServerError)
	_, _ = h.ResponseWriter.Write(h.body.Bytes()) // the laptop has gone: nothing to do
}

func (s *Server) beforeUpload(hook tus.HookEvent) (tus.HTTPResponse, tus.FileInfoChanges, error) {
	if _, err := store.ParseDigest(hook.Upload.MetaData[protocol.MetaDigest]); err != nil {
		return tus.HTTPResponse{}, tus.FileInfoChanges{}, tus.NewError(string(protocol.CodeBadRequest), "the document's digest is missing", http.StatusBadRequest)
	}
	random := make([]byte, 16)
	if _, err := io.ReadFull(s.o.Rand, random); err != nil {
		return tus.HTTPResponse{}, tus.FileInfoChanges{}, fmt.Errorf("drawing an upload's id: %w", err)
	}
	m := memberOf(hook.Context)
	return tus.HTTPResponse{}, tus.FileInfoChanges{
		ID:       m.authority + "-" + hex.EncodeToString(random),
		MetaData: tus.MetaData{protocol.MetaDigest: hook.Upload.MetaData[protocol.MetaDigest]},
	}, nil
}

// afterUpload keeps the document under its digest before the laptop hears that
// the upload is complete; what is not what its name says is thrown away.
func (s *Server) afterUpload(hook tus.HookEvent) (tus.HTTPResponse, error) {
	d, err := store.ParseDigest(hook.Upload.MetaData[protocol.MetaDigest])
	if err != nil {
		return tus.HTTPResponse{}, err
	}
	authority, _, _ := strings.Cut(hook.Upload.ID, "-")
	path := filepath.Join(s.o.UploadDir, filepath.Base(hook.Upload.ID))
	content, err := os.Open(path)
	if err != nil {
		return tus.HTTPResponse{}, fmt.Errorf("reading a finished upload: %w", err)
	}
	err = errors.Join(s.o.Blobs.Put(hook.Context, authority, d, content), content.Close())
	if err != nil && !errors.Is(err, store.ErrWrongDigest) {
		// The upload stays, and the laptop may finish it again.
		return tus.HTTPResponse{}, err
	}
	removed := errors.Join(os.Remove(path), os.Remove(path+".info"))
	s.sought.found(authority, d)
	if err != nil {
		f := protocol.Fail(protocol.CodeDigest, "")
		return tus.HTTPResponse{}, tus.NewError(string(f.Code), f.Text, f.Status)
	}
	return tus.HTTPResponse{}, removed
}
