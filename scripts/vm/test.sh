#!/usr/bin/env bash
# make vm-test: what a node with systemd, cgroup v2, AppArmor or SELinux shows and a development host cannot.
# test.sh [smoke|critest|apparmor|selinux|restarts|critest-all]…; without words: smoke apparmor selinux critest restarts.
# The output of each is in target/vm/NAME.log.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$tree"

[[ $(id -u) -eq 0 ]] || die "needs root"
[[ $# -gt 0 ]] || set -- smoke apparmor selinux critest restarts
out=$tree/target/vm
passed=0 failed=0
rm -rf "$out"
mkdir -p "$out"
scripts/packages.sh vm critest
src/test/conformance/build-tools.sh
src/test/conformance/build-fixtures.sh
[[ -f target/gantry/lib/gantry.jar ]] || scripts/build.sh
scripts/vm/image.sh >/dev/null
[[ $(scripts/vm/accelerator.sh) == *kvm* ]] || echo "no KVM that boots a kernel: the machine is emulated, some ten times slower"

boot() { scripts/vm/boot.sh "$@"; }

disk() { # a disk that keeps what is written to it: a copy, and sparse
  cp --sparse=always "$(scripts/vm/image.sh)/root.img" "$out/disk.img"
}

# One disk through a reboot and then a power loss: three boots.
restarts() {
  disk
  boot --disk "$out/disk.img" --share "$out/restarts" --end orderly reboot-before &&
    boot --disk "$out/disk.img" --share "$out/restarts" --kill-at now reboot-after &&
    boot --disk "$out/disk.img" --share "$out/restarts" power-after
}

lane() { # lane NAME COMMAND…
  local name=$1 since=$SECONDS code=0
  shift
  printf 'vm %-12s ' "$name"
  "$@" >"$out/$name.log" 2>&1 || code=$?
  rm -f "$out/disk.img"
  if [[ $code -eq 0 ]]; then
    passed=$((passed + 1))
    echo "passed in $((SECONDS - since)) s$(sed -n 's/^critest [^:]*: /, /p' "$out/$name.log")"
  else
    failed=$((failed + 1))
    echo "FAILED in $((SECONDS - since)) s"
    tail -n 60 "$out/$name.log"
  fi
}

for name in "$@"; do
  case $name in
  smoke) lane smoke boot smoke crun ;;
  critest) lane critest boot --share "$out/critest" --time 5400 critest crun some ;;
  apparmor) lane apparmor boot --share "$out/apparmor" critest crun apparmor ;;
  selinux) lane selinux boot --security selinux --share "$out/selinux" --time 2400 selinux ;;
  critest-all) lane critest-all boot --share "$out/critest-all" --time 12000 critest "${GANTRY_VM_HANDLER:-crun}" all ;;
  restarts) lane restarts restarts ;;
  *) die "what to test: $name (expected: smoke, critest, apparmor, selinux, critest-all or restarts)" ;;
  esac
done
echo "$passed passed, $failed failed"
exit $((failed > 0))
