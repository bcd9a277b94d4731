#!/usr/bin/env bash
# Builds containerd, the runtime to compare with, into $GANTRY_CACHE/peers.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/peers)"

version=v2.3.4
peers=$GANTRY_CACHE/peers
mkdir -p "$peers"
exec 9>"$peers/.lock" && flock 9
if up_to_date "$peers/.stamp" "$version" && [[ -x $peers/containerd && -x $peers/containerd-shim-runc-v2 ]]; then
	exit 0
fi
require_go
rm -f "$peers/.stamp"
echo "building containerd $version (one to two minutes)"
for command in containerd containerd-shim-runc-v2; do
	CGO_ENABLED=0 GOBIN=$peers nice -n 5 go install -trimpath -ldflags \
		"-s -w -X github.com/containerd/containerd/v2/version.Version=$version" \
		-tags 'no_btrfs no_zfs no_devmapper' "github.com/containerd/containerd/v2/cmd/$command@$version"
done
echo "$version" >"$peers/.stamp"
echo "$peers: containerd, containerd-shim-runc-v2"
