// Package hosted opens the server of a folder on what its settings name: SQLite
// and a folder, or PostgreSQL and an S3 store.
package hosted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/server"
)

// SettingsFile is the name of the settings in the server's folder; all of them may be left out.
const SettingsFile = "settings.json"

// Settings are what an operator chooses. No secret stands in them: each is in a file of its own, or
// in the environment.
type Settings struct {
	// Database is where authorities, devices and entries are; SQLite in the folder when left out.
	Database *Database `json:"database,omitempty"`
	// Objects is where documents are; a folder when left out. It goes with Database.
	Objects *Objects `json:"objects,omitempty"`
	// Limits bound what each may ask.
	Limits server.Limits `json:"limits,omitzero"`
	// ClientCertificates: computers must show a certificate of the key that they enrolled.
	ClientCertificates bool `json:"clientCertificates,omitempty"`
	// Operations is the address of metrics, «127.0.0.1:9464»; none when empty.
	Operations string `json:"operations,omitempty"`
	// Administration is the administration page; none when left out.
	Administration *Administration `json:"administration,omitempty"`
	// Backup keeps encrypted copies of a server on SQLite while it answers; none when left out.
	Backup *Backup `json:"backup,omitempty"`
	// Drain is how long a process that is told to end goes on answering, in seconds.
	Drain float64 `json:"drain,omitempty"`
	// Traces is the address of an OpenTelemetry collector (OTLP over HTTP); none when empty.
	Traces string `json:"traces,omitempty"`
}

// Administration is where the administration page answers, and who enters by OIDC.
type Administration struct {
	Address string `json:"address"` // «127.0.0.1:8444»
	// URL is what people type, «https://admin.example.fr»; OIDC returns there.
	URL  string `json:"url,omitempty"`
	OIDC *OIDC  `json:"oidc,omitempty"`
}

// OIDC is an OpenID provider, and who of its people may enter.
type OIDC struct {
	Issuer     string `json:"issuer"`
	ClientID   string `json:"clientID"`
	SecretFile string `json:"secretFile,omitempty"` // else ALPI_OIDC_SECRET
	// Administrators are the verified addresses of those who may enter.
	Administrators []string `json:"administrators"`
}

// Backup is where copies go, and who can open them.
type Backup struct {
	Folder     string   `json:"folder"`
	Recipients []string `json:"recipients"`           // age1…
	Every      float64  `json:"every,omitempty"`      // seconds between two parts; 60
	Whole      float64  `json:"wholeEvery,omitempty"` // hours between two whole copies; 24
}

// Database is a PostgreSQL.
type Database struct {
	URL          string `json:"url"`                    // without a password
	PasswordFile string `json:"passwordFile,omitempty"` // else ALPI_DATABASE_PASSWORD, or the server's own ways (pgpass, peer)
	Connections  int    `json:"connections,omitempty"`
}

// Objects is an S3 store.
type Objects struct {
	Endpoint      string `json:"endpoint"` // https://…
	Region        string `json:"region,omitempty"`
	Bucket        string `json:"bucket"`
	Prefix        string `json:"prefix,omitempty"`
	AccessKeyFile string `json:"accessKeyFile,omitempty"` // else ALPI_S3_ACCESS_KEY
	SecretKeyFile string `json:"secretKeyFile,omitempty"` // else ALPI_S3_SECRET_KEY
}

// ErrSettings: the settings cannot be followed.
var ErrSettings = errors.New("the settings cannot be followed")

// ReadSettings reads the settings of a file; those of a missing one are empty.
func ReadSettings(path string) (s Settings, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading the settings: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("%s: %w: %w", filepath.Base(path), ErrSettings, err)
	}
	if (s.Database == nil) != (s.Objects == nil) {
		return s, fmt.Errorf("%w: database and objects go together", ErrSettings)
	}
	if s.Database != nil && s.Backup != nil {
		return s, fmt.Errorf("%w: PostgreSQL and the store are copied by their own means (see the runbook)", ErrSettings)
	}
	if s.Database != nil && strings.Contains(s.Database.URL, "password") || s.Database != nil && hasPassword(s.Database.URL) {
		return s, fmt.Errorf("%w: the database's password stands in a file of its own (passwordFile), or in ALPI_DATABASE_PASSWORD", ErrSettings)
	}
	return s, nil
}

func hasPassword(address string) bool {
	_, rest, _ := strings.Cut(address, "://")
	who, _, ok := strings.Cut(rest, "@")
	return ok && strings.Contains(who, ":")
}

// copyFile puts a file in the place of another at once.
func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err == nil {
		err = durable.WriteFile(to, text)
	}
	if err != nil {
		return fmt.Errorf("keeping the settings: %w", err)
	}
	return nil
}

// secret reads a secret of a file, or of the environment.
func secret(dir, file, variable string, getenv func(string) string) (string, error) {
	if file == "" {
		return getenv(variable), nil
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}
