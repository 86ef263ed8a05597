// Package server is the other end of the wire: it gives each authority's
// entries their one order, keeps their documents, and lets each laptop see its
// own authority alone.
//
// It is authoritative for order, never for content: entries are signed by the
// laptops, and a Merkle log lets each of them notice a server that takes back
// or changes a place it gave.
//
// What it knows lies behind Storage and Blobs; embedded SQLite and a folder
// implement them (package sqlite, Folder), and package storagetest holds what
// any implementation must do. The server itself keeps nothing but nonces, so
// that several processes may stand before one storage.
package server
