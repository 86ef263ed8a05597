package server

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/filestore"
	tus "github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
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
	lacking, err := s.lackingOf(r.Context(), m.authority, q.Digests)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.sought.ask(m.authority, lacking)
	answer(w, http.StatusOK, protocol.Digests{Digests: lacking})
}

// lackingOf gives those of digests that the server lacks. Where it costs nothing to look, what the
// storage says is corrected by what is there: a document that was lost is asked for again, one that
// a storage put back from a backup does not know is not.
func (s *Server) lackingOf(ctx context.Context, authority string, digests []store.Digest) ([]store.Digest, error) {
	said, err := s.o.Storage.Lacking(ctx, authority, digests)
	if err != nil || !s.o.Blobs.Cheap() {
		return said, err
	}
	unknown := map[store.Digest]bool{}
	for _, d := range said {
		unknown[d] = true
	}
	lacking := []store.Digest{}
	var lost []store.Digest
	var found []Blob
	for _, d := range digests {
		has, err := s.o.Blobs.Has(ctx, authority, d)
		switch {
		case err != nil:
			return nil, fmt.Errorf("looking for document %s: %w", d, err)
		case !has:
			lacking = append(lacking, d)
			if !unknown[d] {
				lost = append(lost, d)
			}
		case unknown[d]:
			size, err := s.sizeOf(ctx, authority, d)
			if err != nil {
				return nil, err
			}
			found = append(found, Blob{Digest: d, Size: size})
		}
	}
	if len(lost) > 0 {
		s.o.Log.Error("documents were lost", "authority", authority, "documents", len(lost))
		err = s.o.Storage.ForgetBlobs(ctx, authority, lost)
	}
	if len(found) > 0 {
		err = errors.Join(err, s.o.Storage.NoteBlobs(ctx, authority, found))
	}
	if errors.Is(err, ErrFrozen) || errors.Is(err, ErrFull) {
		err = nil // the list stays as it is; the answer is right all the same
	}
	return lacking, err
}

func (s *Server) sizeOf(ctx context.Context, authority string, d store.Digest) (int64, error) {
	content, err := s.o.Blobs.Open(ctx, authority, d)
	if err != nil {
		return 0, fmt.Errorf("looking for document %s: %w", d, err)
	}
	size, err := content.Seek(0, io.SeekEnd)
	return size, errors.Join(err, content.Close())
}

