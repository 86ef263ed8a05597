// Package token gives the keys that sign: PKCS#11 tokens, PKCS#12 files and
// the Windows certificate store, behind one small Provider.
//
// One PIN opens a Session, which signs a whole lot and forgets the PIN when it
// closes. The module of a token's vendor is foreign code: it is loaded in a
// child process of the same program, so that its crash or hang gives an error
// and nothing more. Each main calls RunHelperIfAsked first.
package token
