package authority

import (
	"sort"

	"alpi40.fr/airial/local/store"
)

// Current is the authority of this file. store.ErrNotFound before it is described.
func Current(tx *store.Tx) (Authority, error) {
	return store.GetDecoded[Authority](tx, `SELECT data FROM authority LIMIT 1`)
}

// People gives everybody, the assembly in its order of precedence first, then
// the others by name.
func People(tx *store.Tx) ([]Person, error) {
	people, err := store.All(tx, `SELECT data FROM person`, nil, store.Decoded[Person])
	sort.Slice(people, func(i, j int) bool {
		a, b := people[i], people[j]
		switch {
		case (a.Rank == 0) != (b.Rank == 0):
			return b.Rank == 0
		case a.Rank != b.Rank:
			return a.Rank < b.Rank
		case a.LastName != b.LastName:
			return a.LastName < b.LastName
		}
		return a.ID < b.ID
	})
	return people, err
}

// PersonByID gives one person. store.ErrNotFound when there is none.
func PersonByID(tx *store.Tx, id string) (Person, error) {
	return store.GetDecoded[Person](tx, `SELECT data FROM person WHERE id = ?`, id)
}

// Delegations gives all of them, past ones too, the newest first.
func Delegations(tx *store.Tx) ([]Delegation, error) {
	all, err := store.All(tx, `SELECT data FROM delegation`, nil, store.Decoded[Delegation])
	sort.Slice(all, func(i, j int) bool {
		if all[i].Since != all[j].Since {
			return all[i].Since > all[j].Since
		}
		return all[i].ID > all[j].ID
	})
	return all, err
}
