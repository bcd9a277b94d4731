#!/bin/bash
# In the guest, after a reboot: what was on record is told truly, can be removed, and takes no address with it.
# Then goes on with power-before.sh.
set -u
. /srv/gantry/scripts/vm/guest/node.sh

start_registry
start_node
[[ $(leases) == "$(</share/leases)" ]] || say "(the leases changed at the start: $(leases))"
crictl inspectp "$(</share/pod)" | grep -q SANDBOX_NOTREADY || fail "the pod is not NOTREADY"
crictl inspect "$(</share/runs)" >/tmp/runs || fail "the container that ran is unknown"
grep -q CONTAINER_EXITED /tmp/runs && grep -q '"exitCode": 255' /tmp/runs && grep -q '"reason": "Unknown"' /tmp/runs ||
  { cat /tmp/runs; fail "the container that ran is not EXITED, 255, Unknown"; }
crictl inspect "$(</share/ended)" >/tmp/ended || fail "the container that had ended is unknown"
grep -q '"exitCode": 7' /tmp/ended && grep -q '"reason": "Error"' /tmp/ended || { cat /tmp/ended; fail "the exit code of before is lost"; }
crictl images | grep -q busybox || fail "the image is lost"
say "pod NOTREADY, containers EXITED (255 Unknown, 7 Error), image there"

traces | grep -v '^link' >/tmp/before
pod stays kubepods-podstays.slice 1 | sed 's/"uid"/"attempt": 1, "uid"/' >/tmp/pod.json
container runs 'sleep 86400' 1 >/tmp/container.json
id=$(crictl run --no-pull /tmp/container.json /tmp/pod.json) || fail "the next attempt of the pod"
crictl exec -s "$id" true || fail "exec in it"
say "the next attempt of the pod runs"
crictl rmp --force "$(</share/pod)" >/dev/null || fail "removal of the pod of before"
[[ $(leases | wc -l) -eq 1 ]] || fail "leases: $(leases)"
crictl rmp --force --all >/dev/null || fail "removal"
[[ -z $(leases) ]] || fail "leases left: $(leases)"
systemctl stop kubepods.slice
sed -i '/^file .*networks/d' /tmp/before
nothing_left /tmp/before || fail "left behind, see above"
say "nothing is left, all addresses are free"
exec bash "$tree/scripts/vm/guest/power-before.sh"
