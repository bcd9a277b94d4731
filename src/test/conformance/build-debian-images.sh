#!/usr/bin/env bash
# Builds ten images from Debian packages, each package a layer as its maintainers made it: OCI
# layouts in $GANTRY_CACHE/debian-images/NAME, for the test that compares what Gantry and umoci
# unpack. The last layer changes things: deletions, capabilities, holes, hard links, odd modes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/debian-images)"

images=(
	"bash base-files libc6 libtinfo6 bash"
	"passwd base-files libpam-modules passwd login"
	"perl base-files perl-base perl-modules-5.36|perl-modules-5.40"
	"git base-files git"
	"python base-files libpython3-stdlib python3-minimal python3.11-minimal|python3.13-minimal"
	"cron base-files base-passwd cron"
	"at base-files at"
	"ssh base-files libssl3|libssl3t64 openssh-client"
	"tz base-files tzdata"
	"tools base-files coreutils findutils tar util-linux"
)

out=$GANTRY_CACHE/debian-images
mkdir -p "$out"
exec 9>"$out/.lock" && flock 9
print=$(fingerprint build-debian-images.sh)
if up_to_date "$out/.stamp" "$print"; then exit 0; fi

need apt-get apt
need dpkg-deb dpkg
need umoci umoci
need setfattr attr
rm -rf "$out/.stamp"
find "$out" -mindepth 1 -maxdepth 1 ! -name .lock -exec rm -rf {} +
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# fetch NAME[|OTHER…]: the archive of the first of these packages that this Debian has.
fetch() {
	local name
	for name in ${1//|/ }; do
		compgen -G "$work/${name}_*.deb" >/dev/null && { compgen -G "$work/${name}_*.deb"; return; }
		(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$name") >>"$work/apt.log" 2>&1 || continue
		compgen -G "$work/${name}_*.deb"
		return
	done
	return 1
}

changes() { # changes FOLDER: what no package has
	mkdir -p "$1/usr/bin" "$1/etc" "$1/usr/share/doc/base-files" "$1/var/odd"
	printf 'capable' >"$1/usr/bin/capable"
	chown 0:5 "$1/usr/bin/capable"
	chmod 2755 "$1/usr/bin/capable"
	setfattr -n security.capability -v 0x0100000280fe000000000000000000000000000000 "$1/usr/bin/capable" 2>/dev/null ||
		setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$1/usr/bin/capable"
	setfattr -n user.note -v 0x00ff01 "$1/usr/bin/capable"
	ln "$1/usr/bin/capable" "$1/usr/bin/capable-too"
	touch "$1/etc/.wh.debian_version" "$1/usr/share/doc/base-files/.wh..wh..opq"
	truncate -s 3M "$1/var/odd/sparse" && printf 'x' | dd of="$1/var/odd/sparse" bs=1 seek=1000000 conv=notrunc status=none
	mkfifo -m 0622 "$1/var/odd/fifo"
	mknod -m 0660 "$1/var/odd/device" b 7 300
	printf 'l' >"$1/var/odd/$(printf 'n%.0s' {1..180})"
	ln -s "$(printf 't%.0s' {1..180})" "$1/var/odd/link"
	chmod 1733 "$1/var/odd"
	find "$1" -exec touch -h -d @1234567890.123456789 {} +
}

changes "$work/tree"
(cd "$work/tree" && tar --format=pax --sparse --xattrs --xattrs-include='*' --numeric-owner -cf "$work/changes.tar" .)
for image in "${images[@]}"; do
	read -r name packages <<<"$image"
	umoci init --layout "$out/$name"
	umoci new --image "$out/$name:latest"
	for package in $packages; do
		archive=$(fetch "$package") || { apt-get -qq update >>"$work/apt.log" 2>&1; archive=$(fetch "$package"); } ||
			{ tail -n 5 "$work/apt.log" >&2; die "no package $package"; }
		dpkg-deb --fsys-tarfile "$archive" >"$work/layer.tar"
		umoci raw add-layer --image "$out/$name:latest" "$work/layer.tar"
	done
	umoci raw add-layer --image "$out/$name:latest" "$work/changes.tar"
	umoci gc --layout "$out/$name"
done 2> >(tee "$work/umoci.log" >&2)
printf '%s\n' "$print" >"$out/.stamp"
