// Package services is what a town hall asks of its agency: today, the renewal of a
// signature certificate, which takes weeks and is asked before the certificate ends.
//
// # States of a request
//
//	asked ──the agency has it──▶ received ──it is done, or cannot be──▶ closed
//
// # Entries
//
// Streams are «request/<id>», so that asking never contends with an act. A certificate is
// asked for once: the rule looks at its fingerprint. Two laptops that ask offline make two
// requests of one certificate; lists show the first alone. The agency answers by a device
// of its own (sync/server.Agency), which every laptop sees among its computers.
//
// Nothing that a request holds is secret: a certificate's subject, issuer, serial number
// and end are in every signature that it makes.
package services
