package provision

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// templates are where the policies of Windows are described for its editor, beside the languages it may run in: the editor
// takes English where it has not its own.
const templates = "../../../packaging/windows"

type policies struct {
	Policies []struct {
		Name     string `xml:"name,attr"`
		Key      string `xml:"key,attr"`
		Class    string `xml:"class,attr"`
		Shown    string `xml:"presentation,attr"`
		Elements struct {
			Fields []struct {
				ID    string `xml:"id,attr"`
				Value string `xml:"valueName,attr"`
				Items []struct {
					Value string `xml:"value>string"`
				} `xml:"item"`
			} `xml:",any"`
		} `xml:"elements"`
	} `xml:"policies>policy"`
}

type words struct {
	Strings []struct {
		ID   string `xml:"id,attr"`
		Text string `xml:",chardata"`
	} `xml:"resources>stringTable>string"`
	Shown []struct {
		ID     string `xml:"id,attr"`
		Fields []struct {
			Of string `xml:"refId,attr"`
		} `xml:",any"`
	} `xml:"resources>presentationTable>presentation"`
}

func readXML(t *testing.T, name string, into any) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(templates, name))
	if err == nil {
		err = xml.Unmarshal(content, into)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// What the editor of policies writes is what is read here, and it finds all its words in each language.
func TestPolicyTemplates(t *testing.T) {
	var p policies
	text := readXML(t, "airial.admx", &p)
	read := []string{"Server", "Authority", "Proxy", "UpdateRing"} // what machine_windows.go reads; a code and a certificate are no policy
	var written []string
	shown := map[string][]string{}
	for _, policy := range p.Policies {
		if policy.Key != `Software\Policies\ALPI\Airial` || policy.Class != "Machine" {
			t.Errorf("%s is written elsewhere: %s, %s", policy.Name, policy.Class, policy.Key)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(policy.Shown, "$(presentation."), ")")
		for _, f := range policy.Elements.Fields {
			written = append(written, f.Value)
			shown[name] = append(shown[name], f.ID)
			for _, i := range f.Items {
				if f.Value == "UpdateRing" && !slices.Contains([]string{"général", "pilote", "aucune"}, i.Value) {
					t.Errorf("no such ring: %q", i.Value)
				}
			}
		}
	}
	if slices.Sort(read); !slices.Equal(slices.Sorted(slices.Values(written)), read) {
		t.Errorf("written %v, read %v", written, read)
	}
	for _, language := range []string{"fr-FR", "en-US"} {
		var w words
		readXML(t, filepath.Join(language, "airial.adml"), &w)
		said := map[string]string{}
		for _, s := range w.Strings {
			said[s.ID] = strings.TrimSpace(s.Text)
		}
		for _, m := range regexp.MustCompile(`\$\(string\.([^)]+)\)`).FindAllStringSubmatch(text, -1) {
			if said[m[1]] == "" {
				t.Errorf("%s has no words for %s", language, m[1])
			}
		}
		found := map[string][]string{}
		for _, s := range w.Shown {
			for _, f := range s.Fields {
				found[s.ID] = append(found[s.ID], f.Of)
			}
		}
		for name, fields := range shown {
			if !slices.Equal(found[name], fields) {
				t.Errorf("%s shows %v of %s, not %v", language, found[name], name, fields)
			}
		}
	}
}
