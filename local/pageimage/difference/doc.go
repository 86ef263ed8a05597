// Package difference finds where two images of a page differ, and lays them side by side
// with those places framed. It knows nothing of documents.
package difference