// blob gives a document, whole or by ranges.
func (s *Server) blob(w http.ResponseWriter, r *http.Request) {
	d, err := store.ParseDigest(r.PathValue("digest"))
	if err != nil {
		s.fail(w, r, protocol.Fail(protocol.CodeBadRequest, "not a digest"))
		return
	}
	authority := memberOf(r.Context()).authority
	content, err := s.o.Blobs.Open(r.Context(), authority, d)
	if errors.Is(err, ErrNotFound) {
		// Should the storage say that it is kept, it was lost: who has it is asked for it.
		s.sought.ask(authority, []store.Digest{d})
		if lacking, asking := s.o.Storage.Lacking(r.Context(), authority, []store.Digest{d}); asking == nil && len(lacking) == 0 {
			s.o.Log.Error("documents were lost", "authority", authority, "documents", 1)
			err = errors.Join(err, s.o.Storage.ForgetBlobs(r.Context(), authority, []store.Digest{d}))
		}
	}
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
	composer := tus.NewStoreComposer()
	s.o.Uploads.UseIn(composer)
	if !composer.UsesTerminater {
		return nil, errors.New("unfinished uploads cannot be taken away")
	}
	h, err := tus.NewHandler(tus.Config{
		StoreComposer: composer, BasePath: protocol.PathUploads, MaxSize: protocol.MaxBlob, DisableDownload: true,
		RespectForwardedHeaders: true,
		// tusd logs paths and sizes to a logger of its own kind; what matters is logged here.
		Logger:                  slog.New(slog.NewTextHandler(io.Discard, nil)),
		PreUploadCreateCallback: s.beforeUpload,
		PreFinishResponseCallback: func(hook tus.HookEvent) (tus.HTTPResponse, error) {
			return tus.HTTPResponse{}, s.finish(hook, composer)
		},
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
		if r.Method == http.MethodPost {
			if err := s.room(r); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		held := &holder{ResponseWriter: w}
		inner.ServeHTTP(held, r)
		held.release(func(err error) { s.fail(w, r, err) })
	}, nil
}

// room tells whether a document that is announced may come.
func (s *Server) room(r *http.Request) error {
	size, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil || size < 0 || size > protocol.MaxBlob {
		return nil // tusd says what is wrong with it
	}
	return s.roomFor(r.Context(), memberOf(r.Context()), size)
}

// roomFor tells whether that many bytes of a member may come.
func (s *Server) roomFor(ctx context.Context, m member, size int64) error {
	if f := s.gates.upload(m, size, s.o.Now()); f != nil {
		return f
	}
	taken, ok, err := s.stocks.admit(ctx, m.authority, size, s.gates.limits.AuthorityBytes, s.o.Now())
	if err == nil && !ok {
		err = protocol.Fail(protocol.CodeQuota, fmt.Sprintf("%d bytes are kept", taken))
	}
	return err
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

// causes are how the errors that the laptop must tell apart say it, in the text that tusd makes of them.
var causes = []struct {
	err   error
	words []string
}{
	{ErrFull, []string{"no space left on device", "disk quota exceeded", "not enough space on the disk", store.ErrDiskFull.Error(), ErrFull.Error()}},
	{ErrFrozen, []string{ErrFrozen.Error()}},
}

// release answers what was kept back; fail answers what it means.
func (h *holder) release(fail func(error)) {
	if !h.failed {
		return
	}
	for _, c := range causes {
		for _, words := range c.words {
			if strings.Contains(h.body.String(), words) {
				h.Header().Del("Content-Length")
				fail(c.err)
				return
			}
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

// finish keeps the document under its digest before the laptop hears that the
// upload is complete; what is not what its name says is thrown away.
func (s *Server) finish(hook tus.HookEvent, composer *tus.StoreComposer) error {
	d, err := store.ParseDigest(hook.Upload.MetaData[protocol.MetaDigest])
	if err != nil {
		return err
	}
	authority, _, _ := strings.Cut(hook.Upload.ID, "-")
	upload, err := composer.Core.GetUpload(hook.Context, hook.Upload.ID)
	if err != nil {
		return fmt.Errorf("reading a finished upload: %w", err)
	}
	content, err := upload.GetReader(hook.Context)
	if err != nil {
		return fmt.Errorf("reading a finished upload: %w", err)
	}
	err = s.keep(hook.Context, authority, d, hook.Upload.Size, content)
	if err == nil {
		err = s.note(hook.Context, authority, []Blob{{Digest: d, Size: hook.Upload.Size}})
	}
	if err != nil && !errors.Is(err, store.ErrWrongDigest) {
		// The upload stays, and the laptop may finish it again.
		return err
	}
	removed := composer.Terminater.AsTerminatableUpload(upload).Terminate(hook.Context)
	if err != nil {
		s.sought.found(authority, d)
		f := protocol.Fail(protocol.CodeDigest, "")
		return tus.NewError(string(f.Code), f.Text, f.Status)
	}
	return removed
}

// keep keeps a finished upload, which it closes: as the file that it is, where documents are files of the same disk.
func (s *Server) keep(ctx context.Context, authority string, d store.Digest, size int64, content io.ReadCloser) error {
	folder, files := s.o.Blobs.(*Folder)
	file, is := content.(*os.File)
	if !is || !files {
		return errors.Join(s.o.Blobs.Put(ctx, authority, d, size, content), content.Close())
	}
	// Windows gives an open file no other name.
	if err := file.Close(); err != nil {
		return fmt.Errorf("reading a finished upload: %w", err)
	}
	if done, err := folder.adopt(authority, d, size, file.Name()); done {
		return err
	}
	again, err := os.Open(file.Name())
	if err != nil {
		return fmt.Errorf("reading a finished upload: %w", err)
	}
	return errors.Join(s.o.Blobs.Put(ctx, authority, d, size, again), again.Close())
}

// UploadFolder keeps unfinished uploads as files, for one process.
type UploadFolder struct{ dir string }

// NewUploadFolder keeps them under dir, which is made when missing.
func NewUploadFolder(dir string) (UploadFolder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return UploadFolder{}, fmt.Errorf("making the uploads' folder: %w", err)
	}
	return UploadFolder{dir}, nil
}

// UseIn implements Uploads.
func (u UploadFolder) UseIn(composer *tus.StoreComposer) {
	files := filestore.New(u.dir)
	files.DirModePerm, files.FileModePerm = 0o700, 0o600
	files.UseIn(composer)
	memorylocker.New().UseIn(composer)
}

// Sweep implements Uploads.
func (u UploadFolder) Sweep(_ context.Context, before time.Time) error {
	entries, err := os.ReadDir(u.dir)
	if err != nil {
		return fmt.Errorf("sweeping unfinished uploads: %w", err)
	}
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = os.Remove(filepath.Join(u.dir, e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("sweeping an unfinished upload: %w", err))
		}
	}
	return errors.Join(errs...)
}
