package services

import (
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset/french"
)

// MayAsk tells whether a renewal may be asked: once for one certificate. known is the
// request that was made for it, nil for none.
func MayAsk(known *Request) error {
	if known == nil {
		return nil
	}
	return &rule.Refusal{
		Why:  "Le renouvellement de ce certificat est déjà demandé, depuis le " + french.Date(known.Asked) + ".",
		Cure: "Attendez la réponse de l’agence, ou appelez-la si elle tarde.",
	}
}

// next tells whether an answer moves a request on: it never goes back.
func next(from, to State) bool {
	rank := map[State]int{Asked: 0, Received: 1, Closed: 2}
	return rank[to] > rank[from]
}

// MayAnswer tells whether the agency may answer a request in that way.
func MayAnswer(r Request, to State) error {
	if to != Received && to != Closed {
		return &rule.Refusal{Why: "Cette réponse n’est pas prévue.", Cure: "Répondez « reçue » ou « close »."}
	}
	if !next(r.State, to) {
		return &rule.Refusal{Why: "Cette demande a déjà reçu cette réponse.", Cure: "Il n’y a rien à faire."}
	}
	return nil
}
