package office

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/gateway"
	"alpi40.fr/airial/sync/selfsigned"
)

// Gateway is how the door of business software is set: it is shut until somebody opens it.
type Gateway struct {
	On bool `json:"on"`
	// Address is where it answers, this computer alone unless it says otherwise.
	Address string `json:"address"`
	TLS     bool   `json:"tls,omitempty"`
	// Hash is that of the password, hexadecimal, "" for none; Made is when it was drawn.
	Hash string    `json:"hash,omitempty"`
	Made time.Time `json:"made,omitzero"`
}

// GatewayAddress is where the door answers unless one says otherwise.
const GatewayAddress = "127.0.0.1:8186"

const (
	settingGateway = "gateway"
	gatewayFolder  = "gateway" // its certificate, which an installer may replace
	// reopen is how long a door that could not open waits before it tries again.
	reopen = time.Minute
)

// gate is the door as it stands now.
type gate struct {
	mu     sync.Mutex
	server *gateway.Server // of the last opening
	url    string          // "" while shut
	err    error           // why it is
	moved  chan struct{}   // a setting changed
}

// GatewayState is the door as it is set and as it stands.
type GatewayState struct {
	Gateway
	URL   string // where it answers; "" while it is shut
	Err   error  // why it could not open
	Calls []gateway.Call
}

// Gateway tells how the door of business software stands.
func (h *Hall) Gateway(ctx context.Context) (out GatewayState, err error) {
	if out.Gateway, err = h.gateway(ctx); err != nil {
		return out, err
	}
	h.gate.mu.Lock()
	defer h.gate.mu.Unlock()
	out.URL, out.Err = h.gate.url, h.gate.err
	if h.gate.server != nil {
		out.Calls = h.gate.server.Calls()
	}
	return out, nil
}

func (h *Hall) gateway(ctx context.Context) (g Gateway, err error) {
	err = h.Store.View(ctx, func(tx *store.Tx) error { g, err = gatewayIn(tx); return err })
	return g, err
}

func gatewayIn(tx *store.Tx) (g Gateway, err error) {
	text, err := tx.Setting(settingGateway)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &g)
	}
	if g.Address == "" {
		g.Address = GatewayAddress
	}
	return g, err
}

// changeGateway keeps what change makes of the setting, and has the door follow.
func (h *Hall) changeGateway(ctx context.Context, change func(*Gateway) error) error {
	err := h.Store.Update(ctx, func(tx *store.Tx) error {
		g, err := gatewayIn(tx)
		if err != nil {
			return err
		}
		if err := change(&g); err != nil {
			return err
		}
		text, err := json.Marshal(g)
		if err != nil {
			return fmt.Errorf("keeping the gateway's setting: %w", err)
		}
		return tx.SetSetting(settingGateway, string(text))
	})
	if err == nil {
		h.stands(nil, "", nil)
		select {
		case h.gate.moved <- struct{}{}:
		default: // it has not followed the last change yet: it will read both
		}
	}
	return err
}

// SetGateway opens or shuts the door, and says where. Error: a refusal.
func (h *Hall) SetGateway(ctx context.Context, on bool, address string, secure bool) error {
	if address == "" {
		address = GatewayAddress
	}
	if err := mayListen(address, secure); err != nil {
		return err
	}
	return h.changeGateway(ctx, func(g *Gateway) error {
		if on && g.Hash == "" {
			return errNoPassword()
		}
		g.On, g.Address, g.TLS = on, address, secure
		return nil
	})
}

func errNoPassword() error {
	return &rule.Refusal{Why: "Aucun mot de passe n’a été créé pour les logiciels.", Cure: "Créez-en un, donnez-le au logiciel, puis ouvrez l’accès."}
}

