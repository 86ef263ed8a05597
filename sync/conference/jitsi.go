package conference

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/conference"
)

// jitsi: a room is a page whose name nobody guesses. Where its operator asks for tokens (mod_auth_token), each page carries one,
// for that room and until its end alone; elsewhere the first who enters opens it.
type jitsi struct {
	base   *url.URL
	room   services.Room
	secret string
	c      *http.Client
}

func newJitsi(base *url.URL, room services.Room, secret string, c *http.Client) (conference.Engine, error) {
	if room.App != "" && secret == "" {
		return nil, fmt.Errorf("none is kept here: %w", ErrSecret)
	}
	if d := room.DialIn; d != "" {
		if u, err := url.Parse(d); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" {
			return nil, fmt.Errorf("%.200q: %w", d, ErrEngine)
		}
	}
	return &jitsi{base, room, secret, c}, nil
}

// roomName is drawn from the meeting's id, which is random, and tells nothing of it.
func roomName(m conference.Meeting) string {
	sum := sha256.Sum256([]byte("airial conference 1\x00" + m.ID))
	return "airial-" + hex.EncodeToString(sum[:10])
}

func (j *jitsi) domain() string { return strings.ToLower(cmp.Or(j.room.Domain, j.base.Hostname())) }

func (j *jitsi) Open(context.Context, conference.Meeting) error { return nil }

func (j *jitsi) Join(m conference.Meeting, name string, moderator bool) (string, error) {
	u := j.base.JoinPath(roomName(m))
	u.Fragment = "config.subject=" + strconv.Quote(m.Title)
	if name != "" {
		u.Fragment += "&userInfo.displayName=" + strconv.Quote(name)
	}
	if j.room.App != "" {
		token, err := j.token(m, name, moderator)
		if err != nil {
			return "", err
		}
		u.RawQuery = url.Values{"jwt": {token}}.Encode()
	}
	return u.String(), nil
}

// after is how long after the end of a meeting its tokens still open its room: meetings last.
const after = 2 * time.Hour

// jitsiUser is what a token tells of who enters. Jitsi takes strings alone.
type jitsiUser struct {
	Name        string `json:"name"`
	Moderator   string `json:"moderator"`
	Affiliation string `json:"affiliation"`
}

type jitsiClaims struct {
	jwt.Claims
	// For is the audience: Prosody reads one string.
	For     string `json:"aud"`
	Room    string `json:"room"`
	Context struct {
		User jitsiUser `json:"user"`
	} `json:"context"`
}

// token lets one person into one room (lib-jitsi-meet, doc/tokens.md).
func (j *jitsi) token(m conference.Meeting, name string, moderator bool) (string, error) {
	claims := jitsiClaims{Claims: jwt.Claims{Issuer: j.room.App, Subject: j.domain(), Expiry: jwt.NewNumericDate(m.Until.Add(after))},
		For: cmp.Or(j.room.Audience, "jitsi"), Room: roomName(m)}
	claims.Context.User = jitsiUser{Name: name, Moderator: "false", Affiliation: "member"}
	if moderator {
		claims.Context.User = jitsiUser{Name: name, Moderator: "true", Affiliation: "owner"}
	}
	// The library asks for 32 bytes at least. HMAC fills a shorter key with zeros: one that is filled gives the same signature.
	key := []byte(j.secret)
	key = append(key, make([]byte, max(0, sha256.Size-len(key)))...)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSecret, err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("signing a token of Jitsi: %w", err)
	}
	return text, nil
}

// Recordings: whoever records takes the file with her; the engine lists none.
func (j *jitsi) Recordings(context.Context, conference.Meeting) ([]string, error) {
	return nil, ErrUnlisted
}

// Dial asks the service of telephone numbers, if the operator has one (Jitsi's cloud API), for the number and the code of the
// room; else the page tells them.
func (j *jitsi) Dial(ctx context.Context, m conference.Meeting) (conference.Dial, error) {
	d := conference.Dial{Number: j.room.Phone}
	if j.room.DialIn == "" {
		return d, nil
	}
	of := roomName(m) + "@conference." + j.domain()
	var mapped struct {
		ID         json.Number `json:"id"`
		Conference any         `json:"conference"` // false: there is none
	}
	if err := j.ask(ctx, "conferenceMapper", of, &mapped); err != nil {
		return d, err
	}
	if mapped.Conference != of {
		return d, ErrLies
	}
	if id := mapped.ID.String(); len(id) > 12 || strings.Trim(id, "0123456789") != "" {
		return d, fmt.Errorf("%w: the code %.40q", ErrOffline, id)
	}
	d.Code = mapped.ID.String()
	if d.Number == "" {
		var list numbers
		if err := j.ask(ctx, "phoneNumberList", of, &list); err != nil {
			return d, err
		}
		d.Number = list.best()
	}
	return d, nil
}

func (j *jitsi) ask(ctx context.Context, what, of string, to any) error {
	u, err := url.Parse(j.room.DialIn)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEngine, err)
	}
	u = u.JoinPath(what)
	u.RawQuery = url.Values{"conference": {of}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEngine, err)
	}
	resp, err := j.c.Do(r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOffline, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxNumbers))
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: it answers %d", ErrOffline, resp.StatusCode)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("%w: it answers nonsense: %w", ErrOffline, err)
	}
	return nil
}

const maxNumbers = 256 << 10

// numbers is a list of telephone numbers, in either of the forms that Jitsi Meet reads: a list, or numbers by country.
type numbers []phone

type phone struct {
	Country string `json:"countryCode"`
	Number  string `json:"formattedNumber"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *numbers) UnmarshalJSON(raw []byte) error {
	var list []phone
	if json.Unmarshal(raw, &list) == nil {
		*n = list
		return nil
	}
	var by struct {
		Numbers map[string][]string `json:"numbers"`
	}
	if err := json.Unmarshal(raw, &by); err != nil {
		return err
	}
	for country, all := range by.Numbers {
		for _, number := range all {
			*n = append(*n, phone{country, number})
		}
	}
	return nil
}

// best is a French number, else the first in order, if it is one that can be dialled.
func (n numbers) best() (best string) {
	home := false
	for _, p := range n {
		if !dialled(p.Number) {
			continue
		}
		french := strings.EqualFold(p.Country, "FR") || strings.EqualFold(p.Country, "France")
		if best == "" || french && !home || french == home && p.Number < best {
			best, home = p.Number, french
		}
	}
	return best
}

func dialled(number string) bool {
	return len(number) >= 3 && len(number) <= 40 && strings.Trim(number, "+0123456789 .-()") == ""
}
