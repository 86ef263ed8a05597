package tdt_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/sync/tdt"
	"alpi40.fr/airial/sync/tdt/tdttest"
)

func simulator(t testing.TB, o tdttest.Options) *tdttest.Simulator {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Rand = rand.Reader
	s, err := tdttest.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func client(t testing.TB, s *tdttest.Simulator, shape func(*tdt.Options)) *tdt.Client {
	t.Helper()
	o := tdt.Options{URL: s.URL(), Certificate: s.Client(), Authorities: s.Authorities(), Wait: 5 * time.Second}
	if shape != nil {
		shape(&o)
	}
	c, err := tdt.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestFlowFaults(t *testing.T) {
	ctx := context.Background()
	for _, test := range []struct {
		fault tdttest.Fault
		// deposit is what comes of posting, taken whether it has arrived.
		deposit error
		words   string
		taken   int
		// stage is what is told of it next; accepted what its answer says.
		stage    handover.Stage
		accepted bool
	}{
		{tdttest.None, nil, "", 1, handover.Answered, true},
		{tdttest.Reject, nil, "", 1, handover.Answered, false},
		{tdttest.Fail, nil, "", 1, handover.Failed, false},
		{tdttest.Delay, nil, "", 1, handover.Received, false},
		{tdttest.Refuse, &handover.Refusal{}, "n’est pas reconnu", 0, "", false},
		{tdttest.Duplicate, handover.ErrDuplicate, "", 0, "", false},
		{tdttest.LoseAnswer, handover.ErrUncertain, "", 1, "", false},
		{tdttest.Page, handover.ErrUncertain, "", 1, "", false},
		{tdttest.Down, handover.ErrUncertain, "", 0, "", false},
	} {
		t.Run(string(test.fault), func(t *testing.T) {
			s := simulator(t, tdttest.Options{})
			c := client(t, s, nil)
			if err := c.Ready(ctx); err != nil {
				t.Fatal(err)
			}
			s.Next(test.fault)
			id, err := c.DepositFlow(ctx, "Flux été 2026.xml", pestest.Example)
			var refusal *handover.Refusal
			switch {
			case errors.As(test.deposit, &refusal):
				if !errors.As(err, &refusal) || !strings.Contains(refusal.Words, test.words) || errors.Is(err, handover.ErrUncertain) {
					t.Fatalf("%v", err)
				}
			case !errors.Is(err, test.deposit):
				t.Fatalf("%v, not %v", err, test.deposit)
			case err != nil && errors.Is(err, handover.ErrNotSent):
				t.Fatalf("nothing was sent? %v", err)
			}
			if taken, posts := s.Taken(); taken != test.taken || posts != 1 {
				t.Errorf("taken %d in %d posts", taken, posts)
			}
			if err != nil {
				// Asking again never makes two of it.
				if _, err := c.ResumeFlow(ctx, "Flux été 2026.xml", pestest.Example); test.taken == 1 && !errors.Is(err, handover.ErrDuplicate) {
					t.Errorf("asked again: %v", err)
				}
				if taken, _ := s.Taken(); taken > 1 {
					t.Errorf("taken %d times", taken)
				}
				return
			}
			p, err := c.FollowFlow(ctx, id)
			if err != nil || p.Stage != test.stage {
				t.Fatalf("%+v %v", p, err)
			}
			if p.Stage != handover.Answered {
				return
			}
			answer, err := pes.ReadReceipt(p.Answer)
			flow, reading := pes.Read(pestest.Example, nil)
			if err != nil || reading != nil || answer.Accepted() != test.accepted || !answer.Answers(flow) {
				t.Errorf("%+v %v", answer, err)
			}
		})
	}
}

func TestNothingIsSent(t *testing.T) {
	ctx := context.Background()
	s := simulator(t, tdttest.Options{Login: "mairie", Password: "secret"})
	other := simulator(t, tdttest.Options{})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	known := func(o *tdt.Options) { o.Login, o.Password = "mairie", "secret" }
	for _, test := range []struct {
		name  string
		shape func(*tdt.Options)
		want  error
	}{
		{"no certificate", func(o *tdt.Options) { known(o); o.Certificate = tls.Certificate{} }, tdt.ErrDenied},
		{"another's certificate", func(o *tdt.Options) { known(o); o.Certificate = other.Client() }, tdt.ErrDenied},
		{"wrong password", func(o *tdt.Options) { known(o); o.Password = "faux" }, tdt.ErrDenied},
		{"untrusted", func(o *tdt.Options) { known(o); o.Authorities = other.Authorities() }, tdt.ErrUntrusted},
		{"nobody", func(o *tdt.Options) { known(o); o.URL = "https://" + free.Addr().String() }, handover.ErrNotSent},
	} {
		c := client(t, s, test.shape)
		if err := c.Ready(ctx); !errors.Is(err, test.want) {
			t.Errorf("%s: ready: %v", test.name, err)
		}
		_, err := c.DepositFlow(ctx, "flux.xml", pestest.Example)
		if err != nil && errors.Is(err, handover.ErrUncertain) && test.want == tdt.ErrDenied {
			continue // the alert came too late to be read: Ready is asked before, and heard it
		}
		if !errors.Is(err, handover.ErrNotSent) || !errors.Is(err, test.want) && test.want != tdt.ErrDenied {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if taken, posts := s.Taken(); taken+posts != 0 {
		t.Errorf("%d taken in %d posts", taken, posts)
	}
	if err := client(t, s, known).Ready(ctx); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"", "http://tiers.exemple.fr", "https://", "tiers", "https://a:b@tiers.exemple.fr"} {
		if _, err := tdt.New(tdt.Options{URL: address}); !errors.Is(err, tdt.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// A flow goes through its stages as time goes by.
func TestStages(t *testing.T) {
	ctx := context.Background()
	now := time.Now()
	s := simulator(t, tdttest.Options{Now: func() time.Time { return now }, Pace: time.Minute})
	c := client(t, s, nil)
	id, err := c.DepositFlow(ctx, "flux.xml", pestest.Example)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []handover.Stage{handover.Received, handover.Forwarded, handover.Answered} {
		if p, err := c.FollowFlow(ctx, id); err != nil || p.Stage != want {
			t.Errorf("%+v %v, not %s", p, err, want)
		}
		now = now.Add(time.Minute)
	}
	for _, id := range []string{"", "12 3", "../x", "99999", strings.Repeat("1", 30)} {
		if p, err := c.FollowFlow(ctx, id); err == nil {
			t.Errorf("%q: %+v", id, p)
		}
	}
}
