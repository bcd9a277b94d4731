#!/usr/bin/env bash
# Builds the reference CNI plugins of specification 1.1 (STATUS and GC) into
# $GANTRY_CACHE/cni. Debian 12 has older ones, of specification 1.0.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/cni)"

version=v1.9.1
module=github.com/containernetworking/plugins
plugins=(main/bridge main/loopback ipam/host-local meta/portmap meta/firewall meta/bandwidth meta/tuning)
cni=$GANTRY_CACHE/cni
mkdir -p "$cni"
exec 9>"$cni/.lock" && flock 9
print="$version $(uname -m) ${plugins[*]}"
if up_to_date "$cni/.stamp" "$print" && [[ -x $cni/bridge && -x $cni/tuning ]]; then
	exit 0
fi
require_go
rm -f "$cni/.stamp"
echo "building the CNI plugins $version (about a minute)"
packages=("${plugins[@]/#/$module/plugins/}")
CGO_ENABLED=0 GOBIN=$cni nice -n 5 go install -trimpath -ldflags \
	"-s -w -X $module/pkg/utils/buildversion.BuildVersion=$version" \
	"${packages[@]/%/@$version}"
echo "$print" >"$cni/.stamp"
echo "$cni: ${plugins[*]##*/}"
