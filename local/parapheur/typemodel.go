package parapheur

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed typemodels.json
var typeModels []byte

// TypeModels are the types of folders that most town halls have, to begin one's own from: by roles, so that they fit any
// authority. They are practice, not law: what an authority keeps, it has read and may change.
func TypeModels() (all []FolderType, err error) {
	if err := json.Unmarshal(typeModels, &all); err != nil {
		return nil, fmt.Errorf("reading the models of folder types: %w", err)
	}
	return all, nil
}
