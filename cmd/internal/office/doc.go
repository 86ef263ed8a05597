// Package office is the composition root: it joins the master key, the store,
// the journal, the modules and the sync into an office that the window, the
// command line, the demonstration and the tests all open the same way.
//
// An Office is the installation on one computer; a Hall is one authority in it.
//
//	<dir>/keys.json                      the master key, sealed (package keys)
//	<dir>/halls/<authority>/airial.db    the authority's database, encrypted
//	<dir>/halls/<authority>/blobs/       its documents, one age file each
//	<dir>/halls/<authority>/device.age   this computer's keys, sealed
//	<dir>/halls/<authority>/locked.age   the same after a revocation: opened with a rescue code
package office

// Version is set by the linker.
var Version = "dev"
