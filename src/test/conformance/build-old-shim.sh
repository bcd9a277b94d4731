#!/usr/bin/env bash
# Takes the shim of the first generation out of Debian's containerd (1.6 in Debian 12), which is not installed:
# $GANTRY_CACHE/old-shim/containerd-shim-runc-v2. Exits 3 where Debian has none of that age any more.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/old-shim)"

out=$GANTRY_CACHE/old-shim
mkdir -p "$out"
exec 9>"$out/.lock" && flock 9
print=$(fingerprint build-old-shim.sh)
if up_to_date "$out/.stamp" "$print" && [[ -x $out/containerd-shim-runc-v2 ]]; then exit 0; fi

need apt-get apt
need dpkg-deb dpkg
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download containerd) || die "Debian's containerd cannot be had"
dpkg-deb -x "$work"/containerd_*.deb "$work/root"
version=$("$work/root/usr/bin/containerd-shim-runc-v2" -v | awk '$1 == "Version:" { print $2 }')
if [[ $version != 1.[4-7].* ]]; then
	echo "build-old-shim.sh: Debian has $version, which is no shim of the first generation" >&2
	exit 3
fi
install -m 755 "$work/root/usr/bin/containerd-shim-runc-v2" "$out/containerd-shim-runc-v2"
echo "$print" >"$out/.stamp"
echo "$out: containerd-shim-runc-v2 $version"
