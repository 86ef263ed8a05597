package store

import "time"

// Keep saves what is being typed under key; it is no entry yet.
func (t *Tx) Keep(key string, body []byte, at time.Time) error {
	_, err := t.Exec(`INSERT INTO scratch (key, body, at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET body = excluded.body, at = excluded.at`, key, body, at.UnixMicro())
	return err
}

// Kept gives what was typed under key. ErrNotFound when nothing was.
func (t *Tx) Kept(key string) (body []byte, at time.Time, err error) {
	var micros int64
	err = t.Get(`SELECT body, at FROM scratch WHERE key = ?`, []any{key}, &body, &micros)
	return body, time.UnixMicro(micros).UTC(), err
}

// Discard removes what was typed under key, once it is an entry or given up.
func (t *Tx) Discard(key string) error {
	_, err := t.Exec(`DELETE FROM scratch WHERE key = ?`, key)
	return err
}

// Setting reads a setting of this laptop for this authority; empty when unset.
func (t *Tx) Setting(key string) (string, error) {
	var v string
	err := t.Get(`SELECT value FROM setting WHERE key = ?`, []any{key}, &v)
	if err == ErrNotFound {
		return "", nil
	}
	return v, err
}

// SetSetting changes a setting. A secret never goes here.
func (t *Tx) SetSetting(key, value string) error {
	_, err := t.Exec(`INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}
