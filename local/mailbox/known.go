package mailbox

import (
	"context"
	"strings"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// Known gives people to write to whose name or address has each of some words at the beginning of one of its own, whatever their accents
// and capitals: some that are known otherwise, then those who wrote, the last one first. What gives a reason to be wary is left out, and
// so is who wrote to the junk or the bin alone.
func (b *Box) Known(ctx context.Context, words string, limit int, also ...Address) (all []Address, err error) {
	wanted := french.BareWords(words)
	if len(wanted) == 0 {
		return nil, nil
	}
	seen, own := map[string]bool{}, b.Own()
	take := func(a Address) {
		key := strings.ToLower(a.Address)
		if len(all) < limit && key != "" && !seen[key] && a.begins(wanted) && len(Suspicions(Parsed{From: a}, own...)) == 0 {
			seen[key], all = true, append(all, a)
		}
	}
	for _, a := range also {
		take(a)
	}
	err = b.view(ctx, "looking for who is known", func(tx *store.Tx) error {
		return tx.Each(`SELECT m.sender, m.address, MAX(m.at) FROM mail_message m JOIN mail_folder f ON f.id = m.folder
			WHERE f.account = ? AND f.role NOT IN ('junk', 'trash') AND m.address <> '' GROUP BY lower(m.address) ORDER BY MAX(m.at) DESC`, []any{b.account}, func(scan func(...any) error) error {
			var a Address
			var at int64
			err := scan(&a.Name, &a.Address, &at)
			take(a)
			return err
		})
	})
	return all, err
}

func (a Address) begins(wanted []string) bool {
	its := french.BareWords(a.Name + " " + a.Address)
	for _, w := range wanted {
		found := false
		for _, p := range its {
			found = found || strings.HasPrefix(p, w)
		}
		if !found {
			return false
		}
	}
	return true
}

// Written is the address as it is written among others, by its name where that needs no quotes.
func (a Address) Written() string {
	if strings.ContainsAny(a.Name, `,;:"<>@()[]\`) {
		return a.Address
	}
	return a.String()
}
