// Package authority is the town hall itself: which authority this is, who the
// people are, what each may do and since when, who stands in for whom, and the
// calendar by which the law counts.
//
// # Law
//
//   - CGCT, art. L2122-17: a mayor who is absent or prevented is stood in for by a
//     deputy, in the order of precedence.
//   - CGCT, art. L2122-18 and L2122-19: the mayor may delegate by an order, which
//     names the person and the subjects; it holds until it is withdrawn (L2122-20).
//   - CGCT, art. L2122-32: the mayor and the deputies are registrars.
//   - CGCT, art. L2121-1, R2121-2 to R2121-4: the order of precedence; L2121-4, L2122-15: how a mandate
//     ends; code électoral, art. L270: who follows on a list.
//
// # Streams
//
// «authority/<id>» holds what the authority is, «person/<id>» one person,
// «delegation/<id>» one delegation.
package authority
