package desk

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/mail/mailtest"
	"alpi40.fr/airial/sync/selfsigned"
)

// The account of a mailbox, from its address alone: its servers are found (autoconfig, or SRV where no server may stand on the port of
// https), what is wrong of a password, a server or a certificate is told, the password goes into a real Secret Service and nowhere
// else. A second mailbox is entered in a browser: its token is renewed when it is over, and a consent that is taken back is told.
func TestAccountInTheWindow(t *testing.T) {
	aside(t)
	for _, tool := range []string{"chromium", "dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	if _, err := os.Stat("/usr/sbin/dovecot"); err != nil {
		t.Skip("dovecot is not installed")
	}
	dir := folderOf(t, "account")
	hosts := []string{"127.0.0.1"}
	for name := range addresses {
		hosts = append(hosts, name)
	}
	crt, key, err := selfsigned.Make(rand.Reader, time.Now(), "Serveurs d’essai", hosts)
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "trusted.pem"), crt, 0o600), os.WriteFile(filepath.Join(dir, "key.pem"), key, 0o600), os.MkdirAll(filepath.Join(dir, "tmp"), 0o700)); err != nil {
		t.Fatal(err)
	}
	playInTheWindow(t, "account", dir, "SSL_CERT_FILE="+filepath.Join(dir, "trusted.pem"), "DBUS_SESSION_BUS_ADDRESS="+secretService(t, dir), "TMPDIR="+filepath.Join(dir, "tmp"))
}

// secretService starts a bus of its own with a keyring that is open.
func secretService(t *testing.T, home string) (address string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	run := func(c *exec.Cmd) {
		t.Helper()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stop(); _ = c.Wait() })
	}
	socket := filepath.Join(t.TempDir(), "bus")
	address = "unix:path=" + socket
	bus := exec.CommandContext(ctx, "dbus-daemon", "--session", "--nofork", "--nopidfile", "--address="+address)
	run(bus)
	for range 200 {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	ring := exec.CommandContext(ctx, "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets", "--control-directory="+t.TempDir())
	ring.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+filepath.Join(home, "ring"), "DBUS_SESSION_BUS_ADDRESS="+address)
	ring.Stdin = strings.NewReader("la session d’essai")
	run(ring)
	return address
}

// addresses are the names of the job and where they are: the page of https has a place of its own, for its port is always the same.
var addresses = map[string][4]byte{
	"autoconfig.saint-airial.example": {127, 0, 33, 1},
	"autoconfig.navigateur.example":   {127, 0, 33, 1},
	"imap.saint-airial.example":       {127, 0, 0, 1},
	"smtp.saint-airial.example":       {127, 0, 0, 1},
	"ailleurs.saint-airial.example":   {127, 0, 0, 1},
}

// names is a DNS server on loopback that knows addresses, and services as they are added (RFC 2782).
type names struct {
	conn     net.PacketConn
	mu       sync.Mutex
	services map[string]dnsmessage.SRVResource
	asked    []string // of services
}

func serveNames() (*names, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &names{conn: conn, services: map[string]dnsmessage.SRVResource{}}
	go func() {
		buffer := make([]byte, 4096)
		for {
			read, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer, err := n.answer(buffer[:read]); err == nil {
				_, _ = conn.WriteTo(answer, from) // who does not hear it asks again
			}
		}
	}()
	return n, nil
}

func (n *names) answer(raw []byte) ([]byte, error) {
	var p dnsmessage.Parser
	head, err := p.Start(raw)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	out := dnsmessage.Message{Header: dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true, RecursionAvailable: true}, Questions: []dnsmessage.Question{q}}
	add := func(body dnsmessage.ResourceBody) {
		out.Answers = append(out.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: body})
	}
	address, known := addresses[name]
	service, offered := n.services[name]
	if q.Type == dnsmessage.TypeSRV {
		n.asked = append(n.asked, name)
	}
	switch {
	case known && q.Type == dnsmessage.TypeA:
		add(&dnsmessage.AResource{A: address})
	case offered && q.Type == dnsmessage.TypeSRV:
		add(&service)
	case !known && !offered:
		out.RCode = dnsmessage.RCodeNameError
	}
	return out.Pack()
}

