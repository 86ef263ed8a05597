package widgets

import "fyne.io/fyne/v2"

// Offer is a button under a field, for a word that may be meant there. The mouse presses it, the down arrow of the field
// reaches it; Tab passes it over: who goes on to the next field types there at once, and a space would press what came between.
type Offer struct {
	Button
	// OnArrow is told of the arrow up (-1) and down (1).
	OnArrow func(by int)
	reached bool
}

// NewOffer makes one that does something once it is chosen.
func NewOffer(label string, chosen func()) *Offer {
	o := &Offer{}
	o.Text, o.OnTapped = label, chosen
	o.ExtendBaseWidget(o)
	return o
}

// Reach gives it the focus.
func (o *Offer) Reach() {
	o.reached = true
	Focus(o, o)
}

// Disabled tells Tab, which passes over what is disabled; the button itself is not.
func (o *Offer) Disabled() bool { return !o.reached }

// FocusLost is Fyne's.
func (o *Offer) FocusLost() {
	o.reached = false
	o.Button.FocusLost()
}

// TypedKey goes along the offers.
func (o *Offer) TypedKey(e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeyDown && o.OnArrow != nil:
		o.OnArrow(1)
	case e.Name == fyne.KeyUp && o.OnArrow != nil:
		o.OnArrow(-1)
	default:
		o.Button.TypedKey(e)
	}
}
