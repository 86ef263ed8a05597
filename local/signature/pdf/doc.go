// Package pdf reads the structure of PDF files defensively and appends
// revisions to them (ISO 32000-1 §7.5), for the signature packages.
//
// It reads cross-reference tables and streams, hybrid files and object
// streams; it neither draws nor decrypts. Every size, depth and count taken
// from the file is bounded, objects are parsed only when asked for, and the
// bytes given to Open are never copied nor changed.
package pdf
