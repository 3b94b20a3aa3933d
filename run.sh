#!/usr/bin/env bash
# Starts the server from a fresh clone: installs what is missing, builds, runs.
# All arguments go to `vaquero serve`; ./run.sh --help shows them.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/tools/setup.sh"
source "$here/tools/build.sh"

set_up need_build
build release --target vaquero
say "starting build/release/vaquero serve $*"
exec "$here/build/release/vaquero" serve "$@"
