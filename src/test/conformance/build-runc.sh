#!/usr/bin/env bash
# Builds the runc that id-maps mounts, which Debian 12's does not, into $GANTRY_CACHE/runc:
# user namespaces are tested with it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/runc/runc)"

version=v1.5.2
out=$GANTRY_CACHE/runc
mkdir -p "$out"
exec 9>"$out/.lock" && flock 9
if up_to_date "$out/.stamp" "$version" && [[ -x $out/runc ]]; then
	exit 0
fi
require_go
rm -f "$out/.stamp"
echo "building runc $version (less than a minute)"
GOBIN=$out nice -n 5 go install -trimpath -tags seccomp \
	-ldflags "-s -w -X main.version=${version#v}" "github.com/opencontainers/runc@$version"
echo "$version" >"$out/.stamp"
echo "$out: runc"
