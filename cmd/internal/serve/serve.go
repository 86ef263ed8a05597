// Package serve is alpi-server: one binary, one folder.
package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// Version is set by the linker.
var Version = "dev"

const usage = `alpi-server : le serveur d’Airial.

Utilisation : alpi-server [--dir DOSSIER] COMMANDE

  init NOM HÔTE…               prépare un serveur dans le dossier (clés, certificat)
  serve [ADRESSE]              répond sur ADRESSE (:8443 par défaut)
  authority add SIREN NOM      ajoute une collectivité
  authority list               les collectivités
  device code SIREN            donne un code de raccordement, valable quinze minutes
  device list SIREN            les ordinateurs d’une collectivité
  device revoke SIREN ID       retire sa parole à un ordinateur, qui se verrouille
  trust pack DOSSIER FICHIER VERSION JOURS
                               signe un paquet de confiance (anchors, lists, crls, ocsps)
  trust publish FICHIER        l’offre aux ordinateurs, qui le prennent à leur prochain échange
  trust show                   le paquet de confiance qui est offert
  parcel pack GENRE DOSSIER FICHIER VERSION
                               signe un colis : le catalogue des services, un module de formation…
  parcel publish FICHIER       l’offre aux ordinateurs, qui le prennent à leur prochain échange
  parcel list                  les colis qui sont offerts
  release add VERSION ANNEAU PART NOUVEAUTÉS INSTALLATEUR…
                               propose une version : au groupe pilote, ou à tous (général) ; à PART
                               pour cent d’entre eux ; NOUVEAUTÉS est un fichier, une phrase par ligne
                               (- : aucun) ; redit sans installateur, change l’anneau et la part
  release withdraw VERSION     retire une version
  release list                 les versions proposées
  tdt-simulator ADRESSE DOSSIER [CADENCE [SUITE]]
                               un tiers de télétransmission de démonstration, qui ne transmet
                               rien : ses certificats vont dans DOSSIER ; CADENCE est la durée
                               de chaque étape (20s) ; SUITE, le sort des prochains envois
                               (ok,rejet,refus,erreur,attente,coupure,page,autre,doublon,panne)
  device rescue SIREN ID       donne le code qui rend ce qu’un ordinateur révoqué gardait
  requests [all]               ce que les collectivités demandent
  requests show SIREN ID [DOSSIER]
                               tout d’une demande ; ses pièces vont dans DOSSIER
  requests answer SIREN ID reçue|close [MOTS]
                               répond à une demande ; la réponse voyage avec les échanges
  requests step SIREN ID ÉTAPE [MOTS]
                               dit où en est une demande : « Devis envoyé »…
  requests reply SIREN ID MOTS écrit à la collectivité à propos de sa demande
  requests offer SIREN ID JJ/MM/AAAA-HH:MM…
                               propose des rendez-vous
`

var errUsage = errors.New("ligne de commande incomplète ; alpi-server --help dit l’usage")

// Main runs a command and gives the exit code: 2 for a wrong command line.
func Main(ctx context.Context, args []string, out, fault io.Writer) int {
	f := flag.NewFlagSet("alpi-server", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	dir := f.String("dir", "alpi-server", "dossier du serveur")
	version := f.Bool("version", false, "dit la version")
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp), err == nil && f.NArg() == 0 && !*version:
		fmt.Fprint(out, usage)
		return 0
	case err != nil:
		fmt.Fprintln(fault, "alpi-server :", err)
		return 2
	case *version:
		fmt.Fprintln(out, "alpi-server", Version)
		return 0
	}
	o := embedded.Options{Dir: *dir, Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.NewJSONHandler(fault, nil))}
	if err := run(ctx, o, f.Args(), out); err != nil {
		fmt.Fprintln(fault, "alpi-server :", err)
		if errors.Is(err, errUsage) {
			return 2
		}
		return 1
	}
	return 0
}

func run(ctx context.Context, o embedded.Options, args []string, out io.Writer) error {
	if args[0] == "init" {
		if len(args) < 3 {
			return errUsage
		}
		return embedded.Init(o, args[1], args[2:])
	}
	if args[0] == "tdt-simulator" {
		return simulate(ctx, args[1:], out)
	}
	s, err := embedded.Open(ctx, o)
	if errors.Is(err, embedded.ErrNotInitialised) {
		return fmt.Errorf("ce dossier n’a pas de serveur : lancez d’abord alpi-server init (%w)", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(command(ctx, s, args, out), s.Close())
}

func command(ctx context.Context, s *embedded.Server, args []string, out io.Writer) error {
	words := append(append([]string{}, args...), "", "", "", "", "", "")
	switch verb := words[0] + " " + words[1]; {
	case words[0] == "serve":
		address := words[1]
		if address == "" {
			address = ":8443"
		}
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("listening: %w", err)
		}
		fmt.Fprintln(out, "alpi-server répond sur", listener.Addr())
		return s.Serve(ctx, listener)
	case verb == "requests answer" && words[4] != "":
		return answer(ctx, s, args[2:])
	case verb == "requests show" && words[3] != "":
		return show(ctx, s, args[2:], out)
	case verb == "requests step" && words[4] != "":
		return step(ctx, s, args[2:])
	case verb == "requests reply" && words[4] != "":
		return reply(ctx, s, args[2:])
	case verb == "requests offer" && words[4] != "":
		return offer(ctx, s, args[2:])
	case verb == "requests " || verb == "requests all":
		return requests(ctx, s, words[1] == "all", out)
	case verb == "trust pack" && words[5] != "":
		return packTrust(ctx, s, args[2:], out)
	case verb == "trust publish" && words[2] != "":
		return publishTrust(ctx, s, words[2], out)
	case verb == "parcel pack" && words[5] != "":
		return packParcel(s, args[2:], out)
	case verb == "parcel publish" && words[2] != "":
		return publishParcel(ctx, s, words[2], out)
	case verb == "parcel list":
		return listParcels(ctx, s, out)
	case verb == "release add" && words[5] != "":
		return addRelease(ctx, s, args[2:], out)
	case verb == "release withdraw" && words[2] != "":
		return withdrawRelease(ctx, s, words[2], out)
	case verb == "release list":
		return listReleases(ctx, s, out)
	case verb == "trust show":
		return showTrust(ctx, s, out)
	case verb == "authority add" && words[3] != "":
		return s.AddAuthority(ctx, server.Authority{ID: words[2], Name: strings.Join(args[3:], " ")})
	case verb == "authority list":
		all, err := s.Storage.Authorities(ctx)
		for _, a := range all {
			fmt.Fprintln(out, a.ID, a.Name)
		}
		return err
	case verb == "device code" && words[2] != "":
		code, err := s.NewCode(ctx, words[2])
		if err == nil {
			fmt.Fprintln(out, code)
		}
		return err
	case verb == "device list" && words[2] != "":
		all, err := s.Storage.Devices(ctx, words[2])
		for _, d := range all {
			state := "autorisé"
			if d.Revoked != nil {
				state = "révoqué le " + d.Revoked.Format(time.DateOnly)
			}
			fmt.Fprintln(out, d.ID, d.Name, state)
		}
		return err
	case verb == "device revoke" && words[3] != "":
		return s.Revoke(ctx, words[2], words[3])
	case verb == "device rescue" && words[3] != "":
		code, err := s.RescueCode(ctx, words[2], words[3])
		if err == nil {
			fmt.Fprintln(out, code)
		}
		return err
	}
	return errUsage
}
