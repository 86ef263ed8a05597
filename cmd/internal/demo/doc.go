// Package demo plays the main job of Airial with real parts throughout: two
// laptops, a server on loopback TLS, a PKCS#11 token, a timestamping authority.
// Everything in it is fictional, and says so.
package demo