// serve says where a service of the town hall's domain is.
func (n *names) serve(service, host, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return err
	}
	target, err := dnsmessage.NewName(host + ".")
	n.mu.Lock()
	defer n.mu.Unlock()
	n.services["_"+service+"._tcp.saint-airial.example"] = dnsmessage.SRVResource{Target: target, Port: uint16(number)}
	return err
}

// consent is where people of another domain sign in (RFC 6749, with RFC 7636), and who is asked whose a token is.
type consent struct {
	page, info *httptest.Server

	mu        sync.Mutex
	challenge string
	no        bool // the person refuses
	revoked   bool // she took it back
	tokens    int  // the last one that was given is in force
	renewed   int
}

// person is whom it lets in.
const person = "maire@agence.example"

func startConsent(pair tls.Certificate) *consent {
	c := &consent{}
	serve := http.NewServeMux()
	serve.HandleFunc("GET /connexion", c.ask)
	serve.HandleFunc("POST /jeton", c.give)
	c.page = httptest.NewUnstartedServer(serve)
	c.page.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	c.page.StartTLS()
	c.info = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.holds(person, r.FormValue("access_token")) {
			http.Error(w, `{"error":"invalid_token"}`, http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"email": person})
	}))
	return c
}

func (c *consent) close() { c.page.Close(); c.info.Close() }

