package conference_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
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

// What a server may do instead of answering is told apart: it refuses, keeps silent, lies, sends elsewhere, or is no BigBlueButton.
func TestFaultsOfTheServer(t *testing.T) {
	s := conferencetest.Start("secret partagé")
	t.Cleanup(s.Close)
	e, err := conference.Engine(services.Room{ID: "r", Engine: "bbb", Address: s.Address()}, s.Secret, s.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	say := func(status int, body string) func(http.ResponseWriter, string) bool {
		return func(w http.ResponseWriter, _ string) bool {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body) // the caller may have gone
			return true
		}
	}
	for name, row := range map[string]struct {
		fault func(http.ResponseWriter, string) bool
		want  error
	}{
		"refuses":           {say(200, "<response><returncode>FAILED</returncode><messageKey>maxMeetings</messageKey></response>"), conference.ErrRefused},
		"another secret":    {say(200, "<response><returncode>FAILED</returncode><messageKey>checksumError</messageKey></response>"), conference.ErrSecret},
		"another meeting":   {say(200, "<response><returncode>SUCCESS</returncode><meetingID>autre</meetingID><recordings><recording><meetingID>autre</meetingID><published>true</published><playback><format><url>https://x.example</url></format></playback></recording></recordings></response>"), conference.ErrLies},
		"a page":            {say(200, "<!DOCTYPE html><html><body>Connectez-vous</html>"), conference.ErrOffline},
		"nothing":           {say(200, ""), conference.ErrOffline},
		"broken":            {say(503, "maintenance"), conference.ErrOffline},
		"more than is read": {say(200, "<response>"+strings.Repeat("<a>", 3<<20)), conference.ErrOffline},
		"a code of its own": {say(200, "<response><returncode>PEUT-ÊTRE</returncode></response>"), conference.ErrRefused},
		"sends elsewhere": {func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("Location", "https://ailleurs.example/")
			w.WriteHeader(302)
			return true
		}, conference.ErrOffline},
		"hangs up":           {func(w http.ResponseWriter, _ string) bool { panic(http.ErrAbortHandler) }, conference.ErrOffline},
		"says what it wants": {say(200, "<response><returncode>SUCCESS</returncode><meetingID>"+meeting.ID+"</meetingID></response>"), nil},
	} {
		s.Fault = row.fault
		if err := e.Open(t.Context(), meeting); !errors.Is(err, row.want) || err != nil && strings.Contains(err.Error(), "checksum=") {
			t.Errorf("%s: %v", name, err)
		}
		if all, err := e.Recordings(t.Context(), meeting); !errors.Is(err, row.want) || len(all) > 0 {
			t.Errorf("%s: recordings %v, %v", name, all, err)
		}
	}
	silent, stop := context.WithCancel(t.Context())
	s.Fault = func(http.ResponseWriter, string) bool { stop(); <-silent.Done(); return false }
	if err := e.Open(silent, meeting); !errors.Is(err, conference.ErrOffline) {
		t.Errorf("silent: %v", err)
	}
}

