package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/sync/protocol"
)

// A server that has too much to do says when to come again: no sooner, and not all at once.
func TestRetryAfter(t *testing.T) {
	for _, row := range []struct {
		status       int
		header, code string
		asked        time.Duration
		sentinel     error
	}{
		{503, "5", "busy", 5 * time.Second, protocol.ErrSlowDown}, {429, "90", "too-many", 90 * time.Second, protocol.ErrSlowDown},
		{507, "", "quota", 0, protocol.ErrServer}, {503, "demain", "busy", 0, protocol.ErrSlowDown}, {503, "999999999", "busy", waitMost, protocol.ErrSlowDown}, {503, "-4", "busy", 0, protocol.ErrSlowDown},
	} {
		resp := &http.Response{StatusCode: row.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"code":"` + row.code + `","message":"…"}`))}
		if row.header != "" {
			resp.Header.Set("Retry-After", row.header)
		}
		err := fmt.Errorf("pushing: %w", failure(resp))
		if !errors.Is(err, row.sentinel) || asked(err) != row.asked {
			t.Errorf("%+v: %v, %v", row, err, asked(err))
		}
		c := &Client{o: Options{Rand: bytes.NewReader(bytes.Repeat([]byte{0x55, 0x0f}, 8))}}
		if pause := c.pauseAfter(err, backOffFirst); pause < row.asked || pause > row.asked+row.asked/2+2*backOffFirst {
			t.Errorf("%+v: it waits %v", row, pause)
		}
	}
}
