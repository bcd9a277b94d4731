#!/usr/bin/env bash
# Everything that needs no running: format, compiler, Error Prone, NullAway, map of packages, docs.
set -euo pipefail
cd "$(dirname "$0")/.."
./mvnw -B -ntp -q test-compile surefire:test -Dtest='io.gantry.architecture.*Test,io.gantry.docs.*Test'
