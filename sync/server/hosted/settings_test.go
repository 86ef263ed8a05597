package hosted_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/sync/server/hosted"
)

// Settings that cannot be followed, or that hold a secret, are refused before anything is opened.
func TestSettings(t *testing.T) {
	for text, good := range map[string]bool{
		`{}`: true, `{"operations": "127.0.0.1:9464", "limits": {"atOnce": 10}}`: true,
		`{"database": {"url": "postgres://airial@db/airial"}, "objects": {"endpoint": "https://s3", "bucket": "airial"}}`: true,
		`{"operation": "127.0.0.1:9464"}`: false, `{`: false,
		`{"database": {"url": "postgres://airial@db/airial"}}`:                                                                                false,
		`{"database": {"url": "postgres://airial:mot@db/airial"}, "objects": {"endpoint": "https://s3", "bucket": "airial"}}`:                 false,
		`{"database": {"url": "postgres://db/airial?password=mot"}, "objects": {"endpoint": "https://s3", "bucket": "airial"}}`:               false,
		`{"database": {"url": "postgres://db/airial"}, "objects": {"endpoint": "https://s3", "bucket": "airial"}, "backup": {"folder": "x"}}`: false,
	} {
		file := filepath.Join(t.TempDir(), hosted.SettingsFile)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := hosted.ReadSettings(file)
		if (err == nil) != good || !good && !errors.Is(err, hosted.ErrSettings) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if s, err := hosted.ReadSettings(filepath.Join(t.TempDir(), "aucun")); err != nil || s.Database != nil {
		t.Errorf("a missing file: %+v %v", s, err)
	}
}
