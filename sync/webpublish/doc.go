// Package webpublish sends the site of the published acts to where the town's website
// is: by WebDAV (RFC 4918) or by SFTP.
//
// Only what changed is sent: the manifest that the export leaves beside the files is
// read from the server, compared, and written again every few files, so that a sending
// that was cut goes on where it stopped, whichever computer takes it up. Each file goes
// to a temporary name and is renamed once it is whole; the acts come before the pages
// that name them, and what was withdrawn is removed last. What the manifest does not
// name is not touched.
//
// The key of an SFTP server is pinned: the first time it is shown to a person
// (HostKey), who confirms it; nothing, not even the user's name, is sent to a server
// that shows another one. WebDAV goes through TLS, and to the address given alone: a
// redirection is not followed, since it ends on a page to sign in or with the password
// elsewhere.
package webpublish
