package office

import (
	"os"
	"path/filepath"

	"alpi40.fr/airial/local/pes/schema"
)

// Schemas finds the official schemas of accounting flows (see schema.Folder): in an installation's folder, else beside
// the program, where an installer puts them. dir is the installation's folder, "" for none.
func Schemas(dir string) *schema.Set {
	var folders []string
	if dir != "" {
		folders = append(folders, dir)
	}
	if program, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Dir(program))
	}
	cache := "" // costs a second at the first flow
	if dir, err := os.UserCacheDir(); err == nil {
		cache = filepath.Join(dir, "airial", "schemas")
	}
	return schema.Find(folders, cache)
}

// FlowSchemas is where the official schemas of accounting flows are, "" when they are nowhere.
func (o *Office) FlowSchemas() string { return o.schemas.From }
