package control

import (
	"context"
	"errors"
	"fmt"
	"io"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/parcel"
)

// runParcel installs what the agency hands out (its catalogue, a training module), from a USB key
// for instance, on a computer that has no line.
func runParcel(ctx context.Context, args []string, out io.Writer) error {
	return installFile(ctx, "parcel", "COLIS.zip", args, out, func(o *office.Office, raw []byte) error {
		p, err := o.InstallParcel(ctx, "", raw)
		if err != nil {
			return refusedParcel(err)
		}
		fmt.Fprintf(out, "Colis « %s » n° %d du %s.\n", p.Kind, p.Version, p.Made.Format("02/01/2006"))
		return nil
	})
}

// refusedParcel says why a parcel was refused, where the reason is its own.
func refusedParcel(err error) error {
	for _, r := range []struct {
		reason error
		words  string
	}{
		{parcel.ErrNotParcel, "ce fichier n’est pas un colis de l’agence"}, {parcel.ErrSignature, "ce colis n’est pas signé par le serveur de cet ordinateur"},
		{parcel.ErrContent, "ce colis est endommagé : demandez-en une nouvelle copie"}, {office.ErrOlderParcel, "un colis de ce genre, de même numéro ou plus récent, est déjà là"},
	} {
		if errors.Is(err, r.reason) {
			return fmt.Errorf("%s ; rien n’a changé (%w)", r.words, err)
		}
	}
	return err
}
