// Package control is airialctl: each command is a function with its own flags.
package control

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/rule"
)

// command is one of airialctl's.
type command struct {
	name, words string
	run         func(ctx context.Context, args []string, out io.Writer) error
}

var commands = []command{
	{"demo", "joue la démonstration complète et laisse ses documents", runDemo},
	{"sign", "signe des PDF avec une clé, hors de tout dossier", runSign},
	{"verify", "vérifie les signatures d’un PDF, d’un XML, d’un .p7s ou d’un conteneur, sans réseau", runVerify},
	{"import", "fait des dossiers du parapheur avec des fichiers", runImport},
	{"register", "importe un registre d’état civil numérisé, d’après sa liste ou son dossier", runRegister},
	{"civil", "exporte, reprend, rapproche l’état civil ; imprime ses tables", runCivil},
	{"gateway", "répond aux logiciels métier qui parlent à i-Parapheur", runGateway},
	{"proof", "vérifie un dossier de preuve : fichiers, journal, signatures", runProof},
	{"audit", "prouve à un tiers qu’un élément figure au journal, ou vérifie une telle preuve", runAudit},
	{"archive", "fait le paquet d’archivage (SEDA) d’un dossier terminé", runArchive},
	{"publish", "fait le dossier des actes publiés pour le site de la collectivité", runPublish},
	{"scdl-check", "dit les défauts d’un fichier de délibérations en données ouvertes", runSCDLCheck},
	{"trust", "installe un paquet de confiance (autorités, listes, révocations)", runTrust},
	{"parcel", "installe un colis de l’agence (catalogue des services, module de formation)", runParcel},
	{"tdt", "règle le tiers de télétransmission, l’essaie, transmet et relève ses réponses", runThirdParty},
	{"enrol", "rattache cet ordinateur à une collectivité", runEnrol},
	{"doctor", "vérifie la base, les documents et le journal, et dit que faire", runDoctor},
	{"inventory", "dit ce qui est installé et réglé sur cet ordinateur, pour les outils de parc", runInventory},
	{"provision", "fait ou vérifie un fichier de mise en service signé", runProvision},
	{"erase", "efface de cet ordinateur les données d’Airial, sur demande expresse", runErase},
	{"backup", "sauvegarde chaque collectivité dans un fichier chiffré", runBackup},
	{"recover", "rend l’accès aux données avec le code de la fiche de secours", runRecover},
	{"rescue", "reprend ce qu’une collectivité révoquée n’avait pas envoyé", runRescue},
	{"restore", "restaure une sauvegarde dans un dossier vide", runRestore},
}

const usage = `airialctl : Airial sans fenêtre.

Utilisation : airialctl COMMANDE [options]
`

// Main runs a command and gives the exit code: 0 when all went well, 2 for a
// wrong command line, 3 and 4 for signatures that are invalid or not proven, 1 else.
func Main(ctx context.Context, args []string, out, fault io.Writer) int {
	if len(args) == 0 || args[0] == "--help" || args[0] == "-h" || args[0] == "help" {
		help(out)
		return 0
	}
	if args[0] == "--version" {
		fmt.Fprintln(out, "airialctl", office.Version)
		return 0
	}
	for _, c := range commands {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, args[1:], out)
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			fmt.Fprintln(fault, err)
			return 2
		}
		say(fault, c.name, err)
		switch {
		case errors.Is(err, errInvalid):
			return 3
		case errors.Is(err, errUnproven):
			return 4
		}
		return 1
	}
	fmt.Fprintf(fault, "airialctl : commande inconnue «%s».\n", args[0])
	help(fault)
	return 2
}

func help(to io.Writer) {
	fmt.Fprint(to, usage, "\n")
	for _, c := range commands {
		fmt.Fprintf(to, "  %-10s %s\n", c.name, c.words)
	}
	fmt.Fprintln(to, "\nairialctl COMMANDE --help dit les options d’une commande.")
}

var errUsage = errors.New("ligne de commande incomplète")

// say writes what went wrong in words, with the detail for who asks for help.
func say(to io.Writer, command string, err error) {
	if r := rule.Find(err); r != nil {
		fmt.Fprintf(to, "airialctl %s : %s\n", command, r)
		return
	}
	var told *explain.Told
	if errors.As(explain.Error(err), &told) {
		fmt.Fprintf(to, "airialctl %s : %s %s %s\n(détail : %v)\n", command, told.What, told.Safe, told.Todo, err)
		return
	}
	fmt.Fprintf(to, "airialctl %s : %v\n", command, err)
}

func flags(name string, out io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("airialctl "+name, flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		fmt.Fprintf(out, "Options de airialctl %s :\n", name)
		f.PrintDefaults()
	}
	return f
}

func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w : %w", errUsage, err)
	}
	return nil
}

func runDemo(ctx context.Context, args []string, out io.Writer) error {
	f := flags("demo", out)
	folder := f.String("out", "", "dossier qui reçoit les documents et report.json")
	document := f.String("document", "", "PDF à faire signer (sinon, une lettre de démonstration)")
	if err := parse(f, args); err != nil {
		return err
	}
	if *folder == "" {
		return fmt.Errorf("%w : --out DOSSIER est nécessaire", errUsage)
	}
	work, err := os.MkdirTemp("", "airial-demo-")
	if err != nil {
		return fmt.Errorf("making a working folder: %w", err)
	}
	o := demo.Options{
		Out: *folder, Work: work, Version: office.Version, Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Tell: func(s demo.Step) { tell(out, s) },
	}
	if *document != "" {
		if o.Document, err = os.ReadFile(*document); err != nil {
			return errors.Join(fmt.Errorf("reading the document: %w", err), os.RemoveAll(work))
		}
		o.Name = filepath.Base(*document)
	}
	return errors.Join(demo.Run(ctx, o), os.RemoveAll(work))
}

func tell(out io.Writer, s demo.Step) {
	mark := "✓"
	if !s.Held {
		mark = "✗"
	}
	fmt.Fprintf(out, "%s %d. %s (%d ms)\n", mark, s.Number, s.Name, s.Milliseconds)
	for _, line := range s.Seen {
		fmt.Fprintf(out, "     %s\n", line)
	}
	if s.Fault != "" {
		fmt.Fprintf(out, "     %s\n", s.Fault)
	}
}
