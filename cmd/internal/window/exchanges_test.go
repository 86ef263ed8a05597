package window

import (
	"encoding/json"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// What an entry says is told field by field, people by their names; marks of the machine and what
// is sealed are not.
func TestAnEntryIsToldInFull(t *testing.T) {
	who := names{people: []authority.Person{{ID: "maire", FirstName: "Maïté", LastName: "Fictive"}}, devices: []protocol.Device{{ID: "d1", Name: "Portable du maire"}}}
	record := func(data any) *journal.Record {
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		return &journal.Record{Entry: journal.Entry{Kind: "folder.signed", Actor: "maire", Device: "d1", Data: text, At: time.Now(), Blobs: []store.Digest{{1}}}}
	}
	said := saidOf(record(map[string]any{
		"note": "Conforme", "to": "maire", "digest": store.Digest{9}.String(), "id": "0193c3a1-0000-7000-8000-000000000001",
		"lines": []any{map[string]any{"title": "Article 1"}, map[string]any{"title": "Article 2"}}, "amount": 12.5, "urgent": true, "empty": "",
	}), who)
	got := map[string][]string{}
	for _, l := range said.Lines {
		got[l.Name] = append(got[l.Name], l.Value)
	}
	if said.Where != "Portable du maire" || said.Documents != 1 || said.Sealed {
		t.Errorf("%+v", said)
	}
	if len(got["title"]) != 2 || got["note"][0] != "Conforme" || got["amount"][0] != "12.50" || len(got["urgent"]) != 1 {
		t.Errorf("%v", got)
	}
	if got["to"][0] == "maire" || len(got["digest"])+len(got["id"])+len(got["empty"]) != 0 {
		t.Errorf("%v", got)
	}
	if s := saidOf(record(map[string]any{"$sealed": map[string]any{"subject": "x"}}), who); !s.Sealed || len(s.Lines) != 0 {
		t.Errorf("%+v", s)
	}
}
