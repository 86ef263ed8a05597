#!/bin/sh
# Makes the demonstration's documents from their sources; they come from another producer than Airial's own, as a town hall's do.
set -eu
cd "$(dirname "$0")"
for source in *.html; do weasyprint -q "$source" "../${source%.html}.pdf"; done
