// Package cades signs files of any kind with a signature that stands beside them, raises
// it with a timestamp, and validates CMS signatures, detached or not (ETSI EN 319 122-1),
// without network. Archive timestamps and evidence records are not judged; the report says so.
package cades
