#!/usr/bin/env bash
# Installs the Debian packages that are missing: packages.sh demo|tests|critest|runc|youki|criu|vm|NAME…
# Says what it installs, and nothing when all is there. Starts no service.
set -euo pipefail

demo=(crun runc conmon containernetworking-plugins catatonit iproute2 iptables docker-registry
  busybox-static maven unzip)
critest=(gcc libc6-dev make bzip2 xz-utils) # the fixture images have a busybox made from Debian's source
runc=(gcc libc6-dev libseccomp-dev pkg-config) # one newer than Debian's is built from its source
youki=(libseccomp-dev pkg-config clang wabt) # a runtime with WebAssembly in it, and what makes modules of text
criu=(patchelf) # saves processes; a newer one than Debian's is fetched with its libraries
vm=(qemu-system-x86 seabios mmdebstrap e2fsprogs cpio kmod xz-utils zstd) # builds and runs the machine of make vm-smoke
tests=(umoci skopeo attr openssl bsdutils tar e2fsprogs) # judges of what we unpack, a pseudo-terminal for crictl, a file system
names=()
for name in "$@"; do
  case $name in
  demo) names+=("${demo[@]}") ;;
  critest) names+=("${critest[@]}") ;;
  tests) names+=("${tests[@]}") ;;
  runc) names+=("${runc[@]}") ;;
  criu) names+=("${criu[@]}") ;;
  youki) names+=("${youki[@]}") ;;
  vm) names+=("${vm[@]}") ;;
  *) names+=("$name") ;;
  esac
done
[[ ${#names[@]} -gt 0 ]] || { echo "usage: packages.sh demo|tests|critest|runc|youki|criu|vm|NAME…" >&2; exit 2; }

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

command -v dpkg-query >/dev/null || { echo "packages: no dpkg here (expected: Debian 12 or 13, or these by hand: ${names[*]})" >&2; exit 1; }
missing=()
for name in "${names[@]}"; do
  # The two busyboxes exclude each other; scripts/static-busybox.sh knows what to do with the other one.
  if [[ $name == busybox-static ]] && installed busybox; then continue; fi
  installed "$name" || missing+=("$name")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

if [[ $(id -u) -ne 0 ]]; then
  echo "packages: missing: ${missing[*]} (expected: root to install them, or: apt-get install ${missing[*]})" >&2
  exit 1
fi

echo "installing from Debian: ${missing[*]}"
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
made_policy=
finish() {
  [[ -z $made_policy ]] || rm -f "$policy"
  rm -f "$log"
}
trap finish EXIT
# A package's service (docker-registry has one) must not start on this host.
if [[ ! -e $policy ]]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -qy --no-install-recommends --no-remove "${missing[@]}" >>"$log" 2>&1 </dev/null; }
# The lists of packages of a fresh machine are empty or old: ask again once.
if ! install && ! { apt-get update -q >>"$log" 2>&1 && install; }; then
  tail -n 25 "$log" >&2
  echo "packages: could not install: ${missing[*]}" >&2
  exit 1
fi
