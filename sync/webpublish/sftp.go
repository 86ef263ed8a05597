package webpublish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// shakeTime bounds the opening of a connection.
const shakeTime = 30 * time.Second

// files is an SFTP server.
type files struct {
	ctx    context.Context
	c      *sftp.Client
	line   *ssh.Client
	folder string
	stop   func() bool
}

func dialSFTP(ctx context.Context, t Target, s Secret) (remote, error) {
	below, err := folder(t)
	if err != nil {
		return nil, err
	}
	want, err := pinned(t.HostKey)
	if err != nil {
		return nil, err
	}
	methods, err := s.methods()
	if err != nil {
		return nil, err
	}
	var mismatch error
	line, err := shake(ctx, t, &ssh.ClientConfig{User: t.User, Auth: methods, Timeout: shakeTime, HostKeyAlgorithms: algorithms(want),
		HostKeyCallback: func(_ string, _ net.Addr, got ssh.PublicKey) error {
			if !bytes.Equal(got.Marshal(), want.Marshal()) {
				mismatch = fmt.Errorf("%s: %w", ssh.FingerprintSHA256(got), ErrOtherHost)
			}
			return mismatch
		}})
	if err != nil {
		if mismatch != nil {
			return nil, mismatch
		}
		return nil, err
	}
	c, err := sftp.NewClient(line)
	if err != nil {
		return nil, errors.Join(ErrNotServer, err, line.Close())
	}
	f := &files{ctx: ctx, c: c, line: line, folder: below}
	f.stop = context.AfterFunc(ctx, func() { _ = line.Close() }) // what waits for an answer ends
	return f, nil
}

// algorithms asks the server for the kind of key that was confirmed, not another of its keys.
func algorithms(want ssh.PublicKey) []string {
	if want.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{want.Type()}
}

// pinned reads a confirmed key.
func pinned(line string) (ssh.PublicKey, error) {
	if line == "" {
		return nil, ErrUnknownHost
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return nil, errors.Join(ErrUnknownHost, err)
	}
	return key, nil
}

func (s Secret) methods() ([]ssh.AuthMethod, error) {
	if s.Key == "" {
		answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
			answers := make([]string, len(questions))
			for i := range questions {
				answers[i] = s.Password
			}
			return answers, nil
		}
		return []ssh.AuthMethod{ssh.Password(s.Password), ssh.KeyboardInteractive(answer)}, nil
	}
	signer, err := ssh.ParsePrivateKey([]byte(s.Key))
	var protected *ssh.PassphraseMissingError
	if errors.As(err, &protected) {
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(s.Key), []byte(s.Password))
	}
	if err != nil {
		return nil, errors.Join(ErrKey, err)
	}
	return []ssh.AuthMethod{ssh.PublicKeys(signer)}, nil
}

// shake opens a connection to the target.
func shake(ctx context.Context, t Target, config *ssh.ClientConfig) (*ssh.Client, error) {
	address := strings.TrimPrefix(strings.TrimSpace(t.Address), "sftp://")
	if address == "" || strings.ContainsAny(address, "/ @") {
		return nil, fmt.Errorf("address %q: %w", t.Address, ErrTarget)
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, "22")
	}
	dialer := net.Dialer{Timeout: shakeTime}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, errors.Join(ErrOffline, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		_ = conn.Close() // most often closed already
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case strings.Contains(err.Error(), "unable to authenticate"):
			return nil, errors.Join(ErrDenied, err)
		case errors.Is(err, io.EOF), isNet(err):
			return nil, errors.Join(ErrOffline, err)
		}
		return nil, errors.Join(ErrNotServer, err)
	}
	return ssh.NewClient(c, channels, requests), nil
}

func isNet(err error) bool {
	var n net.Error
	return errors.As(err, &n)
}

// Host is the key that an SFTP server shows, to be confirmed by a person against what
// its host says.
type Host struct {
	Key         string // «ssh-ed25519 AAAA…», for Target.HostKey
	Fingerprint string // «SHA256:…»
}

// HostKey asks a server for its key; no name and no secret is sent.
func HostKey(ctx context.Context, t Target) (h Host, err error) {
	seen := errors.New("seen")
	_, err = shake(ctx, t, &ssh.ClientConfig{User: "airial", Timeout: shakeTime, HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
		h = Host{Key: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), Fingerprint: ssh.FingerprintSHA256(key)}
		return seen
	}})
	if h.Key != "" {
		return h, nil
	}
	return h, err
}

func (f *files) path(name string) string { return path.Join(f.folder, name) }

// means says what a failure is.
func (f *files) means(what string, err error) error {
	if err == nil {
		return nil
	}
	kind := ErrRefused
	var status *sftp.StatusError
	switch {
	case f.ctx.Err() != nil:
		return f.ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		kind = errors.Join(errMissing, ErrRefused)
	case errors.Is(err, fs.ErrPermission):
		kind = ErrDenied
	case errors.As(err, &status):
		if status.Code == sshNoSpace || status.Code == sshQuota || strings.Contains(strings.ToLower(status.Error()), "no space") {
			kind = ErrFull
		}
	case errors.Is(err, sftp.ErrSSHFxConnectionLost), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), isNet(err):
		kind = ErrOffline
	}
	return fmt.Errorf("%s: %w", what, errors.Join(kind, err))
}

// Codes of the SFTP draft, version 5 and later.
const (
	sshNoSpace = 14
	sshQuota   = 15
)

func (f *files) read(name string, limit int64) ([]byte, error) {
	from, err := f.c.Open(f.path(name))
	if err != nil {
		return nil, f.means("opening "+name, err)
	}
	content, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return content, f.means("reading "+name, errors.Join(err, from.Close()))
}

func (f *files) put(name, temporary string, content []byte) error {
	if err := f.c.MkdirAll(path.Dir(f.path(name))); err != nil {
		return f.means("making the folder", err)
	}
	to, err := f.c.Create(f.path(temporary))
	if err != nil {
		return f.means("writing", err)
	}
	_, err = to.ReadFrom(bytes.NewReader(content))
	if err = errors.Join(err, to.Close()); err != nil {
		return f.means("writing", err)
	}
	there, err := f.c.Stat(f.path(temporary))
	if err != nil {
		return f.means("looking at what was written", err)
	}
	if there.Size() != int64(len(content)) {
		return fmt.Errorf("%d bytes of %d arrived: %w", there.Size(), len(content), ErrFull)
	}
	return f.means("renaming", f.rename(f.path(temporary), f.path(name)))
}

// rename takes the place of an older file, at once where the server can.
func (f *files) rename(from, to string) error {
	err := f.c.PosixRename(from, to)
	var status *sftp.StatusError
	if errors.As(err, &status) { // not every server has it
		if gone := f.c.Remove(to); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			return errors.Join(err, gone)
		}
		err = f.c.Rename(from, to)
	}
	return err
}

func (f *files) remove(name string) error {
	err := f.c.Remove(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return f.means("removing", err)
}

func (f *files) close() error {
	f.stop()
	// The line first: closing the session would wait for a server that does not answer.
	err := f.line.Close()
	_ = f.c.Close()
	if err != nil && !errors.Is(err, net.ErrClosed) && f.ctx.Err() == nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("closing the connection: %w", err)
	}
	return nil
}
