package protocol_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

func message(contents ...string) []byte {
	var b bytes.Buffer
	for _, c := range contents {
		b.Write(protocol.HeadOf(store.DigestOf([]byte(c)), int64(len(c))))
		b.WriteString(c)
	}
	return b.Bytes()
}

func TestDocumentsTogether(t *testing.T) {
	good := message("un", "", "trois")
	huge := protocol.HeadOf(store.Digest{}, 1<<62)
	full := message(strings.Repeat("x", protocol.MaxTogether-protocol.TogetherHead))
	for name, c := range map[string]struct {
		body []byte
		want string
		fail bool
	}{
		"three, one of them empty":   {good, "un||trois|", false},
		"none":                       {nil, "", false},
		"as large as may be":         {full, strings.Repeat("x", protocol.MaxTogether-protocol.TogetherHead) + "|", false},
		"one byte more":              {append(bytes.Clone(full), 0), strings.Repeat("x", protocol.MaxTogether-protocol.TogetherHead) + "|", true},
		"cut in a head":              {good[:10], "", true},
		"cut in a content":           {good[:len(good)-1], "un||", true},
		"a length that nothing has":  {huge, "", true},
		"more documents than may be": {bytes.Repeat(message(""), protocol.MaxDocuments+1), strings.Repeat("|", protocol.MaxDocuments), true},
	} {
		var got strings.Builder
		err := protocol.ReadTogether(iotest.OneByteReader(bytes.NewReader(c.body)), func(d store.Digest, content []byte) error {
			if d != store.DigestOf(content) {
				t.Errorf("%s: a content under another digest", name)
			}
			got.Write(content)
			got.WriteString("|")
			return nil
		})
		var f *protocol.Failure
		if got.String() != c.want || errors.As(err, &f) != c.fail || (err != nil) != c.fail {
			t.Errorf("%s: %.60q, %v", name, got.String(), err)
		}
	}
}

func FuzzReadTogether(f *testing.F) {
	f.Add(message("un", "", "trois"))
	f.Add(protocol.HeadOf(store.Digest{}, 1<<40))
	f.Fuzz(func(t *testing.T, body []byte) {
		total := 0
		err := protocol.ReadTogether(bytes.NewReader(body), func(_ store.Digest, content []byte) error {
			total += protocol.TogetherHead + len(content)
			return nil
		})
		if err == nil && total != len(body) {
			t.Fatalf("%d bytes of %d were given", total, len(body))
		}
	})
}
