package window_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/release"
	"alpi40.fr/airial/local/rule"
)

// A version that is offered comes and is handed over, but for the time of a sitting that is being held; once it is closed, what
// came already serves.
func TestNoVersionIsInstalledDuringASitting(t *testing.T) {
	version := office.Version
	office.Version = "0.1.0"
	t.Cleanup(func() { office.Version = version })
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	ctx := t.Context()
	s, r, seat := served(t, time.Now)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	publish := func(kind, file string, content []byte) {
		t.Helper()
		raw, err := s.MakeParcel(kind, map[string][]byte{file: content}, 1)
		if err == nil {
			_, err = s.PublishParcel(ctx, raw, func(*parcel.Parcel) error { return nil })
		}
		must(err)
	}
	program := []byte("le programme d’installation")
	sum := sha256.Sum256(program)
	text, err := release.Write([]release.Release{{Version: "99.0.0", Day: "2026-12-01", Ring: release.RingGeneral, Share: 100, Installers: map[string]release.Installer{
		runtime.GOOS + "/" + runtime.GOARCH: {Parcel: "installer-essai", File: "airial.msi", SHA256: hex.EncodeToString(sum[:])}}}})
	must(err)
	publish("installer-essai", "airial.msi", program)
	publish(release.Kind, release.File, text)
	_, err = seat.Hall.Exchange(ctx)
	must(err)

	me, err := seat.Hall.Person(ctx)
	must(err)
	for _, p := range demo.People() {
		_, err := seat.Hall.People.Put(ctx, me, p)
		must(err)
	}
	today := authority.DayOf(time.Now())
	point, err := seat.Hall.Council.Draft(ctx, me, "subventions")
	must(err)
	sitting, err := seat.Hall.Council.Convene(ctx, me, council.Convene{At: time.Now(), Place: "à la mairie", Convened: today.Plus(-6), Posted: today.Plus(-6), Agenda: []string{point}})
	must(err)
	settings := r.Settings()
	if path, err := settings.FetchRelease(ctx); err != nil {
		t.Fatalf("before the sitting: %v", err)
	} else if got, err := os.ReadFile(path); err != nil || string(got) != string(program) {
		t.Fatalf("%q, %v", got, err)
	}
	seen, err := seat.Hall.Council.Sitting(ctx, sitting)
	must(err)
	must(seat.Hall.Council.Record(ctx, me, sitting, council.RollCall{Member: seen.Members[0].ID, Attendance: council.Attendance{Presence: council.Present}}))
	if _, err := settings.FetchRelease(ctx); rule.Find(err) == nil {
		t.Errorf("during the sitting: %v", err)
	}
	must(seat.Hall.Council.Record(ctx, me, sitting, council.End{LackedQuorum: true}))
	if _, err := settings.FetchRelease(ctx); err != nil {
		t.Errorf("after the sitting: %v", err)
	}
}
