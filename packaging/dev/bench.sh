#!/bin/sh
# Measures Airial beside its peers, each pair in one run, and prints the table.
set -eu
cd "$(dirname "$0")/../.."
echo "Journal : ajout d’entrées, une transaction chacune, contre sqlite3 (but : ×2 au plus)"
go test -run '^$' -bench Append -benchtime 5x ./local/journal | grep Benchmark
echo "Chiffrement au repos, contre la même base en clair"
go test -run '^$' -bench . -benchtime 3x ./local/store/cryptvfs | grep Benchmark
echo "Piles du parapheur : la première page et le compte, selon le nombre de dossiers"
go test -run '^$' -bench Pile ./local/parapheur | grep Benchmark
echo "Fenêtre d’un maire que 10 000 dossiers attendent, contre une fenêtre Fyne nue (but : ×1,5 au plus, moins de 250 Mo)"
go test -tags migrated_fynedo,x11 -run '^$' -bench FirstFrame -benchtime 7x ./cmd/internal/desk | grep Benchmark
echo "Lot de 100 PDF signés, part du rythme brut de RSA-3072 (but : 0,8)"
go test -run '^$' -bench Lot -benchtime 5x ./local/signature/pades | grep Benchmark
echo "Lot de 100 PDF, contre digitorus/pdfsign, en temps de processeur (but : ×2, quand la clé elle-même n’est pas le gros du temps)"
# A module of its own, made beside: no tool of this one takes it for a package of ours.
peers=$(mktemp -d)
trap 'rm -rf "$peers"' EXIT
cp packaging/bench/go.mod packaging/bench/go.sum "$peers" && cp packaging/bench/lot_test.go.txt "$peers/lot_test.go"
(airial=$PWD && cd "$peers" && go mod edit -replace "alpi40.fr/airial=$airial" && go test -run '^$' -bench . -benchtime 3x | grep Benchmark)
echo "Signature d’un PDF, contre pdfsig (but : ×5) ; validation hors ligne d’un B-LT, contre ses seules vérifications (but : ×3 au plus)"
go test -run '^$' -bench 'Pdfsig|Validate' -benchtime 50x ./local/signature/validator | grep Benchmark
echo "Signature d’un flux comptable de 50 Mo, contre xmlsec1 (but : ×1)"
go test -run '^$' -bench Sign -benchtime 5x ./local/signature/xades | grep Benchmark
echo "Lecture d’un flux comptable de 50 Mo : le premier bordereau (but : 300 ms)"
go test -run '^$' -bench First -benchtime 5x ./local/pes | grep Benchmark
echo "Import d’un registre de 1 000 actes, contre cp et sha256sum (but : 0,7)"
go test -run '^$' -bench ImportRegister -benchtime 3x ./local/civilstatus | grep Benchmark
echo "Mémoire de plus, au plus haut (Mio) : un scan de 300 Mo, puis un lot de 500 dossiers (but : le document une seule fois)"
go test -run '^$' -bench Memory -benchtime 1x -timeout 30m ./local/parapheur | grep Benchmark
echo "Registre d’une année : mille délibérations, plus de 2 500 pages (but : 10 s, 300 Mo), contre LibreOffice (but : ×5)"
go test -run '^$' -bench Register -benchtime 3x ./local/typeset | grep -E 'Benchmark|LibreOffice'
echo "Serveur : éléments pris par seconde et par cœur, SQLite embarquée (but : 20 000) ; temps de processeur d’un élément, et de sa seule signature"
go test -run '^$' -bench Ingest -benchtime 100x ./sync/server/embedded | grep Benchmark
echo "Serveur : 500, 1 000 et 2 000 ordinateurs qui écoutent et demandent (but : p99 de 250 ms, 500 Mo)"
AIRIAL_LAPTOPS=500,1000,2000 go test -run '^$' -bench Polling -benchtime 1x ./cmd/internal/serve | grep Benchmark
