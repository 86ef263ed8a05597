// Package pageimage turns the pages of a PDF into images, and gives their text for search.
//
// The work is done by PDFium compiled to WebAssembly and run in this process by wazero: a hostile file meets a sandbox
// with no files, no network, a memory limit and a time limit, never the program's memory. At most two instances run.
// The compiled code is kept in a directory on disk, so that only the first start after an update is slow.
package pageimage
