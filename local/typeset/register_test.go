package typeset_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"alpi40.fr/airial/local/typeset"
)

// Parts are set beside one another: the same register has the same bytes all the same.
func TestRegisterHasAlwaysTheSameBytes(t *testing.T) {
	r := register()
	first, err := r.Typeset(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	r.Progress = func(done, of int) { told = done*100 + of }
	for range 3 {
		again, err := r.Typeset(t.Context())
		if err != nil || !bytes.Equal(first.PDF, again.PDF) {
			t.Fatalf("the register differs: %v", err)
		}
	}
	if told != 303 {
		t.Errorf("progress ended at %d", told)
	}
}

func TestRegisterRefuses(t *testing.T) {
	empty := register()
	empty.Volumes = nil
	if _, err := empty.Typeset(t.Context()); !errors.Is(err, typeset.ErrIncomplete) {
		t.Errorf("an empty register: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := register().Typeset(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("a register called off: %v", err)
	}
}