// mayListen tells whether an address is one where the door may answer: passwords and documents
// leave this computer encrypted or not at all.
func mayListen(address string, secure bool) error {
	host, port, err := net.SplitHostPort(address)
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil || n < 1 || n > 65535 || host == "" {
		return &rule.Refusal{Why: "« " + address + " » n’est pas une adresse où répondre.", Cure: "Écrivez par exemple " + GatewayAddress + "."}
	}
	ip := net.ParseIP(host)
	if host != "localhost" && ip == nil {
		return &rule.Refusal{Why: "« " + host + " » n’est pas une adresse de cet ordinateur.", Cure: "Écrivez son adresse en chiffres, ou 127.0.0.1 pour cet ordinateur seul."}
	}
	if ip != nil && !ip.IsLoopback() && !secure {
		return &rule.Refusal{Why: "Cette adresse ouvre l’accès à d’autres ordinateurs, où le mot de passe et les documents passeraient en clair.", Cure: "Chiffrez la liaison (TLS), ou répondez sur 127.0.0.1."}
	}
	return nil
}

// NewGatewayPassword draws what business software must show, in place of the former. It is
// told this once, and only its hash is kept.
func (h *Hall) NewGatewayPassword(ctx context.Context) (string, error) {
	password, err := gateway.Draw(h.office.o.Rand)
	if err != nil {
		return "", err
	}
	hash := gateway.Hash(password)
	return password, h.changeGateway(ctx, func(g *Gateway) error {
		g.Hash, g.Made = hex.EncodeToString(hash[:]), h.office.o.Now()
		return nil
	})
}

// RevokeGatewayPassword forgets the password, and shuts the door.
func (h *Hall) RevokeGatewayPassword(ctx context.Context) error {
	return h.changeGateway(ctx, func(g *Gateway) error {
		g.On, g.Hash, g.Made = false, "", time.Time{}
		return nil
	})
}

// RunGateway keeps the door as it is set, until ctx ends.
func (h *Hall) RunGateway(ctx context.Context, read Pager) {
	for ctx.Err() == nil {
		opened, shut := context.WithCancel(ctx)
		var fault error
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			g, err := h.gateway(opened)
			if err == nil && g.On {
				err = h.openGateway(opened, g, read)
			}
			if err != nil && ctx.Err() == nil {
				h.office.o.Log.Info("the door of business software", "error", err.Error())
			}
			h.stands(nil, "", err)
			fault = err
		}()
		select {
		case <-ctx.Done():
		case <-h.gate.moved:
		case <-ended:
			var again <-chan time.Time // one that is shut on purpose is not tried again
			if fault != nil {
				again = time.After(reopen)
			}
			select {
			case <-ctx.Done():
			case <-h.gate.moved:
			case <-again:
			}
		}
		shut()
		<-ended
	}
}

// stands notes how the door stands; the calls of a door that shuts are still told.
func (h *Hall) stands(server *gateway.Server, url string, err error) {
	h.gate.mu.Lock()
	defer h.gate.mu.Unlock()
	if server != nil {
		h.gate.server = server
	}
	h.gate.url, h.gate.err = url, err
}

// OpenGateway answers at an address until ctx ends, whatever the setting says, by the password
// that was made. opened is told where. Errors: a refusal.
func (h *Hall) OpenGateway(ctx context.Context, address string, secure bool, read Pager, opened func(url string)) error {
	g, err := h.gateway(ctx)
	if err != nil {
		return err
	}
	if g.Hash == "" {
		return errNoPassword()
	}
	g.Address, g.TLS = address, secure
	return h.listen(ctx, g, read, func(_ *gateway.Server, url string) { opened(url) })
}

// openGateway answers until ctx ends, and notes that it does.
func (h *Hall) openGateway(ctx context.Context, g Gateway, read Pager) error {
	return h.listen(ctx, g, read, func(server *gateway.Server, url string) { h.stands(server, url, nil) })
}