// Who joins by phone types a code of five digits; where another meeting has it, the room opens all the same.
func TestPhoneCode(t *testing.T) {
	s := conferencetest.Start("secret partagé")
	t.Cleanup(s.Close)
	e, err := conference.Engine(services.Room{ID: "r", Engine: "bbb", Address: s.Address(), Phone: "05 36 49 00 45"}, s.Secret, s.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	dial, err := e.Dial(t.Context(), meeting)
	if n, err2 := strconv.Atoi(dial.Code); err != nil || err2 != nil || n < 10_000 || n > 99_999 || dial.Number != "05 36 49 00 45" {
		t.Fatalf("%+v %v %v", dial, err, err2)
	}
	if again, err := e.Dial(t.Context(), meeting); err != nil || again != dial {
		t.Fatalf("%+v %v", again, err)
	}
	if err := e.Open(t.Context(), meeting); err != nil {
		t.Fatal(err)
	}
	taken := 0
	s.Fault = func(w http.ResponseWriter, call string) bool {
		if taken++; taken > 1 {
			return false
		}
		_, _ = io.WriteString(w, "<response><returncode>FAILED</returncode><messageKey>nonUniqueVoiceBridge</messageKey></response>")
		return true
	}
	other := meeting
	other.ID = "0194"
	if err := e.Open(t.Context(), other); err != nil || taken != 2 {
		t.Errorf("%d calls, %v", taken, err)
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
	if _, err := e.Recordings(t.Context(), meeting); !errors.Is(err, conference.ErrUnlisted) {
		t.Errorf("recordings: %v", err)
	}
	if again, err := e.Join(other, "", false); err != nil || strings.Split(again, "#")[0] == strings.Split(page, "#")[0] {
		t.Errorf("two meetings in one room: %s %v", again, err)
	}
}

// Where the operator asks for tokens, each page opens its room alone, for whom it was made, until the meeting's end; a page that was
// changed, or made with another secret, is refused.
func TestJitsiTokens(t *testing.T) {
	now := meeting.At
	s := conferencetest.StartJitsi("mairie", "court", func() time.Time { return now })
	t.Cleanup(s.Close)
	room := services.Room{ID: "j", Engine: "jitsi", Address: s.Address(), App: "mairie"}
	engine := func(r services.Room, secret string) local.Engine {
		t.Helper()
		e, err := conference.Engine(r, secret, s.Client().Transport)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	enter := func(page string) int {
		t.Helper()
		resp, err := s.Client().Get(page)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	page := func(e local.Engine, m local.Meeting, name string, moderator bool) string {
		t.Helper()
		p, err := e.Join(m, name, moderator)
		if err != nil || strings.Contains(p, "court") {
			t.Fatal(p, err)
		}
		return p
	}
	e := engine(room, "court")
	host, guest := page(e, meeting, "Maïté FICTIVE", true), page(e, meeting, "Jean MODÈLE", false)
	for _, p := range []string{host, guest} {
		if code := enter(p); code != 200 {
			t.Errorf("%d: %v", code, s.Refused())
		}
	}
	if got := strings.Join(s.Entered(), ", "); got != "Maïté FICTIVE as owner, Jean MODÈLE as member" {
		t.Error(got)
	}
	other := meeting
	other.ID = "0194"
	cut := func(p string) string { u, _ := url.Parse(p); return u.Query().Get("jwt") }
	forged := strings.Split(cut(guest), ".")
	forged[1] = strings.Split(cut(host), ".")[1]
	unsigned := "eyJhbGciOiJub25lIn0." + strings.Split(cut(host), ".")[1] + "."
	for name, p := range map[string]string{
		"no token": strings.Split(guest, "?")[0], "another's rights": strings.Replace(guest, cut(guest), strings.Join(forged, "."), 1), "no signature": strings.Replace(guest, cut(guest), unsigned, 1),
		"another room": strings.Replace(page(e, other, "x", true), cut(page(e, other, "x", true)), cut(host), 1), "another secret": page(engine(room, "autre"), meeting, "x", true),
		"another application": page(engine(services.Room{Engine: "jitsi", Address: s.Address(), App: "voisine"}, "court"), meeting, "x", true), "another audience": page(engine(services.Room{Engine: "jitsi", Address: s.Address(), App: "mairie", Audience: "ailleurs"}, "court"), meeting, "x", true),
		"another domain": page(engine(services.Room{Engine: "jitsi", Address: s.Address(), App: "mairie", Domain: "voisine.example"}, "court"), meeting, "x", true),
	} {
		if code := enter(p); code != http.StatusForbidden {
			t.Errorf("%s: %d", name, code)
		}
	}
	now = meeting.Until.Add(3 * time.Hour)
	if code := enter(guest); code != http.StatusForbidden {
		t.Errorf("hours after the end: %d", code)
	}
	if _, err := conference.Engine(room, "", nil); !errors.Is(err, conference.ErrSecret) {
		t.Errorf("without its secret: %v", err)
	}
}

// The number and the code of a room come from Jitsi's service of numbers; what it may answer instead is told apart.
func TestJitsiPhone(t *testing.T) {
	s := conferencetest.StartJitsi("mairie", "court", time.Now)
	t.Cleanup(s.Close)
	e, err := conference.Engine(services.Room{ID: "j", Engine: "jitsi", Address: s.Address(), DialIn: s.DialIn()}, "", s.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	first, err := e.Dial(t.Context(), meeting)
	if err != nil || first.Number != "+33 5 36 49 00 46" || first.Code != "154428" {
		t.Fatalf("%+v %v", first, err)
	}
	if again, err := e.Dial(t.Context(), meeting); err != nil || again != first {
		t.Errorf("another code for one room: %+v %v", again, err)
	}
	for list, want := range map[string]string{
		`[{"countryCode":"UK","formattedNumber":"+44 1"},{"countryCode":"FR","tollFree":true,"formattedNumber":"+33 1 23"}]`: "+33 1 23",
		`[{"countryCode":"UK","formattedNumber":"<script>"},{"countryCode":"BE","formattedNumber":"+32 1 23"}]`:              "+32 1 23", `[]`: "", `{"numbersEnabled":false}`: "",
	} {
		s.Numbers = list
		if d, err := e.Dial(t.Context(), meeting); err != nil || d.Number != want {
			t.Errorf("%s: %+v %v", list, d, err)
		}
	}
	for name, row := range map[string]struct {
		body string
		want error
	}{
		"another room": {`{"id":1,"conference":"autre@conference.127.0.0.1"}`, conference.ErrLies}, "none": {`{"id":1,"conference":false}`, conference.ErrLies}, "a page": {"<html>", conference.ErrOffline},
		"a code that is none": {`{"id":-1.5,"conference":"` + roomOf(t, e) + `@conference.127.0.0.1"}`, conference.ErrOffline}, "too much": {`{"x":"` + strings.Repeat("x", 300<<10) + `"}`, conference.ErrOffline},
	} {
		s.Fault = func(w http.ResponseWriter, _ string) bool { _, _ = io.WriteString(w, row.body); return true }
		if d, err := e.Dial(t.Context(), meeting); !errors.Is(err, row.want) || d.Code != "" {
			t.Errorf("%s: %+v %v", name, d, err)
		}
	}
	if _, err := conference.Engine(services.Room{Engine: "jitsi", Address: s.Address(), DialIn: "http://numeros.example"}, "", nil); !errors.Is(err, conference.ErrEngine) {
		t.Errorf("numbers in the clear: %v", err)
	}
}

func roomOf(t *testing.T, e local.Engine) string {
	t.Helper()
	page, err := e.Join(meeting, "", false)
	u, err2 := url.Parse(page)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return strings.TrimPrefix(u.Path, "/")
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
