package webpublish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"

	"alpi40.fr/airial/local/publication"
)

// What stops a sending, for errors.Is. What was sent stays, and the next one goes on.
var (
	// ErrOffline: the server cannot be reached, or the line dropped.
	ErrOffline = errors.New("the website's server cannot be reached")
	// ErrDenied: the name, the password or the key is not accepted, or has no right there.
	ErrDenied = errors.New("the website's server refuses this user")
	// ErrFull: no room is left on the server.
	ErrFull = errors.New("the website's server is full")
	// ErrNotServer: what answers is no such server: a page to sign in, a redirection.
	ErrNotServer = errors.New("what answers is not the website's server")
	// ErrUnknownHost: the server's key was never confirmed.
	ErrUnknownHost = errors.New("the key of the website's server was not confirmed yet")
	// ErrOtherHost: the server shows another key than the one confirmed.
	ErrOtherHost = errors.New("the website's server shows another key")
	// ErrTarget: the address is not one.
	ErrTarget = errors.New("not the address of a website's server")
	// ErrRefused: the server does not write there.
	ErrRefused = errors.New("the website's server refuses to write")
	// ErrKey: the private key cannot be read.
	ErrKey = errors.New("the private key cannot be read")
)

// Protocol is how files travel.
type Protocol string

// The protocols.
const (
	WebDAV Protocol = "webdav"
	SFTP   Protocol = "sftp"
)

// Target is where the site goes. It holds no secret.
type Target struct {
	Protocol Protocol `json:"protocol,omitempty"`
	// Address is https://… for WebDAV, «serveur» or «serveur:22» for SFTP.
	Address string `json:"address,omitempty"`
	// Folder of the server, below the address for WebDAV.
	Folder string `json:"folder,omitempty"`
	User   string `json:"user,omitempty"`
	// HostKey is the SFTP server's, as confirmed: «ssh-ed25519 AAAA…».
	HostKey string `json:"hostKey,omitempty"`
}

// Secret opens it: a password, or a private key (PEM) that the password may protect.
type Secret struct {
	Password string `json:"password,omitempty"`
	Key      string `json:"key,omitempty"`
}

// remote is a server on which files are kept. Paths have slashes, below the folder.
type remote interface {
	// read gives a file of at most limit bytes. Error: errMissing.
	read(name string, limit int64) ([]byte, error)
	// put makes the folders, writes to a temporary name and renames.
	put(name, temporary string, content []byte) error
	remove(name string) error
	close() error
}

var errMissing = errors.New("no such file")

const (
	maxManifest = 32 << 20
	// checkpoint is how many files are sent before the manifest says so.
	checkpoint = 20
)

func dial(ctx context.Context, t Target, s Secret) (remote, error) {
	switch t.Protocol {
	case WebDAV:
		return dialWebDAV(ctx, t, s)
	case SFTP:
		return dialSFTP(ctx, t, s)
	}
	return nil, fmt.Errorf("protocol %q: %w", t.Protocol, ErrTarget)
}

// Try connects and looks for what is there already, without changing anything.
func Try(ctx context.Context, t Target, s Secret) (err error) {
	r, err := dial(ctx, t, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	_, err = manifest(r)
	return err
}

func manifest(r remote) (publication.Manifest, error) {
	raw, err := r.read(publication.ManifestName, maxManifest)
	if errors.Is(err, errMissing) {
		return publication.Manifest{}, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := publication.ReadManifest(raw)
	if err != nil {
		return nil, errors.Join(ErrNotServer, err)
	}
	return m, nil
}

// Send brings the server to the site. What it says of a cut sending is true as well.
func Send(ctx context.Context, t Target, s Secret, site publication.Site, progress func(done, of int)) (w publication.Written, err error) {
	r, err := dial(ctx, t, s)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	have, err := manifest(r)
	if err != nil {
		return w, err
	}
	write, remove := site.Changes(have)
	w.Kept = len(site.Files) - len(write)
	if len(write)+len(remove) == 0 {
		return w, nil
	}
	now := maps.Clone(have)
	for i, f := range write {
		if err := ctx.Err(); err != nil {
			return w, err
		}
		if progress != nil {
			progress(i, len(write))
		}
		content, err := f.Read()
		if err != nil {
			return w, fmt.Errorf("reading %s: %w", f.Path, err)
		}
		if err := r.put(f.Path, temporary(f.Path, f.Digest.String()), content); err != nil {
			return w, fmt.Errorf("sending %s: %w", f.Path, err)
		}
		now[f.Path] = f.Digest
		w.Wrote++
		if w.Wrote%checkpoint == 0 {
			if err := note(r, now); err != nil {
				return w, err
			}
		}
	}
	for _, name := range remove {
		if err := r.remove(name); err != nil {
			return w, fmt.Errorf("removing %s: %w", name, err)
		}
		delete(now, name)
		w.Removed++
	}
	return w, note(r, now)
}

func note(r remote, m publication.Manifest) error {
	raw, err := m.Encode()
	if err != nil {
		return err
	}
	if err := r.put(publication.ManifestName, publication.ManifestName+".tmp", raw); err != nil {
		return fmt.Errorf("sending the manifest: %w", err)
	}
	return nil
}

// temporary is where a file waits to be whole: a name of its own content, which
// another computer's sending does not share, unless it sends the same.
func temporary(name, digest string) string {
	return path.Join(path.Dir(name), ".airial-"+digest[:16]+".tmp")
}

// folder is a clean path of the server.
func folder(t Target) (string, error) {
	if strings.ContainsAny(t.Folder, "\x00\r\n\\") {
		return "", fmt.Errorf("folder %q: %w", t.Folder, ErrTarget)
	}
	return t.Folder, nil
}
