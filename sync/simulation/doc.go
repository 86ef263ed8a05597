// Package simulation plays many laptops and a server through bad luck, and holds them to their
// promises after every step. It has tests alone.
//
// The laptops are real (their journal, their SQLite file, their client) and so is the server with
// its storage; the clock and the network are the simulation's. The network drops requests and
// answers, delivers them twice, late, cut and slowly, and parts laptops from the server; clocks are
// years off; laptops and the server stop at once and start again; disks fill up; the server is put
// back from a backup of some hours ago; a laptop is revoked.
//
// A run is decided by its seed. AIRIAL_SEED plays one seed, AIRIAL_CAMPAIGN so many operations (a
// million for a night); each seed that ever failed is a row of the table of TestSeeds.
package simulation
