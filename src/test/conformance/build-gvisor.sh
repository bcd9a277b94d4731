#!/usr/bin/env bash
# Builds gVisor's runtime and its containerd shim into $GANTRY_CACHE/gvisor: runsc, containerd-shim-runsc-v1.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/gvisor)"

module=$(dirname "${BASH_SOURCE[0]}")/gvisor
version=$(awk '$2 == "gvisor.dev/gvisor" { print $3 }' "$module/go.mod")
out=$GANTRY_CACHE/gvisor
mkdir -p "$out"
exec 9>"$out/.lock" && flock 9
if up_to_date "$out/.stamp" "$version" &&
	[[ -x $out/runsc && -x $out/containerd-shim-runsc-v1 && -x $out/unprivileged/containerd-shim-runsc-v1 ]]; then
	exit 0
fi
require_go
rm -f "$out/.stamp"
echo "building gVisor $version (some five minutes)"
cd "$module"
CGO_ENABLED=0 nice -n 19 go build -trimpath -ldflags "-s -w -X gvisor.dev/gvisor/runsc/version.version=$version" -o "$out/runsc" gvisor.dev/gvisor/runsc
CGO_ENABLED=0 nice -n 19 go build -trimpath -ldflags '-s -w' -o "$out/containerd-shim-runsc-v1" gvisor.dev/gvisor/shim
# The shim wants an OOM score of -999, which takes CAP_SYS_RESOURCE, and ends without: for tests on hosts where
# root has not got that, one that leaves the score at 0, and is the same otherwise.
work=$(mktemp -d "$out/work.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cp -r "$(go list -m -f '{{.Dir}}' gvisor.dev/gvisor)" "$work/gvisor"
chmod -R u+w "$work/gvisor"
grep -q 'oomScoreMax = -999' "$work/gvisor/pkg/shim/v1/manager.go" || die "manager.go has no oomScoreMax to change"
sed -i 's/oomScoreMax = -999/oomScoreMax = 0/' "$work/gvisor/pkg/shim/v1/manager.go"
cp go.mod go.sum "$work/"
go mod edit -replace "gvisor.dev/gvisor=$work/gvisor" "$work/go.mod"
mkdir -p "$out/unprivileged"
CGO_ENABLED=0 nice -n 19 go build -modfile "$work/go.mod" -trimpath -ldflags '-s -w' \
	-o "$out/unprivileged/containerd-shim-runsc-v1" gvisor.dev/gvisor/shim
echo "$version" >"$out/.stamp"
echo "$out: runsc, containerd-shim-runsc-v1, unprivileged/containerd-shim-runsc-v1"
