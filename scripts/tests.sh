#!/usr/bin/env bash
# Runs one kind of tests: unit, it (root), go (needs the conformance tools), slow.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
unit) include='' exclude='root,slow,go' ;;
it) include=root exclude='slow,go' ;;
go) include=go exclude='' ;;
slow) include=slow exclude=go ;;
*) echo "usage: tests.sh unit|it|go|slow [MAVEN-FLAGS]" >&2; exit 2 ;;
esac
if [[ $1 == it || $1 == slow ]]; then
  scripts/packages.sh demo tests
  # Without Go their tests are skipped, and say so.
  src/test/conformance/build-cni.sh || [[ $? -eq 3 ]]
  src/test/conformance/build-tools.sh || [[ $? -eq 3 ]]
  scripts/packages.sh runc
  src/test/conformance/build-runc.sh || [[ $? -eq 3 ]]
  src/test/conformance/build-peers.sh || [[ $? -eq 3 ]]
  src/test/conformance/build-debian-images.sh
fi
if [[ $1 == slow ]]; then
  scripts/packages.sh youki
  src/test/conformance/build-youki.sh || [[ $? -eq 3 ]]
  src/test/conformance/build-old-shim.sh || [[ $? -eq 3 ]]
  scripts/packages.sh criu
  src/test/conformance/build-criu.sh || [[ $? -eq 3 ]]
  src/test/conformance/build-gvisor.sh || [[ $? -eq 3 ]]
fi
shift
exec ./mvnw -B -ntp test-compile surefire:test "-Dtests.include=$include" "-Dtests.exclude=$exclude" "$@"
