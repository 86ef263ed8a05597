// Package flow lays text out on A4 pages and has maroto write them.
//
// Blocks (paragraphs, tables, panels, frames…) become strips: slices of a page that may not be parted. Strips are put
// on pages so that no heading stands alone at a foot and no paragraph leaves one line behind. Each strip is then a
// maroto row whose component draws runs of text and lines at places already computed, and the bytes that maroto's
// writer gives are finished: objects in a fixed order, fixed dates, language, metadata and structure tags, so that the
// same document always has the same bytes and can be read aloud. A Book is written part by part, several at once, and
// what stands around its pages in a second layer, when their number is known.
//
// Lengths are in millimetres, x from the left margin and y downwards; sizes of type are in points.
package flow
