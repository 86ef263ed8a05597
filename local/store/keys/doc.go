// Package keys keeps the installation's master key, and derives every other key
// from it.
//
// The master key is 256 random bits. It is kept in one or both of two places, which
// the file keys.json of the installation's folder names:
//
//   - the system's keyring (Windows Credential Manager, Secret Service, Keychain);
//   - keys.json itself, sealed with XChaCha20-Poly1305 under a passphrase stretched by
//     Argon2id (RFC 9106), for machines whose keyring is absent or locked.
//
// Whatever happens to both, the recovery sheet in the town hall's safe gives the key
// back (Recovery, FromRecovery, Keep).
//
//	m, err := keys.Open(ctx, keys.Options{Dir: dir, Keyring: keys.System(), Passphrase: ask, Rand: rand.Reader})
//	if errors.Is(err, keys.ErrNotCreated) { m, err = keys.Create(ctx, options) }
//	database, err := m.Derive(keys.Database, authority)   // [32]byte
//	m.Wipe()
//
// keys.json holds no secret in clear: the installation's keyring account, a check
// value of the master key, and the sealed copy.
package keys
