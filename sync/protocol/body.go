package protocol

import (
	"encoding/json"
	"fmt"
	"io"
)

// Read reads one JSON message of at most MaxBody bytes and nothing after it.
func Read[T any](body io.Reader) (message T, err error) {
	limited := &io.LimitedReader{R: body, N: MaxBody + 1}
	d := json.NewDecoder(limited)
	if err := d.Decode(&message); err != nil {
		if limited.N <= 0 {
			return message, Fail(CodeBadRequest, "the message is too large")
		}
		return message, Fail(CodeBadRequest, fmt.Sprintf("reading the message: %v", err))
	}
	if d.More() {
		return message, Fail(CodeBadRequest, "the message has something after it")
	}
	return message, nil
}
