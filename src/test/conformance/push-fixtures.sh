#!/usr/bin/env bash
# Pushes the fixture images (built when needed) to the registry at 127.0.0.1:PORT.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 1 ]] || usage "PORT"

"$conformance_dir/build-fixtures.sh"
"$GANTRY_CACHE/fixtures/fixtures" push "$GANTRY_CACHE/fixtures" "http://127.0.0.1:$1"
