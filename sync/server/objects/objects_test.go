package objects_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"testing"

	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/objects"
	"alpi40.fr/airial/sync/server/objects/s3test"
	"alpi40.fr/airial/sync/server/storagetest"
)

func TestMain(m *testing.M) { os.Exit(s3test.Main(m)) }

func open(t *testing.T, endpoint, bucket, secret string) (*objects.Store, error) {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return objects.Open(context.Background(), objects.Options{
		Endpoint: endpoint, Region: "us-east-1", Bucket: bucket, Prefix: "airial", AccessKey: s3test.AccessKey, SecretKey: secret, Transport: transport, Rand: rand.Reader,
	})
}

func TestBlobs(t *testing.T) {
	storagetest.RunBlobs(t, func(t *testing.T) server.Blobs {
		endpoint, bucket := s3test.Bucket(t)
		s, err := open(t, endpoint, bucket, s3test.SecretKey)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestUploads(t *testing.T) {
	endpoint, bucket := s3test.Bucket(t)
	storagetest.RunUploads(t, func(t *testing.T) server.Uploads {
		s, err := open(t, endpoint, bucket, s3test.SecretKey)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// A wrong secret, and an address that is none, are told at once.
func TestRefused(t *testing.T) {
	endpoint, bucket := s3test.Bucket(t)
	if _, err := open(t, endpoint, bucket, "autre"); err == nil {
		t.Error("a wrong secret opens the store")
	}
	if _, err := open(t, "ftp://127.0.0.1", bucket, s3test.SecretKey); err == nil {
		t.Error("an address that is none")
	}
}