// ask is the page where a person says yes or no; here she has made up her mind.
func (c *consent) ask(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	back, state := r.FormValue("redirect_uri"), r.FormValue("state")
	if c.challenge = r.FormValue("code_challenge"); r.FormValue("code_challenge_method") != "S256" || r.FormValue("client_id") != "airial" {
		http.Error(w, "sans PKCE", http.StatusBadRequest)
		return
	}
	yes, no := url.Values{"code": {"code-1"}, "state": {state}}, url.Values{"error": {"access_denied"}, "state": {state}}
	choice := "yes"
	if c.no {
		choice = "no"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><title>Connexion</title><p>Airial demande à lire et à envoyer vos messages.</p><a id="yes" href="%s">Autoriser</a> <a id="no" href="%s">Refuser</a><script>document.getElementById(%q).click()</script>`,
		html.EscapeString(back+"?"+yes.Encode()), html.EscapeString(back+"?"+no.Encode()), choice)
}

// give gives tokens that are over after a second: a library renews them ten seconds before.
func (c *consent) give(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	switch {
	case r.FormValue("grant_type") == "authorization_code" && r.FormValue("code") == "code-1" && base64.RawURLEncoding.EncodeToString(sum[:]) == c.challenge:
		c.revoked = false
	case r.FormValue("grant_type") == "refresh_token" && r.FormValue("refresh_token") == "renouveler-le-jeton" && !c.revoked:
		c.renewed++
	default:
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant"})
		return
	}
	c.tokens++
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": c.token(), "refresh_token": "renouveler-le-jeton", "token_type": "Bearer", "expires_in": 11})
}

func (c *consent) token() string { return fmt.Sprintf("jeton-acces-%d", c.tokens) }

func (c *consent) holds(login, token string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return login == person && !c.revoked && c.tokens > 0 && token == c.token()
}

func (c *consent) change(do func(*consent)) { c.mu.Lock(); defer c.mu.Unlock(); do(c) }

func (c *consent) wasRenewed(than int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.renewed > than
}

// account is what the steps know.
type account struct {
	*hands
	letters
	names   *names
	consent *consent
	secure  bool // the page of https stands
}

func (h *hands) account() error {
	a := &account{hands: h}
	end, err := a.ready()
	defer end()
	if err != nil {
		return err
	}
	return h.play(append(append(a.byAddress(), a.wrong()...), a.byBrowser()...))
}

// ready starts the servers; end ends them.
func (a *account) ready() (end func(), err error) {
	var ends []func()
	end = func() {
		for _, f := range ends {
			f()
		}
		a.letters.stop()
	}
	crt, err := os.ReadFile(filepath.Join(a.shots, "trusted.pem"))
	key, err2 := os.ReadFile(filepath.Join(a.shots, "key.pem"))
	pair, err3 := tls.X509KeyPair(crt, key)
	if err := errors.Join(err, err2, err3, a.browser()); err != nil {
		return end, err
	}
	if a.names, err = serveNames(); err != nil {
		return end, err
	}
	ends = append(ends, func() { a.names.conn.Close() })
	// The computer asks this server for names, as it does when its network tells it which one to ask.
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", a.names.conn.LocalAddr().String())
	}}
	a.consent = startConsent(pair)
	ends = append(ends, a.consent.close)
	o := mailtest.Options{Certificate: crt, Key: key, TokenInfo: a.consent.info.URL + "/?access_token=", Holds: a.consent.holds}
	if a.dir, err = os.MkdirTemp("/tmp", "dov"); err != nil {
		return end, err
	}
	if a.in, err = mailtest.StartWith(a.ctx, a.dir, o); err == nil {
		a.out, err = mailtest.SubmitWith(o)
	}
	if err != nil {
		return end, err
	}
	if l, err := tls.Listen("tcp", "127.0.33.1:443", &tls.Config{Certificates: []tls.Certificate{pair}}); err == nil {
		a.secure = true
		s := &http.Server{Handler: http.HandlerFunc(a.describe), ReadHeaderTimeout: time.Minute}
		go func() { _ = s.Serve(l) }()
		ends = append(ends, func() { s.Close() })
	}
	return end, errors.Join(a.names.serve("imaps", "imap.saint-airial.example", a.in.Server.Address), a.names.serve("submissions", "smtp.saint-airial.example", a.out.Server.Address),
		a.in.Put("1700000001.m", "From: Jean Exemple <jean@exemple.example>\nTo: mairie@saint-airial.example\nSubject: Location de la salle\nMessage-ID: <salle@exemple.example>\n\nBonjour.\n"))
}

// describe is the page where a domain says which servers its mail has.
func (a *account) describe(w http.ResponseWriter, r *http.Request) {
	how, known := map[string]string{"autoconfig.saint-airial.example": "password-cleartext", "autoconfig.navigateur.example": "OAuth2"}[r.Host]
	if !known || r.URL.Path != "/mail/config-v1.1.xml" {
		http.NotFound(w, r)
		return
	}
	port := func(address string) string { _, p, _ := net.SplitHostPort(address); return p }
	fmt.Fprintf(w, `<clientConfig version="1.1"><emailProvider id="saint-airial.example">
<incomingServer type="imap"><hostname>imap.saint-airial.example</hostname><port>%s</port><socketType>SSL</socketType><username>%%EMAILADDRESS%%</username><authentication>%s</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.saint-airial.example</hostname><port>%s</port><socketType>SSL</socketType><username>%%EMAILADDRESS%%</username></outgoingServer>
</emailProvider></clientConfig>`, port(a.in.Server.Address), how, port(a.out.Server.Address))
}

// write puts words in place of those of a field.
func (a *account) write(field, words string) error {
	return errors.Join(a.below(field), a.x("key", "ctrl+a"), a.paste(words))
}

// save keeps what the form holds, and try enters both servers.
func (a *account) save() error {
	return errors.Join(a.click("Enregistrer la messagerie"), a.see("La messagerie est réglée."))
}

func (a *account) try(says string) error {
	return errors.Join(a.click("Essayer la messagerie"), a.see(says))
}

func (a *account) incoming() string {
	_, port, _ := net.SplitHostPort(a.in.Server.Address)
	return "imap.saint-airial.example:" + port
}

func (a *account) byAddress() []step {
	secretary := a.seats[1]
	return []step{
		{"an address that says nothing is told of", func() error {
			return errors.Join(a.sit(a.seats[0].Name, secretary.Name, "Ordinateur du secrétariat"), a.click("Réglages"), a.click("mairie@exemple.fr"), a.paste("mairie@nulle-part.example"), a.click("Trouver les serveurs"),
				a.see("Les serveurs de cette adresse n’ont pas été trouvés."), a.shoot("unknown"), a.x("key", "Escape"))
		}},
		{"one that wants a browser that nobody prepared is told of", func() error {
			if !a.secure {
				return nil
			}
			return errors.Join(a.write("Adresse", "mairie@navigateur.example"), a.click("Trouver les serveurs"), a.see("n’admettent qu’une connexion par le navigateur"), a.shoot("unprepared"), a.x("key", "Escape"))
		}},
		{"the servers of an address are found", func() error {
			if err := errors.Join(a.write("Adresse", mailtest.Login), a.click("Trouver les serveurs"), a.see("Serveur trouvé : "+a.incoming()), a.shoot("found")); err != nil {
				return err
			}
			if a.secure && strings.Contains(strings.Join(a.names.asked, " "), "saint-airial") {
				return fmt.Errorf("the page was not read: %v", a.names.asked)
			}
			return nil
		}},
		{"a wrong password is told of, once", func() error {
			return errors.Join(a.click("Celui de votre messagerie"), a.paste("un mot de passe faux"), a.save(), a.try("refuse l’identifiant ou le mot de passe."), a.shoot("password"), a.x("key", "Escape"),
				a.click("Messagerie"), a.see("Le serveur de courrier refuse l’identifiant ou le mot de passe."), a.shoot("password-page"), a.click("Régler la messagerie…"), a.see("Enregistrer la messagerie"), a.shoot("password-mend"))
		}},
		{"the right one lets in", func() error {
			return errors.Join(a.click("Vide : inchangé"), a.paste(mailtest.Password), a.save(), a.try("Les deux serveurs répondent comme il faut."), a.click("Messagerie"), a.see("Location de la salle"), a.shoot("mail"), a.click("Réglages"))
		}},
		{"the keyring alone has it", func() error { return errors.Join(a.held(mailtest.Password), a.nowhere(mailtest.Password)) }},
	}
}

// held tells that the system's keyring holds a secret.
func (a *account) held(secret string) error {
	out, err := exec.CommandContext(a.ctx, "dbus-send", "--session", "--dest=org.freedesktop.secrets", "--print-reply=literal", "/org/freedesktop/secrets", "org.freedesktop.Secret.Service.SearchItems", "dict:string:string:service,Airial").CombinedOutput()
	if err != nil {
		return fmt.Errorf("asking the keyring: %w: %s", err, out)
	}
	if strings.Count(string(out), "/org/freedesktop/secrets/collection/") < 3 { // two laptops' keys, and this
		return fmt.Errorf("the keyring holds %s", out)
	}
	name := "mail-" + a.seats[1].Hall.ID()
	if got, err := keys.System().Get("Airial", name); err != nil || got != secret {
		return fmt.Errorf("the keyring gives another secret: %w", err)
	}
	return nil
}

// nowhere tells that no file of this computer holds a secret as it is: neither the data, nor the log.
func (a *account) nowhere(secrets ...string) error {
	files := 0
	err := filepath.WalkDir(a.shots, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
			return nil
		}
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files++
		for _, s := range secrets {
			if bytes.Contains(raw, []byte(s)) {
				return fmt.Errorf("%s holds a secret", path)
			}
		}
		return err
	})
	if err == nil && files < 20 {
		err = fmt.Errorf("only %d files were looked at", files)
	}
	return err
}

// wrong are servers that are not what was written.
func (a *account) wrong() []step {
	_, port, _ := net.SplitHostPort(a.in.Server.Address)
	return []step{
		{"a server that is not there is told of", func() error {
			return errors.Join(a.write("Serveur de réception (IMAP)", "ailleurs.saint-airial.example:9"), a.save(), a.try("Le serveur de réception ailleurs.saint-airial.example:9 ne répond pas."), a.shoot("unreachable"), a.x("key", "Escape"))
		}},
		{"one whose certificate is another's is told of", func() error {
			return errors.Join(a.write("Serveur de réception (IMAP)", "localhost:"+port), a.save(), a.try("Le certificat du serveur de courrier localhost n’est garanti par personne"), a.shoot("certificate"), a.x("key", "Escape"))
		}},
		{"the right one again", func() error {
			return errors.Join(a.write("Serveur de réception (IMAP)", a.incoming()), a.save(), a.try("Les deux serveurs répondent comme il faut."))
		}},
	}
}

// byBrowser is a mailbox of a domain of which the agency says that one signs in.
func (a *account) byBrowser() []step {
	c := a.consent
	browse := func(says string) error {
		if err := errors.Join(a.browser(), a.click("Se connecter par le navigateur")); err != nil {
			return err
		}
		address, err := a.opened(c.page.URL + "/connexion")
		if err != nil {
			return err
		}
		page, err := a.chromium(address)
		if err == nil && !strings.Contains(page, "revenir à Airial") {
			err = fmt.Errorf("the browser ends on %.500s", page)
		}
		return errors.Join(err, a.see(says))
	}
	come := func(n int, subject string) error {
		return a.in.Put(fmt.Sprintf("180000000%d.m", n), fmt.Sprintf("From: Jean Exemple <jean@exemple.example>\nTo: %s\nSubject: %s\nMessage-ID: <n%d@exemple.example>\n\nBonjour.\n", person, subject, n))
	}
	return []step{
		{"one more mailbox, of which the agency says that one signs in", func() error {
			return errors.Join(a.catalogue(func(x *services.Catalogue) {
				x.Mailboxes = append(x.Mailboxes, services.Mailbox{Domains: []string{"agence.example"}, Incoming: a.incoming(), Outgoing: strings.Replace(a.out.Server.Address, "127.0.0.1", "smtp.saint-airial.example", 1),
					SignIn: &services.SignIn{ClientID: "airial", Auth: c.page.URL + "/connexion", Token: c.page.URL + "/jeton", Scopes: []string{"mail"}}})
			}), a.click(mailtest.Login), a.click("Une boîte de plus…"), a.click("mairie@exemple.fr"), a.paste(person), a.click("Trouver les serveurs"), a.see("Enregistrez, puis connectez-vous par le navigateur."), a.shoot("signin-found"),
				a.click("Cette boîte est la mienne"), a.save(), a.see("Se connecter par le navigateur"), a.shoot("signin"))
		}},
		{"she says no", func() error {
			c.change(func(c *consent) { c.no = true })
			return errors.Join(browse("La messagerie demande une connexion par le navigateur."), a.shoot("signin-no"), a.x("key", "Escape"))
		}},
		{"she says yes", func() error {
			c.change(func(c *consent) { c.no = false })
			return errors.Join(browse("La messagerie est connectée."), a.try("Les deux serveurs répondent comme il faut."), a.shoot("signed"), a.click("Messagerie"))
		}},
		{"its messages come, and the token that is over is renewed", func() error {
			return errors.Join(a.click(mailtest.Login), a.click(person), a.see("Location de la salle"), come(1, "Plan de la salle"), a.see("Plan de la salle"),
				a.until("the token is renewed", func() bool { a.seats[1].Hall.WakeMail(); return c.wasRenewed(1) }), come(2, "Clés de la salle"), a.see("Clés de la salle"), a.shoot("renewed"))
		}},
		{"its tokens are in the keyring alone", func() error {
			return a.nowhere("jeton-acces-", "renouveler-le-jeton", mailtest.Password)
		}},
		{"what was taken back is told, and what came is read", func() error {
			c.change(func(c *consent) { c.revoked = true })
			hall, words := a.seats[1].Hall, "La messagerie demande une connexion par le navigateur."
			return errors.Join(a.click("Relever maintenant"), a.until("the last token is over", func() bool {
				hall.WakeMail()
				_, told := a.where(words)
				return told
			}), a.see(words), a.click("Clés de la salle"), a.see("Bonjour."), a.shoot("revoked"), a.click("Régler la messagerie…"))
		}},
		{"she signs in again", func() error {
			return errors.Join(browse("La messagerie est connectée."), come(3, "Retour de la salle"), a.click("Messagerie"), a.see("Retour de la salle"), a.shoot("again"))
		}},
	}
}
