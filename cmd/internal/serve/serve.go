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
	"os"
	"strings"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
	"alpi40.fr/airial/sync/server/hosted"
	"alpi40.fr/airial/sync/server/migration"
)

// Version is set by the linker.
var Version = "dev"

const usage = `alpi-server : le serveur d’Airial.

Utilisation : alpi-server [--dir DOSSIER] COMMANDE

  init NOM HÔTE…               prépare un serveur dans le dossier (clés, certificat)
  serve [ADRESSE]              répond sur ADRESSE (:8443 par défaut)
  migrate RÉGLAGES             passe du dossier à PostgreSQL et à un dépôt S3, nommés dans le
                               fichier RÉGLAGES ; le serveur continue de répondre
  administrator add NOM        crée, ou renouvelle, le compte d’un administrateur de la page
                               d’administration ; dit une fois son mot de passe et son secret
  administrator list           ces comptes
  administrator disable NOM    ferme un compte, dont la session se termine aussitôt
  backup-key FICHIER           tire la clé des copies ; FICHIER est à garder ailleurs que le
                               serveur, qui n’a besoin que de la clé publique, affichée
  backup DOSSIER CLÉ-PUBLIQUE  copie chiffrée du serveur, qui continue de répondre
  restore COPIES FICHIER-DE-CLÉ DOSSIER [INSTANT]
                               rend le serveur d’un INSTANT (2026-11-28T14:30:00+01:00, le
                               dernier par défaut) dans un nouveau DOSSIER
  authority add SIREN NOM      ajoute une collectivité
  authority list               les collectivités
  device code SIREN [DURÉE [NOMBRE [MOTS]]]
                               donne un code de raccordement, valable quinze minutes, ou NOMBRE
                               codes pour une DURÉE de 1j à 30j ; MOTS dit pour quoi faire ;
                               chacun sert une fois, et n’est montré qu’ici
  device codes SIREN           les codes qui attendent un ordinateur, par leur repère
  device drop-code SIREN REPÈRE
                               retire un code
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
  comedec-simulator DOSSIER fiche
                               un office notarial fictif, pour s’entraîner à COMEDEC : sa fiche
  comedec-simulator DOSSIER demande FICHE-MAIRIE NAI|MAR|DEC NOM PRÉNOMS JJ/MM/AAAA
                               une demande scellée pour cette mairie
  comedec-simulator DOSSIER lire FICHE-MAIRIE RÉPONSE
                               dit ce que la mairie a répondu
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
  contracts list SIREN         les contrats que l’agence a fait connaître à une collectivité
  contracts tell SIREN ID FICHIER [PIÈCE…]
                               fait connaître un contrat, ou ce qui en a changé : FICHIER est en JSON
                               (title, number, about, since, until, renewal, notice, contact, ended,
                               lines : label et value) ; dates comme 2026-11-24 ; PIÈCE, un PDF
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
	if args[0] == "comedec-simulator" {
		return simulateComedec(args[1:], out)
	}
	if args[0] == "tdt-simulator" {
		return simulate(ctx, args[1:], out)
	}
	if args[0] == "backup-key" || args[0] == "restore" {
		return copies(ctx, args, out)
	}
	h := hosted.Options{Options: o, Getenv: os.Getenv, Version: Version, CheckParcel: office.CheckParcel}
	if args[0] == "migrate" {
		return migrate(ctx, h, args[1:], out)
	}
	s, err := hosted.Open(ctx, h)
	if err != nil {
		return initialised(err)
	}
	return errors.Join(hostedCommand(ctx, s, args, out), s.Close())
}

// hostedCommand does what wants to know where the server stands; the rest does not.
func hostedCommand(ctx context.Context, s *hosted.Server, args []string, out io.Writer) error {
	switch {
	case args[0] == "serve":
		return answerOn(ctx, s, args[1:], out)
	case args[0] == "backup" && len(args) == 3:
		return copyNow(ctx, s, args[1], args[2], out)
	case args[0] == "administrator" && len(args) > 1:
		return administrator(ctx, s, args[1:], out)
	}
	return command(ctx, s.Server, args, out)
}

func answerOn(ctx context.Context, s *hosted.Server, args []string, out io.Writer) error {
	address := ":8443"
	if len(args) > 0 {
		address = args[0]
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	fmt.Fprintln(out, "alpi-server répond sur", listener.Addr())
	return s.Serve(ctx, listener, func(words string) { fmt.Fprintln(out, words) })
}

// initialised says what to do where there is no server yet.
func initialised(err error) error {
	if errors.Is(err, embedded.ErrNotInitialised) {
		return fmt.Errorf("ce dossier n’a pas de serveur : lancez d’abord alpi-server init (%w)", err)
	}
	return err
}

// migrate moves the server to the database and the store that a file of settings names.
func migrate(ctx context.Context, o hosted.Options, args []string, out io.Writer) error {
	if len(args) != 1 {
		return errUsage
	}
	r, err := hosted.Migrate(ctx, o, args[0], func(words string) { fmt.Fprintln(out, words) })
	if errors.Is(err, migration.ErrDiffers) {
		return fmt.Errorf("la copie n’est pas conforme à l’original ; le serveur reste sur son dossier, rien n’est perdu (%w)", err)
	}
	if err != nil {
		return fmt.Errorf("la copie s’est arrêtée ; relancez la même commande, elle reprendra (%w)", initialised(err))
	}
	fmt.Fprintf(out, "%d collectivités, %d ordinateurs, %d éléments, %d documents (%d octets) copiés et comparés par empreinte.\n"+
		"Redémarrez alpi-server : il répondra sur la base et le dépôt nommés dans settings.json. Gardez server.db et blobs le temps qu’il vous plaira.\n",
		r.Authorities, r.Devices, r.Entries, r.Documents, r.Bytes)
	return nil
}

func command(ctx context.Context, s *embedded.Server, args []string, out io.Writer) error {
	words := append(append([]string{}, args...), "", "", "", "", "", "")
	switch verb := words[0] + " " + words[1]; {
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
	case verb == "contracts list" && words[2] != "":
		return contracts(ctx, s, words[2], out)
	case verb == "contracts tell" && words[4] != "":
		return tellContract(ctx, s, args[2:])
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
		return giveCodes(ctx, s, words[2], args[3:], out)
	case verb == "device codes" && words[2] != "":
		return listCodes(ctx, s, words[2], out)
	case verb == "device drop-code" && words[3] != "":
		return s.DropCode(ctx, words[2], words[3])
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
