// Package mail carries the town hall's mail: from an IMAP server (RFC 9051, and RFC 3501 servers) into local/mailbox,
// and from there to an SMTP submission server (RFC 6409).
//
// The line is encrypted, or there is none: TLS from the first byte or by STARTTLS, its certificate known to the system
// or pinned by a person. One session lists all folders with their marks in one round trip where the server can
// (LIST-STATUS, RFC 5819); a folder whose marks have not moved is not opened. Flags that changed are asked for by
// CONDSTORE (RFC 7162) where there is one. Contents come the newest first, in batches kept as they come: a cut line
// loses one batch. Two lines wait for the server to speak (IDLE): this one of the inbox, one more of the folder that
// a person has in view.
package mail
