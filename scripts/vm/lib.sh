# shellcheck shell=bash
# Shared by the scripts of this folder; sourced, never run.

die() { echo "${0##*/}: $*" >&2; exit 1; }

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$vm_dir/../.." && pwd)
GANTRY_CACHE=${GANTRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gantry}
export GANTRY_CACHE
suite=trixie

[[ $(uname -m) == x86_64 ]] || die "machine: $(uname -m) (expected: x86_64)"

# The image is made of the script that builds it, of what it copies into the guest, and of nothing else.
image_dir() {
  local print
  print=$({ echo "$suite"; cat "$vm_dir/image.sh" "$vm_dir"/guest/boot.*; } | sha256sum | cut -c1-16)
  echo "$GANTRY_CACHE/vm/$print"
}
