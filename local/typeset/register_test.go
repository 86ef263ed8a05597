package typeset_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// A page that is filled to a sum of heights that rounds up does not push the next one's text down.
func TestRegisterOfAnyLength(t *testing.T) {
	for _, n := range []int{1, 37, 49, 50, 51} {
		s := &typeset.RegisterSitting{Sitting: typeset.Sitting{At: at(2026, 2, 24, 20, 0)}}
		for k := range n {
			s.Affairs = append(s.Affairs, typeset.Affair{Deliberation: typeset.Deliberation{Number: fmt.Sprintf("2026-%03d", k+1), Subject: "Plan communal"}})
		}
		r := typeset.Register{Head: typeset.Head{Authority: typeset.Authority{Name: "Commune d’essai"}, Printed: at(2026, 12, 31, 9, 0)}, Name: "Registre des délibérations", Year: 2026, Volumes: []typeset.RegisterItem{{Sitting: s}}}
		if _, err := r.Typeset(t.Context()); err != nil {
			t.Errorf("%d affairs: %v", n, err)
		}
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
