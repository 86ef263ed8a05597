package objects

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"

	"alpi40.fr/airial/sync/server"
)

// An upload is one small object that describes it and one for each piece that arrived, named by where
// it begins: any process goes on where another stopped, and a piece cut by the line is kept as far as
// it came. tusd's own S3 store wants pieces of 5 MiB and the AWS SDK.
//
// Two processes that take the same piece at once write the same object; the last one stays. What the
// pieces make together is held against the document's digest before anything is said of it.

// maxPiece bounds the memory of one piece; a laptop sends 4 MiB.
const maxPiece = 16 << 20

// UseIn implements server.Uploads.
func (s *Store) UseIn(composer *handler.StoreComposer) {
	composer.UseCore(s)
	composer.UseTerminater(s)
	memorylocker.New().UseIn(composer)
}

func (s *Store) infoKey(id string) string { return s.key("uploads", id, "info") }

// NewUpload implements handler.DataStore.
func (s *Store) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	if strings.ContainsAny(info.ID, "/.") || info.ID == "" {
		return nil, errors.New("an upload's id is a plain name")
	}
	text, err := json.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("describing an upload: %w", err)
	}
	_, err = s.c.PutObject(ctx, s.o.Bucket, s.infoKey(info.ID), bytes.NewReader(text), int64(len(text)), minio.PutObjectOptions{ContentType: "application/json"})
	if err != nil {
		return nil, fmt.Errorf("describing an upload: %w", explain(err))
	}
	return &upload{s: s, info: info}, nil
}

// GetUpload implements handler.DataStore.
func (s *Store) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	if strings.ContainsAny(id, "/.") || id == "" {
		return nil, handler.ErrNotFound
	}
	o, err := s.c.GetObject(ctx, s.o.Bucket, s.infoKey(id), minio.GetObjectOptions{})
	if err != nil {
		return nil, explain(err)
	}
	defer o.Close()
	u := &upload{s: s}
	if err := json.NewDecoder(io.LimitReader(o, 1<<16)).Decode(&u.info); err != nil {
		if errors.Is(explain(err), server.ErrNotFound) {
			return nil, handler.ErrNotFound
		}
		return nil, fmt.Errorf("reading what an upload is: %w", err)
	}
	if u.pieces, u.info.Offset, err = s.pieces(ctx, id); err != nil {
		return nil, err
	}
	return u, nil
}

// pieces gives the keys of the pieces that follow one another from the beginning, and where they end.
func (s *Store) pieces(ctx context.Context, id string) (keys []string, end int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	prefix := s.key("uploads", id) + "/0"
	for o := range s.c.ListObjects(ctx, s.o.Bucket, minio.ListObjectsOptions{Prefix: prefix}) {
		if o.Err != nil {
			return nil, 0, fmt.Errorf("listing an upload's pieces: %w", explain(o.Err))
		}
		if path.Base(o.Key) != offsetName(end) || o.Size == 0 {
			continue // what a longer piece of the same place has made superfluous
		}
		keys, end = append(keys, o.Key), end+o.Size
	}
	return keys, end, nil
}

func offsetName(offset int64) string { return fmt.Sprintf("%020d", offset) }

// AsTerminatableUpload implements handler.TerminaterDataStore.
func (s *Store) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload {
	return u.(*upload)
}

// upload implements handler.Upload.
type upload struct {
	s      *Store
	info   handler.FileInfo
	pieces []string
}

// WriteChunk implements handler.Upload: what came is kept, even when the line dropped under it.
func (u *upload) WriteChunk(ctx context.Context, offset int64, src io.Reader) (kept int64, err error) {
	ctx = context.WithoutCancel(ctx)
	buffer := bytes.NewBuffer(make([]byte, 0, 4<<20))
	for {
		buffer.Reset()
		n, reading := io.Copy(buffer, io.LimitReader(src, maxPiece))
		if n > 0 {
			key := u.s.key("uploads", u.info.ID, offsetName(offset+kept))
			_, err := u.s.c.PutObject(ctx, u.s.o.Bucket, key, bytes.NewReader(buffer.Bytes()), n, minio.PutObjectOptions{PartSize: maxPiece})
			if err != nil {
				return kept, fmt.Errorf("keeping a piece: %w", explain(err))
			}
			u.pieces = append(u.pieces, key)
			kept += n
			u.info.Offset += n
		}
		if reading != nil || n < maxPiece {
			return kept, reading
		}
	}
}

// GetInfo implements handler.Upload.
func (u *upload) GetInfo(context.Context) (handler.FileInfo, error) { return u.info, nil }

// GetReader implements handler.Upload.
func (u *upload) GetReader(ctx context.Context) (io.ReadCloser, error) {
	return &reader{ctx: ctx, s: u.s, rest: u.pieces}, nil
}

// FinishUpload implements handler.Upload: nothing is left to do.
func (u *upload) FinishUpload(context.Context) error { return nil }

// Terminate implements handler.TerminatableUpload.
func (u *upload) Terminate(ctx context.Context) error {
	return u.s.remove(context.WithoutCancel(ctx), u.s.key("uploads", u.info.ID)+"/")
}

// ServeContent implements handler.Upload; no upload is ever given back.
func (u *upload) ServeContent(_ context.Context, w http.ResponseWriter, _ *http.Request) error {
	http.NotFound(w, nil)
	return nil
}

// remove takes away all that begins with prefix.
func (s *Store) remove(ctx context.Context, prefix string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var errs []error
	for o := range s.c.ListObjects(ctx, s.o.Bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		err := o.Err
		if err == nil {
			err = s.c.RemoveObject(ctx, s.o.Bucket, o.Key, minio.RemoveObjectOptions{})
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("taking an upload away: %w", err)
	}
	return nil
}

// Sweep implements server.Uploads: pieces that did not move, and documents that never had their name.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var errs []error
	for _, shelf := range []string{"uploads", "incoming"} {
		for o := range s.c.ListObjects(ctx, s.o.Bucket, minio.ListObjectsOptions{Prefix: s.key(shelf) + "/", Recursive: true}) {
			err := o.Err
			if err == nil && o.LastModified.Before(before) {
				err = s.c.RemoveObject(ctx, s.o.Bucket, o.Key, minio.RemoveObjectOptions{})
			}
			if err != nil {
				errs = append(errs, err)
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("sweeping unfinished uploads: %w", err)
	}
	return nil
}

// reader reads pieces one after the other.
type reader struct {
	ctx  context.Context
	s    *Store
	rest []string
	now  *minio.Object
}

func (r *reader) Read(b []byte) (int, error) {
	for {
		if r.now == nil {
			if len(r.rest) == 0 {
				return 0, io.EOF
			}
			o, err := r.s.c.GetObject(r.ctx, r.s.o.Bucket, r.rest[0], minio.GetObjectOptions{})
			if err != nil {
				return 0, explain(err)
			}
			r.now, r.rest = o, r.rest[1:]
		}
		n, err := r.now.Read(b)
		if errors.Is(err, io.EOF) {
			err = r.Close()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (r *reader) Close() error {
	if r.now == nil {
		return nil
	}
	err := r.now.Close()
	r.now = nil
	return err
}
