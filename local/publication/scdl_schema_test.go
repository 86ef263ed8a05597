package publication_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/publication"
)

// descriptor is the schema as its public documentation describes it, in the words of Table Schema: names, types, and what is
// required; the official file is not ours to ship.
func descriptor(t *testing.T) string {
	t.Helper()
	type constraints struct {
		Required bool     `json:"required,omitempty"`
		Pattern  string   `json:"pattern,omitempty"`
		Minimum  *int     `json:"minimum,omitempty"`
		Enum     []string `json:"enum,omitempty"`
	}
	type field struct {
		Name        string      `json:"name"`
		Type        string      `json:"type"`
		Format      string      `json:"format,omitempty"`
		Constraints constraints `json:"constraints"`
	}
	zero := 0
	var codes []string
	for _, m := range publication.Matters() {
		codes = append(codes, m.Code)
	}
	var fields []field
	for i, name := range publication.SCDLHeader() {
		f := field{Name: name, Type: "string", Constraints: constraints{Required: i < 7}}
		switch {
		case name == "COLL_SIRET":
			f.Constraints.Pattern = `^\d{14}$`
		case name == "DELIB_MATIERE_CODE":
			f.Constraints.Pattern, f.Constraints.Enum = `^\d\.\d{1,2}$`, codes
		case strings.HasSuffix(name, "_DATE"):
			f.Type, f.Format = "date", "%Y-%m-%d"
		case strings.HasPrefix(name, "VOTE_"):
			f.Type, f.Constraints.Minimum = "integer", &zero
		case name == "DELIB_URL":
			f.Format = "uri"
		}
		fields = append(fields, f)
	}
	raw, err := json.Marshal(map[string]any{"fields": fields})
	must(t, err)
	return string(raw)
}

// An independent program reads the open data against the schema: the library of the Table Schema standard, when
// AIRIAL_TABLESCHEMA names a folder where npm installed «tableschema».
func TestSCDLForAnotherProgram(t *testing.T) {
	modules := os.Getenv("AIRIAL_TABLESCHEMA")
	if modules == "" {
		t.Skip("AIRIAL_TABLESCHEMA is not set")
	}
	const script = `const {Table} = require('tableschema');
(async () => {
  const table = await Table.load(process.argv[1], {schema: JSON.parse(process.argv[2])});
  const rows = await table.read({forceCast: true});
  const bad = rows.filter(r => r instanceof Error);
  for (const e of bad) console.error(e.rowNumber, (e.errors || [e]).map(x => x.message).join('; '));
  console.log(rows.length);
  process.exit(bad.length ? 2 : 0);
})().catch(e => { console.error(e.message); process.exit(3) });`
	run := func(file string) (string, error) {
		path := filepath.Join(t.TempDir(), "deliberations.csv")
		must(t, os.WriteFile(path, []byte(file), 0o600))
		command := exec.Command("node", "-e", script, path, descriptor(t))
		command.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(modules, "node_modules"))
		out, err := command.CombinedOutput()
		return string(out), err
	}
	golden, err := os.ReadFile(filepath.Join("testdata", "deliberations.csv"))
	must(t, err)
	if out, err := run(string(golden)); err != nil || strings.TrimSpace(out) != "1" {
		t.Errorf("it refuses ours: %v\n%s", err, out)
	}
	for what, change := range map[string][2]string{"SIRET": {"00015,", "15,"}, "date": {"2026-11-24", "24/11/2026"}, "matter": {",3.3,", ",3.99,"}} {
		if out, err := run(strings.Replace(string(golden), change[0], change[1], 1)); err == nil {
			t.Errorf("it takes a wrong %s:\n%s", what, out)
		}
	}
}
