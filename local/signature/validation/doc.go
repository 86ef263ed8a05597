// Package validation is what the validators of all formats share (ETSI EN 319
// 102-1 §5): the report and its words, the judgement on timestamps, on the value
// of a CMS signature, on certificates. What a signature covers is each format's own.
package validation
