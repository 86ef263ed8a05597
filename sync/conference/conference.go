// Package conference reaches the engines that hold conferences: BigBlueButton, by its API
// (checksum of SHA-256 over the call, its query and the shared secret), and Jitsi Meet, whose rooms
// are pages, by its tokens (HS256) where its operator asks for them. Package conferencetest is either on loopback, for trials.
package conference

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/conference"
)

// The reasons for which a conference is not held, for errors.Is.
var (
	// ErrEngine: an engine that is not known, or without its address.
	ErrEngine = errors.New("no such engine of conferences")
	// ErrSecret: the engine refuses the shared secret, or there is none here.
	ErrSecret = errors.New("the engine refuses the shared secret")
	// ErrOffline: the engine does not answer.
	ErrOffline = errors.New("the engine of conferences cannot be reached")
	// ErrRefused: the engine refuses the meeting.
	ErrRefused = errors.New("the engine refuses the meeting")
	// ErrLies: the engine answers about another meeting.
	ErrLies = errors.New("the engine answers about another meeting")
	// ErrUnlisted: the engine does not tell where its recordings are.
	ErrUnlisted = errors.New("the engine does not list its recordings")
)

const (
	maxAnswer = 4 << 20
	patience  = 30 * time.Second
)

// Engine gives the engine of a room. secret is BigBlueButton's, or Jitsi's where it takes tokens. transport may be nil.
// Error: ErrEngine, ErrSecret.
func Engine(room services.Room, secret string, transport http.RoundTripper) (conference.Engine, error) {
	base, err := url.Parse(room.Address)
	if err != nil || base.Host == "" || base.User != nil || base.Scheme != "https" {
		return nil, fmt.Errorf("%.200q: %w", room.Address, ErrEngine)
	}
	c := &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	switch room.Engine {
	case "jitsi":
		return newJitsi(base, room, secret, c)
	case "bbb":
		if secret == "" {
			return nil, fmt.Errorf("none is kept here: %w", ErrSecret)
		}
		return &bbb{base: base, room: room, secret: secret, c: c}, nil
	}
	return nil, fmt.Errorf("%.80q: %w", room.Engine, ErrEngine)
}

// bbb speaks BigBlueButton's API. Its address ends before «api/», as the server's own tool gives it.
type bbb struct {
	base   *url.URL
	room   services.Room
	secret string
	c      *http.Client
}

// sign gives the address of a call: its checksum covers its name and its query as they leave.
func (b *bbb) sign(call string, q url.Values) string {
	query := q.Encode()
	sum := sha256.Sum256([]byte(call + query + b.secret))
	u := b.base.JoinPath("api", call)
	if query != "" {
		query += "&"
	}
	u.RawQuery = query + "checksum=" + hex.EncodeToString(sum[:])
	return u.String()
}

// Checksum tells whether a query of a call carries the checksum of a secret: what an engine verifies.
func Checksum(call, rawQuery, secret string) bool {
	at := strings.LastIndex(rawQuery, "checksum=")
	if at < 0 {
		return false
	}
	sum := sha256.Sum256([]byte(call + strings.TrimSuffix(rawQuery[:at], "&") + secret))
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(rawQuery[at+len("checksum="):])) == 1
}

type answer struct {
	Code       string `xml:"returncode"`
	Key        string `xml:"messageKey"`
	Message    string `xml:"message"`
	Meeting    string `xml:"meetingID"`
	Recordings []struct {
		Meeting   string `xml:"meetingID"`
		Published bool   `xml:"published"`
		Formats   []struct {
			URL string `xml:"url"`
		} `xml:"playback>format"`
	} `xml:"recordings>recording"`
}

func (b *bbb) call(ctx context.Context, name string, q url.Values) (a answer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.sign(name, q), nil)
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrEngine, err)
	}
	resp, err := b.c.Do(r)
	if err != nil {
		// The address carries the checksum: it is not told.
		var cut *url.Error
		if errors.As(err, &cut) {
			err = cut.Err
		}
		return a, fmt.Errorf("%w: %w", ErrOffline, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil || resp.StatusCode != http.StatusOK {
		return a, fmt.Errorf("%w: it answers %d", ErrOffline, resp.StatusCode)
	}
	if err := xml.Unmarshal(raw, &a); err != nil {
		return a, fmt.Errorf("%w: it answers nonsense: %w", ErrOffline, err)
	}
	switch {
	case a.Code == "SUCCESS":
		return a, nil
	case a.Key == "checksumError":
		return a, ErrSecret
	}
	return a, fmt.Errorf("%w: %.80s: %.200s", ErrRefused, a.Key, a.Message)
}

// password is a moderator's or an attendee's of one meeting: who has the secret can compute it.
func (b *bbb) password(m conference.Meeting, who string) string {
	sum := sha256.Sum256([]byte("airial " + who + "\x00" + m.ID + "\x00" + b.secret))
	return hex.EncodeToString(sum[:12])
}

// Open makes the room; a meeting of that id that is there already is the same one. Its phone code may be another meeting's at
// that hour: the room then opens without one.
func (b *bbb) Open(ctx context.Context, m conference.Meeting) error {
	q := url.Values{"name": {m.Title}, "meetingID": {m.ID}, "attendeePW": {b.password(m, "attendee")}, "moderatorPW": {b.password(m, "moderator")}, "voiceBridge": {b.code(m)},
		"record": {strconv.FormatBool(m.Record)}, "autoStartRecording": {"false"}, "maxParticipants": {strconv.Itoa(m.Seats)}, "duration": {strconv.Itoa(int(m.Until.Sub(m.At).Minutes()) + 60)}}
	a, err := b.call(ctx, "create", q)
	if errors.Is(err, ErrRefused) && a.Key == "nonUniqueVoiceBridge" {
		q.Del("voiceBridge")
		a, err = b.call(ctx, "create", q)
	}
	if err == nil && a.Meeting != m.ID {
		err = ErrLies
	}
	return err
}

// Dial gives the room's number, and the code of the meeting.
func (b *bbb) Dial(_ context.Context, m conference.Meeting) (conference.Dial, error) {
	return conference.Dial{Number: b.room.Phone, Code: b.code(m)}, nil
}

// code is what somebody who joins by phone types: a number of five digits, the same on each computer that has the secret.
func (b *bbb) code(m conference.Meeting) string {
	sum := sha256.Sum256([]byte("airial phone\x00" + m.ID + "\x00" + b.secret))
	return strconv.Itoa(10_000 + int(binary.BigEndian.Uint32(sum[:4])%90_000))
}

func (b *bbb) Join(m conference.Meeting, name string, moderator bool) (string, error) {
	who, role := "attendee", "VIEWER"
	if moderator {
		who, role = "moderator", "MODERATOR"
	}
	return b.sign("join", url.Values{"fullName": {name}, "meetingID": {m.ID}, "password": {b.password(m, who)}, "role": {role}, "redirect": {"true"}}), nil
}

func (b *bbb) Recordings(ctx context.Context, m conference.Meeting) (all []string, err error) {
	a, err := b.call(ctx, "getRecordings", url.Values{"meetingID": {m.ID}})
	for _, r := range a.Recordings {
		if r.Meeting != m.ID {
			return nil, ErrLies
		}
		for _, f := range r.Formats {
			if u := strings.TrimSpace(f.URL); r.Published && strings.HasPrefix(u, "https://") {
				all = append(all, u)
			}
		}
	}
	return all, err
}
