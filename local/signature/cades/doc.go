// Package cades signs files of any kind with a signature that stands beside them, raises
// it to B-LT and B-LTA, and validates CMS signatures, detached or not (ETSI EN 319 122-1),
// without network. Archive timestamps are judged by their index (v1 to v3), and those of
// before it (v2); evidence records over the signature with its content as well
// (RFC 4998), the others are not, and the report says so.
package cades