func (h *Hall) listen(ctx context.Context, g Gateway, read Pager, opened func(*gateway.Server, string)) error {
	hash, err := hex.DecodeString(g.Hash)
	if err != nil || len(hash) != sha256.Size {
		return errors.Join(errors.New("the gateway has no password"), err)
	}
	if err := mayListen(g.Address, g.TLS); err != nil {
		return err
	}
	scheme, secure := "http", (*tls.Config)(nil)
	if g.TLS {
		if secure, err = h.office.gatewayTLS(g.Address); err != nil {
			return err
		}
		scheme = "https"
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", g.Address)
	if err != nil {
		return &rule.Refusal{Why: "L’adresse " + g.Address + " ne peut pas être ouverte : un autre programme s’en sert peut-être.", Cure: "Choisissez un autre numéro de port, par exemple 127.0.0.1:8187."}
	}
	server := gateway.New(gateway.Options{
		Office: gatewayOffice{h, read}, Password: [sha256.Size]byte(hash), Now: h.office.o.Now, NewID: h.office.newID, Log: h.office.o.Log, Words: h.office.o.Explain,
	})
	opened(server, scheme+"://"+listener.Addr().String()+"/ws-iparapheur")
	return server.Serve(ctx, listener, secure)
}

// gatewayTLS gives the door's certificate, made when there is none.
func (o *Office) gatewayTLS(address string) (*tls.Config, error) {
	dir := filepath.Join(o.o.Dir, gatewayFolder)
	crt, key := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	if _, err := os.Stat(crt); errors.Is(err, fs.ErrNotExist) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("reading the gateway's address: %w", err)
		}
		c, k, err := selfsigned.Make(o.o.Rand, o.o.Now(), "Airial", []string{host, "localhost", "127.0.0.1"})
		if err != nil {
			return nil, fmt.Errorf("making the gateway's certificate: %w", err)
		}
		if err := errors.Join(os.MkdirAll(dir, 0o700), durable.WriteFile(key, k), durable.WriteFile(crt, c)); err != nil {
			return nil, fmt.Errorf("keeping the gateway's certificate: %w", err)
		}
	}
	pair, err := tls.LoadX509KeyPair(crt, key)
	if err != nil {
		return nil, fmt.Errorf("reading the gateway's certificate: %w", err)
	}
	// Business software is old: TLS 1.2 is what some of it speaks.
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// gatewayOffice implements gateway.Office.
type gatewayOffice struct {
	h    *Hall
	read Pager
}

func (o gatewayOffice) Types(ctx context.Context) ([]parapheur.FolderType, error) {
	return o.h.Folders.Types(ctx)
}

func (o gatewayOffice) Deposit(ctx context.Context, d gateway.Deposit) error {
	in := Deposit{Title: d.Title, Type: d.Type, External: d.ID, Deadline: d.Deadline, Notes: d.Notes}
	for _, f := range d.Files {
		in.Files = append(in.Files, DepositFile(f))
	}
	_, err := o.h.Deposit(ctx, in, o.read)
	return err
}

func (o gatewayOffice) Named(ctx context.Context, id string) (*parapheur.Folder, error) {
	return o.h.Folders.Named(ctx, id)
}

func (o gatewayOffice) All(ctx context.Context, limit int) ([]parapheur.Folder, error) {
	return o.h.Folders.FromElsewhere(ctx, limit)
}

func (o gatewayOffice) Town(ctx context.Context) (parapheur.Town, error) {
	return o.h.Folders.Town(ctx)
}

func (o gatewayOffice) Content(_ context.Context, d store.Digest) ([]byte, error) {
	return o.h.Store.Blobs().Read(d, parapheur.MaxDocument)
}

func (o gatewayOffice) Slip(ctx context.Context, folder string) ([]byte, error) {
	d, err := o.h.Folders.Slip(ctx, folder, o.h.office.Validate)
	return d.PDF, err
}

func (o gatewayOffice) Retrieve(ctx context.Context, folder string) error {
	f, err := o.h.Folders.Folder(ctx, folder)
	if err != nil {
		return err
	}
	// In the name of who sent it: the software that sent it is hers.
	return o.h.Folders.Retrieve(ctx, f.Author, folder)
}
