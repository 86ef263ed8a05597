package server

import (
	"encoding/json"
	"testing"
	"time"

	"alpi40.fr/airial/sync/protocol"
)

// What another process tells of who looks at what is told here too, to the other computers of that authority alone, until it
// is withdrawn or has not been said again; nonsense is nobody.
func TestPresenceToldByAnotherProcess(t *testing.T) {
	now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	s := &Server{o: Options{Now: func() time.Time { return now }}, hub: newHub()}
	changed := s.hub.listen(t.Context(), "111111111")
	say := func(authority, device, stream string) {
		t.Helper()
		data, err := json.Marshal(told{authority, protocol.Presence{Device: device, Person: "eve", Stream: stream}})
		if err != nil {
			t.Fatal(err)
		}
		s.heard(presenceTold + string(data))
	}
	others := func(authority, device string) int { return len(s.attendance.others(authority, device, now)) }
	say("111111111", "a", "agenda/1")
	select {
	case <-changed:
	default:
		t.Error("the watches were not woken")
	}
	if others("111111111", "b") != 1 || others("111111111", "a") != 0 || others("222222222", "b") != 0 {
		t.Error("it is told to herself, or to another town hall, or to nobody")
	}
	for _, nonsense := range []string{presenceTold, presenceTold + "{", presenceTold + `{"authority":"111111111"}`} {
		s.heard(nonsense)
	}
	say("111111111", "a", "")
	if others("111111111", "b") != 0 {
		t.Error("who left is there")
	}
	say("111111111", "a", "agenda/1")
	now = now.Add(protocol.PresenceLife + time.Second)
	if others("111111111", "b") != 0 {
		t.Error("who has not been heard of is there")
	}
	s.heard("111111111") // an authority changed, as before
	select {
	case <-changed:
	default:
		t.Error("a change of the log is not told")
	}
}
