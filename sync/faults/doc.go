// Package faults puts real processes through what happens to real ones: lines that are slow, cut,
// half open or sealed with another certificate (a proxy between the processes), ends without
// notice at every boundary of writing (the system call itself is made to kill), and a week of all
// of it. It has tests alone; doc.go of package simulation says what is simulated instead.
//
// AIRIAL_CRASH_RUNS says how many ends each campaign plays (10,000 for a night), AIRIAL_DAYS how
// long the week is.
package faults
