package conference_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/services"
	local "alpi40.fr/airial/local/services/conference"
	"alpi40.fr/airial/sync/conference"
	"alpi40.fr/airial/sync/conference/conferencetest"
)

var meeting = local.Meeting{ID: "0193-réunion", Title: "Réunion & café", Seats: 20, At: time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)}

func TestBigBlueButton(t *testing.T) {
	s := conferencetest.Start("secret partagé")
	defer s.Close()
	room := services.Room{ID: "r", Engine: "bbb", Address: s.Address()}
	e, err := conference.Engine(room, s.Secret, s.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same meeting opened again is the same
		if err := e.Open(t.Context(), meeting); err != nil {
			t.Fatal(err)
		}
	}
	changed := meeting
	changed.Seats = 30
	if err := e.Open(t.Context(), changed); !errors.Is(err, conference.ErrRefused) {
		t.Errorf("another meeting under its id: %v", err)
	}
	for name, moderator := range map[string]bool{"Maïté FICTIVE": true, "Jean MODÈLE": false} {
		page, err := e.Join(meeting, name, moderator)
		if err != nil || strings.Contains(page, s.Secret) {
			t.Fatal(page, err)
		}
		resp, err := s.Client().Get(page)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		// A guest cannot make a moderator of himself: the checksum covers the role and the password.
		forged := strings.Replace(page, "VIEWER", "MODERATOR", 1)
		if u, err := url.Parse(forged); err != nil || !moderator && conference.Checksum("join", u.RawQuery, s.Secret) {
			t.Errorf("a forged page is taken: %v", err)
		}
	}
	if got := strings.Join(s.Entered(), ", "); !strings.Contains(got, "Maïté FICTIVE as MODERATOR") || !strings.Contains(got, "Jean MODÈLE as VIEWER") {
		t.Error(got)
	}
	s.Record(meeting.ID, "https://video.example/1")
	s.Record(meeting.ID, "javascript:alert(1)")
	if got, err := e.Recordings(t.Context(), meeting); err != nil || len(got) != 1 || got[0] != "https://video.example/1" {
		t.Errorf("%v %v", got, err)
	}
	wrong, err := conference.Engine(room, "autre", s.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	if err := wrong.Open(t.Context(), meeting); !errors.Is(err, conference.ErrSecret) {
		t.Errorf("a wrong secret: %v", err)
	}
	s.Close()
	if err := e.Open(t.Context(), meeting); !errors.Is(err, conference.ErrOffline) || strings.Contains(err.Error(), "checksum") {
		t.Errorf("nobody answers: %v", err)
	}
}

// The checksum is SHA-256 over the call, its query and the secret, here as another program computed it.
func TestChecksum(t *testing.T) {
	const query = "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444"
	const secret = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
	if !conference.Checksum("create", query+"&checksum=da9185f7f333cfdfcd6eeac32dca3777510c4c436020d8b887ba5515bd1d189e", secret) {
		t.Error("the right checksum is refused")
	}
	if conference.Checksum("create", query+"&checksum=00", secret) || conference.Checksum("create", query, secret) {
		t.Error("a wrong checksum is taken")
	}
}

func TestJitsi(t *testing.T) {
	e, err := conference.Engine(services.Room{Engine: "jitsi", Address: "https://visio.example/salles"}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := e.Join(meeting, `Ève "EXEMPLE"`, false)
	u, err2 := url.Parse(page)
	if err != nil || err2 != nil || u.Host != "visio.example" || !strings.HasPrefix(u.Path, "/salles/airial-") || strings.Contains(u.Path, "0193") {
		t.Errorf("%s %v %v", page, err, err2)
	}
	other := meeting
	other.ID = "0194"
	if again, err := e.Join(other, "", false); err != nil || strings.Split(again, "#")[0] == strings.Split(page, "#")[0] {
		t.Errorf("two meetings in one room: %s %v", again, err)
	}
}

func TestEngines(t *testing.T) {
	for name, row := range map[string]struct {
		room   services.Room
		secret string
		want   error
	}{
		"unheard of": {services.Room{Engine: "hologram", Address: "https://x.example"}, "s", conference.ErrEngine}, "in the clear": {services.Room{Engine: "bbb", Address: "http://x.example"}, "s", conference.ErrEngine},
		"no secret": {services.Room{Engine: "bbb", Address: "https://x.example"}, "", conference.ErrSecret}, "no address": {services.Room{Engine: "jitsi"}, "", conference.ErrEngine},
	} {
		if _, err := conference.Engine(row.room, row.secret, http.DefaultTransport); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
