#!/bin/sh
# Opens Airial on the demonstration commune. Without a display it starts one
# and leaves screenshots of the pages.
set -eu
cd "$(dirname "$0")/../.."
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec bin/airial --demo
fi
echo "Aucun écran ici : Airial s’ouvre sur un écran virtuel (Xvfb) et y laisse ses photographies."
mkdir -p screenshots
export LIBGL_ALWAYS_SOFTWARE=1
exec xvfb-run -a -s '-screen 0 1366x768x24' bin/airial --demo --screenshots screenshots
