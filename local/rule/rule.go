// Package rule is how the law says no.
//
// A rule is a pure function that returns nil or a *Refusal: the article that
// stops the action, why it does here, and what cures it. Pages print the three
// as they are, so a person always learns which text applies and what to do;
// the program never decides in the person's place.
package rule

import "errors"

// Refusal is the law's answer to an action it does not allow.
// It is an error, and is found in a chain with errors.As or Find.
type Refusal struct {
	// Article is the text that stops the action, as one cites it:
	// «CGCT, art. L2121-17». Empty for a rule of the house.
	Article string
	// Why says, in a French sentence, what is wrong in the present case.
	Why string
	// Cure says, in a French sentence, what the person can do about it.
	Cure string
}

// Error gives the refusal as one line: why, cure, article.
func (r *Refusal) Error() string {
	text := r.Why
	if r.Cure != "" {
		text += " " + r.Cure
	}
	if r.Article != "" {
		text += " (" + r.Article + ")"
	}
	return text
}

// Find returns the refusal that err wraps, or nil when it wraps none.
func Find(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}
