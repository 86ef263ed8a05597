package mail_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"alpi40.fr/airial/sync/mail"
)

// zone answers as a DNS would.
type zone map[string]*net.SRV

func (z zone) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if r := z["_"+service+"._"+proto+"."+name]; r != nil {
		return "", []*net.SRV{r}, nil
	}
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

const described = `<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="x">
<incomingServer type="pop3"><hostname>pop.exemple.example</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
<incomingServer type="imap"><hostname>clair.exemple.example</hostname><port>143</port><socketType>plain</socketType></incomingServer>
<incomingServer type="imap"><hostname>imap.exemple.example</hostname><port>993</port><socketType>SSL</socketType><username>%EMAILLOCALPART%</username><authentication>OAuth2</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.exemple.example</hostname><port>587</port><socketType>STARTTLS</socketType><username>%EMAILADDRESS%</username></outgoingServer>
</emailProvider></clientConfig>`

func TestDiscover(t *testing.T) {
	pages := map[string]string{"autoconfig.exemple.example/mail/config-v1.1.xml": described, "ailleurs.example/.well-known/autoconfig/mail/config-v1.1.xml": described,
		"autoconfig.mauvais.example/mail/config-v1.1.xml": "<clientConfig><emailProvider><incomingServer type=\"imap\"><hostname>a b</hostname><port>993</port><socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>"}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.Host+r.URL.Path]
		switch {
		case ok:
			_, _ = w.Write([]byte(page))
		case r.Host == "autoconfig.clair.example":
			http.Redirect(w, r, "http://voleur.example/", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	transport := s.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.InsecureSkipVerify = true // every name of this test leads to one server
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
	}
	dns := zone{"_imaps._tcp.srv.example": {Target: "imap.srv.example.", Port: 993}, "_submissions._tcp.srv.example": {Target: ".", Port: 0}, "_submission._tcp.srv.example": {Target: "smtp.srv.example.", Port: 587},
		"_imaps._tcp.rien.example": {Target: ".", Port: 0}, "_imap._tcp.clair.example": {Target: "imap.clair.example.", Port: 143}}
	for address, want := range map[string]mail.Found{
		"mairie@exemple.example":  {Imap: mail.Server{Address: "imap.exemple.example:993", Security: mail.TLS}, Smtp: mail.Server{Address: "smtp.exemple.example:587", Security: mail.StartTLS}, Login: "mairie", OAuth: true, From: "autoconfig"},
		"mairie@ailleurs.example": {Imap: mail.Server{Address: "imap.exemple.example:993", Security: mail.TLS}, Smtp: mail.Server{Address: "smtp.exemple.example:587", Security: mail.StartTLS}, Login: "mairie", OAuth: true, From: "autoconfig"},
		"mairie@srv.example":      {Imap: mail.Server{Address: "imap.srv.example:993", Security: mail.TLS}, Smtp: mail.Server{Address: "smtp.srv.example:587", Security: mail.StartTLS}, From: "SRV"},
		"mairie@clair.example":    {Imap: mail.Server{Address: "imap.clair.example:143", Security: mail.StartTLS}, From: "SRV"},
	} {
		if got, err := mail.Discover(t.Context(), address, transport, dns); err != nil || got != want {
			t.Errorf("%s: %+v %v", address, got, err)
		}
	}
	for address, want := range map[string]error{"mairie@rien.example": mail.ErrNotFound, "mairie@mauvais.example": mail.ErrNotFound, "mairie": mail.ErrAddress, "mairie@": mail.ErrAddress, "mairie@exemple": mail.ErrAddress, "x@exemple.example/../..": mail.ErrAddress} {
		if _, err := mail.Discover(t.Context(), address, transport, dns); !errors.Is(err, want) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
