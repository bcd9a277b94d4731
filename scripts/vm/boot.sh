#!/usr/bin/env bash
# Boots the machine once, lets it run a script of guest/, prints what that printed and exits with its status.
#
#   boot.sh [--disk FILE] [--share DIR] [--kill-at NAME] [--end orderly] [--time SECONDS] [--security selinux] SCRIPT [WORD…]
#
# --disk      a disk that keeps what is written; without it each run starts from the image and forgets
# --share     the folder that host and guest both write in (/share in the guest); else one that is thrown away
# --kill-at   kills the emulator as soon as the guest has made this file in the share: power loss
# --end       orderly: the guest shuts down as a machine should, instead of at once
# --security  selinux: that confines the guest's processes, permissive, instead of AppArmor
# The tree is at /srv/gantry in the guest, the cache of tools at /srv/cache, both read-only.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

disk='' share='' kill_at='' end=fast limit=${GANTRY_VM_TIMEOUT:-1500} security='apparmor=1 security=apparmor'
while [[ ${1:-} == --* ]]; do
  case $1 in
  --disk) disk=$2 ;;
  --share) share=$2 ;;
  --kill-at) kill_at=$2 ;;
  --end) end=$2 ;;
  --time) limit=$2 ;;
  --security)
    [[ $2 == selinux ]] || die "security: $2 (expected: selinux)"
    security='apparmor=0 security=selinux selinux=1 enforcing=0'
    ;;
  *) die "option: $1 (expected: --disk, --share, --kill-at, --end, --time or --security)" ;;
  esac
  shift 2
done
[[ $# -ge 1 && -f $vm_dir/guest/$1.sh ]] || die "script: ${1:-none} (expected: one of $(cd "$vm_dir/guest" && echo *.sh))"
script=$1
shift

image=$("$vm_dir/image.sh")
java=$(readlink -f "$("$tree/scripts/find-jdk.sh")")
accelerator=$("$vm_dir/accelerator.sh")
work=$(mktemp -d "${TMPDIR:-/tmp}/gantry-vm.XXXXXX")
share=${share:-$work/share}
mkdir -p "$share"
rm -f "$share"/{output,status} ${kill_at:+"$share/$kill_at"}

drive="file=$image/root.img,format=raw,if=virtio,snapshot=on,cache=unsafe"
[[ -z $disk ]] || drive="file=$disk,format=raw,if=virtio,cache=writeback"
readonly_share() { echo "local,path=$2,mount_tag=$1,security_model=none,readonly=on,multidevs=remap"; }

emulator=
finish() {
  trap - EXIT INT TERM
  if [[ -n $emulator ]] && kill -0 "$emulator" 2>/dev/null; then kill -9 "$emulator"; fi
  rm -rf "$work"
  exit "$1"
}
trap 'finish 1' EXIT INT TERM

arguments=$*
since=$SECONDS
# snapshot=on keeps what is written in TMPDIR, unlinked.
TMPDIR=$work nice -n 10 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
  -M q35 $accelerator -smp "${GANTRY_VM_CPUS:-2}" -m "${GANTRY_VM_MEMORY:-3G}" \
  -serial "file:$work/console" -device virtio-rng-pci \
  -kernel "$image/vmlinuz" -initrd "$image/initrd" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1 systemd.default_timeout_start_sec=900 $security \
vm.shares=tree:/srv/gantry,cache:/srv/cache,java:/usr/lib/jvm/shared vm.end=$end vm.script=/srv/gantry/scripts/vm/guest/$script.sh vm.args=${arguments// /,}" \
  -drive "$drive" \
  -virtfs "local,path=$share,mount_tag=share,security_model=none,multidevs=remap" \
  -virtfs "$(readonly_share tree "$tree")" -virtfs "$(readonly_share cache "$GANTRY_CACHE")" -virtfs "$(readonly_share java "$java")" \
  2>"$work/qemu.log" </dev/null &
emulator=$!

while kill -0 "$emulator" 2>/dev/null; do
  if [[ -n $kill_at && -e $share/$kill_at ]]; then
    kill -9 "$emulator"
    wait "$emulator" 2>/dev/null || true
    cat "$share/output" 2>/dev/null || true
    echo "-- the power went at $kill_at, after $((SECONDS - since)) s"
    finish 0
  fi
  if ((SECONDS - since > limit)); then
    cat "$share/output" 2>/dev/null || true
    tail -n 30 "$work/console"
    echo "boot.sh: the machine still runs after $limit s (expected: an end)" >&2
    finish 1
  fi
  sleep 0.2
done

cat "$share/output" 2>/dev/null || true
if [[ ! -s $share/status ]]; then
  tail -n 30 "$work/console" "$work/qemu.log" >&2
  echo "boot.sh: the machine ended without a status" >&2
  finish 1
fi
[[ -z $kill_at ]] || { echo "boot.sh: the script ended before $kill_at" >&2; finish 1; }
echo "-- the machine ran for $((SECONDS - since)) s"
finish "$(<"$share/status")"
