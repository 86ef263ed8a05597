// Package simulation plays many laptops and a server through bad luck, and holds them to their
// promises after every step. It has tests alone.
//
// The laptops are real (their journal, their SQLite file, their client) and so is the server with
// its storage; the clock and the network are the simulation's. The network drops requests and
// answers, delivers them twice, late, cut and slowly, and parts laptops from the server; clocks are
// years off; laptops and the server stop at once and start again; disks fill up; the server is put
// back from a backup of some hours ago; a laptop is revoked.
//
// A run is decided by its seed. AIRIAL_CAMPAIGN plays so many operations (a million for a night), AIRIAL_RUN of each
// seed, from AIRIAL_SEED on: «AIRIAL_SEED=10 AIRIAL_CAMPAIGN=6000» plays one seed again. Each seed that ever failed is a
// row of the table of TestSeeds.
package simulation
