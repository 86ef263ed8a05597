package postgres_test

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"alpi40.fr/airial/sync/server/postgres/pgtest"
)

// spread are the tables that are cut by authority.
const spread = `log_head|device|entry|chain|stream|log_block|subject|blob`

var (
	named     = regexp.MustCompile(`\b(?:FROM|INTO|UPDATE|JOIN) (?:` + spread + `)\b`)
	partition = regexp.MustCompile(`^(` + spread + `)_p(\d+)$`)
	parameter = regexp.MustCompile(`\$\d+(?:::\w+(?:\[\])?)?|\?`)
)

// explained has PostgreSQL log the plan of each statement of a connection, as it was carried out.
const explained = "&session_preload_libraries=auto_explain&auto_explain.log_min_duration=0&auto_explain.log_format=json"

// What Citus asks of the schema: each key of a table that is spread begins with the authority.
func TestKeysBeginWithTheAuthority(t *testing.T) {
	ctx := context.Background()
	url := pgtest.URL(t)
	s := open(t, url)
	defer s.Close()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	rows, err := c.Query(ctx, `SELECT t.relname, i.relname, a.attname FROM pg_partitioned_table p
		JOIN pg_class t ON t.oid = p.partrelid JOIN pg_index x ON x.indrelid = t.oid AND x.indisunique
		JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]`)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]bool{}
	for rows.Next() {
		var table, index, first string
		if err := rows.Scan(&table, &index, &first); err != nil {
			t.Fatal(err)
		}
		if tables[table] = true; first != "authority" {
			t.Errorf("%s begins with %s", index, first)
		}
	}
	if err := rows.Err(); err != nil || len(tables) != len(strings.Split(spread, "|")) {
		t.Errorf("%d partitioned tables, %v", len(tables), err)
	}
}

// plan is what auto_explain tells of a statement.
type plan struct {
	Text string `json:"Query Text"`
	Plan any
}

// plans reads them from PostgreSQL's log.
func plans(t *testing.T, log string) (all []plan) {
	t.Helper()
	lines := strings.Split(log, "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasSuffix(lines[i], " plan:") {
			continue
		}
		var text strings.Builder
		for i++; i < len(lines) && strings.HasPrefix(lines[i], "\t"); i++ {
			text.WriteString(lines[i][1:] + "\n")
		}
		i--
		var p plan
		if err := json.Unmarshal([]byte(text.String()), &p); err != nil {
			t.Fatalf("%v:\n%s", err, text.String())
		}
		all = append(all, p)
	}
	return all
}

// touched are the numbers of the partitions that a plan names: of every table, those of one authority have the same.
func touched(plan any, into map[int]bool) {
	switch v := plan.(type) {
	case map[string]any:
		if name, ok := v["Relation Name"].(string); ok {
			if m := partition.FindStringSubmatch(name); m != nil {
				n, _ := strconv.Atoi(m[2])
				into[n] = true
			}
		}
		for _, x := range v {
			touched(x, into)
		}
	case []any:
		for _, x := range v {
			touched(x, into)
		}
	}
}

// plain writes a statement, or a piece of one, so that the source's and the log's can be compared.
func plain(statement string) string {
	return parameter.ReplaceAllString(strings.Join(strings.Fields(statement), " "), "?")
}

// statements are the pieces of SQL in the sources that name a table that is spread.
func statements(t *testing.T) (all []string) {
	t.Helper()
	for _, pattern := range []string{"*.go", "../relational/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(source, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if text, err := strconv.Unquote(literal.Value); err == nil && named.MatchString(text) {
						all = append(all, plain(text))
					}
				}
				return true
			})
		}
	}
	return all
}

// spreads holds the plans of a conformance run against what Citus asks: a statement on tables that are spread touches
// what belongs to one authority, in whatever tables. Each statement of the sources must have been carried out.
func spreads(t *testing.T, log string) {
	ran := map[string]bool{}
	for _, p := range plans(t, log) {
		if !named.MatchString(strings.Join(strings.Fields(p.Text), " ")) {
			continue
		}
		ran[plain(p.Text)] = true
		partitions := map[int]bool{}
		if touched(p.Plan, partitions); len(partitions) > 1 {
			t.Errorf("%s\ntouches the partitions of %d authorities", p.Text, len(partitions))
		}
	}
	all := statements(t)
	if len(all) < 20 {
		t.Errorf("only %d statements were found in the sources", len(all))
	}
next:
	for _, s := range all {
		for r := range ran {
			if strings.Contains(r, s) {
				continue next
			}
		}
		t.Errorf("%s\nwas not carried out", s)
	}
	t.Logf("%d statements, %d as they were carried out", len(all), len(ran))
}
