#!/bin/bash
# In the guest, before a reboot: a pod that runs and a container that has ended, on record; the machine then
# shuts down as it should.
set -u
. /srv/gantry/scripts/vm/guest/node.sh

configure crun
start_registry "^$busybox |^$nginx " # the second one for the pull that a power loss cuts off
start_node
crictl pull $busybox >/dev/null || fail "pull"
pod stays kubepods-podstays.slice 1 >/tmp/pod.json
container runs 'sleep 86400' 1 >/tmp/container.json
crictl run --no-pull /tmp/container.json /tmp/pod.json >/share/runs || fail "run"
container ended 'exit 7' 1 >/tmp/container.json
crictl pods -q --name stays >/share/pod
crictl create --no-pull "$(</share/pod)" /tmp/container.json /tmp/pod.json >/share/ended || fail "create"
crictl start "$(</share/ended)" >/dev/null || fail "start"
until_within 60 sh -c "[ \"\$(find /run/gantry/runtimes/crun/exits -name $(</share/ended))\" ]" || fail "no end of the container that exits"
crictl inspect "$(</share/ended)" | grep -q '"exitCode": 7' || fail "not exit code 7"
leases >/share/leases
[[ $(wc -l </share/leases) -eq 1 ]] || fail "leases: $(cat /share/leases)"
say "a pod runs at $(cut -d' ' -f1 /share/leases), one container of it has ended with 7"
