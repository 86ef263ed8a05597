// Package drive shows the vault as a folder to the other programs of this computer, by WebDAV
// (RFC 4918) on the loopback interface, for as long as a person wants it.
//
// The top holds the spaces, by name. A file that is written is encrypted as it comes, nothing lies in
// the clear on the disk; a write to what is there makes a version, and so does the way of editors
// that write another file and rename it over. A lock (LOCK) takes the file out, so that the other members see
// it and cannot write meanwhile; its end gives the file back. What is removed goes to the trash.
//
// The files that programs leave beside a document for themselves (lock files, thumbnails) are kept in
// memory and never reach the vault.
//
// Whoever asks must know a password drawn when the folder is opened; browsers, and requests for
// another host's name, are refused. The folder is that of one person: what she may not read is not
// there, what she may not write cannot be written.
package drive
