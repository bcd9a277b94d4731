#!/usr/bin/env bash
# Takes a CRIU that knows kernels of today out of Debian sid, with the libraries it was linked against, into
# $GANTRY_CACHE/criu: that of Debian 12 (3.17) does not start on Linux 6.18. Nothing is installed. Exits 3 where it
# cannot be had, or does not work with this kernel.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/criu)"

out=$GANTRY_CACHE/criu
mkdir -p "$out"
exec 9>"$out/.lock" && flock 9
print=$(fingerprint build-criu.sh)
if up_to_date "$out/.stamp" "$print" && "$out/criu" check >/dev/null 2>&1; then exit 0; fi

need apt-get apt
need dpkg-deb dpkg
need patchelf patchelf
rm -rf "$out/.stamp" "$out/criu" "$out/lib"
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/root"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
archive=$(sed -n 's/^URIs: *\(.*debian\)$/\1/p; s/^deb \([^ ]*debian\) .*/\1/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)
echo "deb [signed-by=$keyring] ${archive:-http://deb.debian.org/debian} sid main" >"$work/sources.list"
options=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
	-o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update || { echo "build-criu.sh: Debian sid cannot be reached" >&2; exit 3; }
mapfile -t packages < <(apt-cache "${options[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts \
	--no-breaks --no-replaces --no-enhances criu | grep -E '^(criu|lib[a-z0-9.+-]*)$' | grep -v python | sort -u)
(cd "$work/debs" && apt-get "${options[@]}" download "${packages[@]}") || { echo "build-criu.sh: Debian has no criu" >&2; exit 3; }
for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/root"; done
mv "$work/root/usr/lib/$(uname -m)-linux-gnu" "$out/lib"
cp "$work/root/usr/sbin/criu" "$out/criu"
patchelf --set-interpreter "$out"/lib/ld-linux-*.so.* --force-rpath --set-rpath "$out/lib" "$out/criu"
version=$("$out/criu" --version | awk '$1 == "Version:" { print $2 }')
if ! "$out/criu" check; then
	echo "build-criu.sh: CRIU $version does not work with Linux $(uname -r)" >&2
	exit 3
fi
echo "$print" >"$out/.stamp"
echo "$out: criu $version"
