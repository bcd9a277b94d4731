#!/bin/bash
# In the guest, before the power goes: a pull, a create and a run are held in the middle, each where what it made
# is there and not yet on record. /share/now tells the host that it is time. After reboot-after.sh, in the same boot.
set -u
. /srv/gantry/scripts/vm/guest/node.sh

pod stays kubepods-podstays.slice 1 >/tmp/pod.json
container runs 'sleep 86400' 1 >/tmp/container.json
id=$(crictl run --no-pull /tmp/container.json /tmp/pod.json) || fail "run"
crictl exec -s "$id" sha256sum /bin/busybox >/share/sum || fail "exec"
sync -f "$registry" # what the registry has is not on trial

hour=3600000
printf '[Service]\nEnvironment="GANTRY_FAILPOINTS=PullImage/sync:before=delay(%s),CreateContainer/created:before=delay(%s),RunPodSandbox/ready:before=delay(%s)"\n' \
  $hour $hour $hour >/etc/systemd/system/gantryd.service.d/held.conf
systemctl daemon-reload
systemctl restart gantryd
until_within 120 crictl version || fail "gantryd does not answer"
say "gantryd runs anew and holds what comes"

crictl pods -q --name stays >/share/pod
container second 'sleep 86400' 1 >/tmp/second.json
pod other kubepods-podother.slice 1 >/tmp/other.json
crictl pull $nginx >/dev/null 2>&1 &
crictl create --no-pull "$(</share/pod)" /tmp/second.json /tmp/pod.json >/dev/null 2>&1 &
crictl runp /tmp/other.json >/dev/null 2>&1 &
layers() { find /var/lib/gantry/images/layers/sha256 -mindepth 1 -maxdepth 1 | wc -l; }
before=$(layers)
until_within 240 eval '[[ $(pgrep -xc conmon) -eq 2 ]]' || fail "the create does not come so far"
until_within 240 eval '[[ $(leases | wc -l) -eq 2 ]]' || fail "the run does not come so far"
until_within 240 eval "[[ \$(layers) -gt $before ]]" || fail "the pull does not come so far"
say "held: $(($(layers) - before)) layers of a pull, a create with its conmon, a run with its address"
touch /share/now
sleep 600
