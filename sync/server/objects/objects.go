// Package objects keeps documents and unfinished uploads in an S3 object store,
// for any number of processes.
//
//	<prefix>/blobs/<authority>/<64 hex>     documents
//	<prefix>/incoming/<random>              documents on their way to their name
//	<prefix>/uploads/<id>/info              an unfinished upload
//	<prefix>/uploads/<id>/<offset>          its pieces
//	<prefix>/links/<link>/<64 hex>          pieces of what is sent by links (package share)
package objects

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/server"
)

// Options say where the store is.
type Options struct {
	// Endpoint is https://host[:port]; http is for a store on the same machine.
	Endpoint, Region, Bucket string
	// Prefix begins all names, empty or «airial».
	Prefix               string
	AccessKey, SecretKey string
	Transport            http.RoundTripper // nil: the ordinary one
	Rand                 io.Reader
}

// partSize is what is held in memory of a document that is being sent.
const partSize = 16 << 20

// Store implements server.Blobs and server.Uploads.
type Store struct {
	c *minio.Client
	o Options
}

var (
	_ server.Blobs   = (*Store)(nil)
	_ server.Uploads = (*Store)(nil)
)

// Open reaches a store and makes its bucket when missing.
func Open(ctx context.Context, o Options) (*Store, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("the object store's address %.200q is not https://…", o.Endpoint)
	}
	c, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: u.Scheme == "https", Region: o.Region, Transport: o.Transport,
		BucketLookup: minio.BucketLookupPath, // names of buckets are not names of hosts
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the object store: %w", err)
	}
	s := &Store{c: c, o: o}
	found, err := c.BucketExists(ctx, o.Bucket)
	if err == nil && !found {
		err = c.MakeBucket(ctx, o.Bucket, minio.MakeBucketOptions{Region: o.Region})
	}
	if err != nil {
		return nil, fmt.Errorf("opening the object store: %w", err)
	}
	return s, nil
}

func (s *Store) key(parts ...string) string {
	return path.Join(append([]string{s.o.Prefix}, parts...)...)
}

func (s *Store) blobKey(authority string, d store.Digest) string {
	return s.key("blobs", authority, d.String())
}

// explain joins the store's error with what the server tells apart.
func explain(err error) error {
	switch minio.ToErrorResponse(err).Code {
	case minio.NoSuchKey:
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	case "QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLargeForQuota":
		return fmt.Errorf("%w: %w", server.ErrFull, err)
	}
	return err
}

// Cheap implements server.Blobs: each question is a request.
func (s *Store) Cheap() bool { return false }

// Ping implements server.Blobs.
func (s *Store) Ping(ctx context.Context) error {
	found, err := s.c.BucketExists(ctx, s.o.Bucket)
	if err == nil && !found {
		err = errors.New("the bucket is gone")
	}
	return err
}

// Has implements server.Blobs.
func (s *Store) Has(ctx context.Context, authority string, d store.Digest) (bool, error) {
	_, err := s.c.StatObject(ctx, s.o.Bucket, s.blobKey(authority, d), minio.StatObjectOptions{})
	if err = explain(err); errors.Is(err, server.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Open implements server.Blobs.
func (s *Store) Open(ctx context.Context, authority string, d store.Digest) (io.ReadSeekCloser, error) {
	o, err := s.c.GetObject(ctx, s.o.Bucket, s.blobKey(authority, d), minio.GetObjectOptions{})
	if err != nil {
		return nil, explain(err)
	}
	if _, err := o.Stat(); err != nil {
		return nil, errors.Join(fmt.Errorf("document %s: %w", d, explain(err)), o.Close())
	}
	return o, nil
}

// Put implements server.Blobs: under a name of its own, and under the document's once its digest is
// known to be right, since a store has no renaming and the document may be there already.
func (s *Store) Put(ctx context.Context, authority string, d store.Digest, size int64, content io.Reader) error {
	random := make([]byte, 16)
	if _, err := io.ReadFull(s.o.Rand, random); err != nil {
		return fmt.Errorf("drawing a name: %w", err)
	}
	incoming := s.key("incoming", hex.EncodeToString(random))
	hash := sha256.New()
	counted := &counter{r: io.TeeReader(content, hash)}
	_, err := s.c.PutObject(ctx, s.o.Bucket, incoming, io.LimitReader(counted, size), size, minio.PutObjectOptions{PartSize: partSize, ContentType: "application/octet-stream"})
	if err == nil || counted.n < size && counted.ended {
		if _, more := io.Copy(io.Discard, io.LimitReader(counted, 1)); more != nil {
			err = errors.Join(err, more)
		} else if counted.n != size || store.Digest(hash.Sum(nil)) != d {
			err = store.ErrWrongDigest
		}
	}
	if err == nil {
		_, err = s.c.CopyObject(ctx, minio.CopyDestOptions{Bucket: s.o.Bucket, Object: s.blobKey(authority, d)}, minio.CopySrcOptions{Bucket: s.o.Bucket, Object: incoming})
	}
	// What stays behind of a process that stops here is swept away with the uploads.
	cleared := s.c.RemoveObject(context.WithoutCancel(ctx), s.o.Bucket, incoming, minio.RemoveObjectOptions{})
	if err != nil {
		return errors.Join(fmt.Errorf("keeping document %s: %w", d, explain(err)), cleared)
	}
	return nil
}

// counter counts what was read, and whether it came to its end.
type counter struct {
	r     io.Reader
	n     int64
	ended bool
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	c.ended = c.ended || errors.Is(err, io.EOF)
	return n, err
}
