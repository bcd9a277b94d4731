#!/usr/bin/env bash
# Builds the images critest uses from Debian packages: an OCI layout each, in
# $GANTRY_CACHE/fixtures/images/REPOSITORY/TAG, listed in fixtures/images.txt
# (full name, digest, folder).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/fixtures)"

out=$GANTRY_CACHE/fixtures
packages=(catatonit nginx libc6 libcrypt1 libpcre2-8-0 libssl3 zlib1g)
mkdir -p "$out"
exec 9>"$out/.lock" && flock 9
print=$(cd "$conformance_dir" && fingerprint build-fixtures.sh fixtures/go.mod fixtures/*.go fixtures/*/*.go) # globs of that folder
if up_to_date "$out/.stamp" "$print" && [[ -x $out/fixtures && -f $out/images.txt ]]; then exit 0; fi

require_go
need apt-get apt
need gcc gcc
need make make
need bzip2 bzip2
rm -rf "$out/.stamp" "$out/images" "$out/images.txt"
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo 'int main(void) { return 0; }' >"$work/probe.c"
gcc -static -o "$work/probe" "$work/probe.c" 2>/dev/null || die "cannot link statically (Debian: apt-get install libc6-dev)"

# The machine's own Debian archives, sources too, with lists of our own.
mkdir -p "$work"/apt/{parts,lists/partial,cache/archives/partial}
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
	[[ -f $list ]] || continue
	case $list in
	*.sources) awk -v RS= -v ORS='\n\n' '/\/debian(-security)?(\/|\n|$)/' "$list" | sed 's/^Types:.*/Types: deb deb-src/' ;;
	*.list) sed -nE '/^deb(-src)? .*\/debian(-security)?[/ ]/ {s/^deb(-src)?/deb/p; s/^deb/deb-src/p}' "$list" | sort -u ;;
	*) continue ;;
	esac >"$work/apt/parts/${list##*/}"
done
apt() {
	(cd "$work" && apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/apt/parts" \
		-o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root \
		-o APT::Get::List-Cleanup=false "$@") >>"$work/apt.log" 2>&1 ||
		{ cat "$work/apt.log" >&2; die "apt-get $1 failed"; }
}
apt update
apt download "${packages[@]}"
apt source --download-only busybox
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/tree"; done

# Debian's busybox runs applets without exec, which specs can tell; upstream's
# defaults do not. tc does not compile against current kernel headers.
mkdir "$work/busybox"
tar -xf "$work"/busybox_*.orig.tar.* -C "$work/busybox" --strip-components=1
cd "$work/busybox"
export KCONFIG_NOTIMESTAMP=1 SOURCE_DATE_EPOCH=1704067200
if ! {
	make defconfig &&
		sed -i 's/^# CONFIG_STATIC is not set/CONFIG_STATIC=y/; s/^CONFIG_TC=y/# CONFIG_TC is not set/' .config &&
		make silentoldconfig </dev/null &&
		nice -n 5 make -j"$(nproc)" busybox
} >"$work/make.log" 2>&1; then
	tail -n 30 "$work/make.log" >&2
	die "busybox does not compile"
fi

cd "$conformance_dir/fixtures"
export CGO_ENABLED=0
nice -n 5 go build -trimpath -ldflags '-s -w' -o "$work/nonewprivs" ./nonewprivs
nice -n 5 go build -trimpath -o "$out/fixtures" .
"$out/fixtures" build "$work/busybox/busybox" "$work/tree" "$work/nonewprivs" "$out"
echo "$print" >"$out/.stamp"
echo "$out: $(wc -l <"$out/images.txt") image names, $(du -sh "$out/images" | cut -f1)"
