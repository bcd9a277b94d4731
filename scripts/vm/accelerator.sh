#!/usr/bin/env bash
# Prints the words for QEMU that say how to run a guest here: KVM where a kernel boots under it, else
# emulation. A /dev/kvm that is there proves nothing: some hosts' boots no stock kernel. GANTRY_VM_ACCEL=kvm|tcg skips the try.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kvm='-accel kvm -cpu host'
# Five-level paging is slow to emulate.
tcg='-accel tcg,thread=multi,tb-size=1024 -cpu max,la57=off'

boots() {
  local image console ended=0
  image=$("$vm_dir/image.sh")
  console=$(mktemp)
  # shellcheck disable=SC2086 # words
  timeout 20 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -M q35 $kvm -m 256M \
    -serial "file:$console" -kernel "$image/vmlinuz" -initrd "$image/initrd" -append 'console=ttyS0 quiet panic=-1 vm.probe' >/dev/null 2>&1 || true
  grep -q booted "$console" || ended=1
  rm -f "$console"
  return $ended
}

case ${GANTRY_VM_ACCEL:-} in
kvm) echo "$kvm"; exit ;;
tcg) echo "$tcg"; exit ;;
'') ;;
*) die "GANTRY_VM_ACCEL: $GANTRY_VM_ACCEL (expected: kvm, tcg or nothing)" ;;
esac

mkdir -p "$GANTRY_CACHE/vm"
known=$GANTRY_CACHE/vm/accelerator-$(</proc/sys/kernel/random/boot_id)
if [[ ! -s $known ]]; then
  rm -f "$GANTRY_CACHE"/vm/accelerator-*
  if [[ -w /dev/kvm ]] && boots; then echo "$kvm"; else echo "$tcg"; fi >"$known.$$"
  mv "$known.$$" "$known"
fi
cat "$known"
