#!/bin/bash
# In the guest: one pod on cgroup v2 with the systemd driver, through its life, and nothing left of it.
set -u
. /srv/gantry/scripts/vm/guest/node.sh

say "booted: Linux $(uname -r), systemd $(systemctl --version | awk 'NR == 1 { print $2 }'), $(stat -fc %T /sys/fs/cgroup), AppArmor $(cat /sys/module/apparmor/parameters/enabled)"
configure "${1:-crun}"
start_registry "^$busybox "
start_node
crictl info -o json >/tmp/info
crictl pull $busybox >/dev/null || fail "pull"
say "pulled"
traces >/tmp/before

pod smoke kubepods-burstable-podsmoke.slice 1 >/tmp/pod.json
container main 'echo out; trap exit TERM; while :; do sleep 0.2; done' 1 '"memory_limit_in_bytes": 67108864, "cpu_shares": 512, "unified": {"pids.max": "77"}' >/tmp/container.json
id=$(crictl run --no-pull /tmp/container.json /tmp/pod.json) || fail "run"
pod=$(crictl pods -q --name smoke)
group=/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podsmoke.slice/gantry-$id.scope
say "runs"

[[ -d $group ]] || fail "no group $group"
[[ $(<"$group/memory.max") == 67108864 ]] || fail "memory.max: $(<"$group/memory.max")"
[[ $(<"$group/pids.max") == 77 ]] || fail "pids.max of the unified map: $(<"$group/pids.max")"
[[ $(systemctl show -p ActiveState --value "gantry-$id.scope") == active ]] || fail "systemd knows no gantry-$id.scope"
grep -q '/gantryd.service' "/proc/$(pgrep -x conmon | head -n 1)/cgroup" || fail "conmon is not in the daemon's group"
[[ $(crictl exec -s "$id" cat /proc/self/cgroup) == 0::/ ]] || fail "no cgroup namespace of its own"
[[ $(crictl exec -s "$id" cat /sys/fs/cgroup/pids.max) == 77 ]] || fail "the container does not see its own group"
say "exec answers"

crictl update --memory 134217728 "$id" >/dev/null || fail "update"
[[ $(<"$group/memory.max") == 134217728 ]] || fail "memory.max after the update: $(<"$group/memory.max")"

crictl stats -o json >/tmp/stats
for key in usageCoreNanoSeconds workingSetBytes psi; do grep -q "\"$key\"" /tmp/stats || { cat /tmp/stats; fail "no $key in the stats"; }; done
crictl statsp -o json >/tmp/statsp
grep -q '"workingSetBytes"' /tmp/statsp || { cat /tmp/statsp; fail "no memory in the stats of the pod"; }
say "stats answer"

crictl stop "$id" >/dev/null || fail "stop"
[[ ! -d $group ]] || until_within 10 test ! -d "$group" || fail "the group is still there after the stop"
crictl logs "$id" | grep -q '^out$' || fail "the log is lost"
crictl stopp "$pod" >/dev/null && crictl rmp "$pod" >/dev/null || fail "remove"
[[ -d ${group%/*} ]] || say "(the pod's slice has gone with its last scope)"
systemctl stop kubepods.slice kubepods-burstable.slice kubepods-burstable-podsmoke.slice # the kubelet's part

nothing_left /tmp/before || fail "left behind, see above"
say "nothing is left"

# A pod without a parent has a slice of its own, and its stats; with a shared PID namespace a process too.
pod own '' 0 >/tmp/pod.json
container main 'sleep 600' 0 >/tmp/container.json
id=$(crictl run --no-pull /tmp/container.json /tmp/pod.json) || fail "run of a pod without a parent"
pod=$(crictl pods -q --name own)
slice=/sys/fs/cgroup/gantry.slice/gantry-$pod.slice
[[ -d $slice/gantry-$id.scope && -d $slice/gantry-$pod.scope ]] || { ls "$slice"; fail "no slice of its own with two scopes"; }
crictl rmp -f "$pod" >/dev/null || fail "remove"
nothing_left /tmp/before || fail "left behind, see above"
say "nothing is left of a pod in a slice of its own either"
# The scope of a container goes with its last process; that it went for lack of memory must have been seen.
container oom 'x=a; while :; do x=$x$x; done' 1 '"memory_limit_in_bytes": 16777216, "memory_swap_limit_in_bytes": 16777216' >/tmp/container.json
for runtime in crun runc; do
  pod oom-$runtime kubepods-podoom.slice 1 >/tmp/pod.json
  pod=$(crictl runp --runtime $runtime /tmp/pod.json) || fail "run with $runtime"
  id=$(crictl create --no-pull "$pod" /tmp/container.json /tmp/pod.json) || fail "create with $runtime"
  crictl start "$id" >/dev/null || fail "start with $runtime"
  ended() { crictl inspect "$id" | grep -q CONTAINER_EXITED; }
  until_within 120 ended || fail "a container without memory does not end"
  crictl inspect "$id" | grep -q '"reason": "OOMKilled"' || { crictl inspect "$id" | grep -E 'exitCode|reason'; fail "not OOMKilled with $runtime"; }
  crictl rmp -f "$pod" >/dev/null || fail "remove"
done
systemctl stop kubepods.slice
nothing_left /tmp/before || fail "left behind, see above"
say "OOMKilled is told, with crun and with runc"
systemctl stop gantryd || fail "gantryd does not stop"
say "smoke passed"
