#!/bin/bash
# In the guest, after the power went: no half image, no half container, no half pod, names and addresses free.
set -u
. /srv/gantry/scripts/vm/guest/node.sh

rm -f /etc/systemd/system/gantryd.service.d/held.conf
configure crun # files written just before may be empty
start_registry
start_node
journalctl -b -u gantryd --no-pager | grep -iE 'set aside|unreadable|corrupt' && fail "a record was lost"
crictl images >/tmp/listed
grep -q busybox /tmp/listed || fail "the image of before is lost"
if grep -q nginx /tmp/listed; then fail "an image is there that was never whole"; fi
[[ $(crictl pods -q) == "$(</share/pod)" ]] || { crictl pods; fail "not just the pod of before"; }
[[ $(crictl ps -aq | wc -l) -eq 1 ]] || { crictl ps -a; fail "not just the container of before"; }
say "one image, one pod, one container: as before the pull, the create and the run"

crictl pull $nginx >/dev/null || fail "the pull that was cut off does not work now"
pod stays kubepods-podstays.slice 1 >/tmp/pod.json
container second 'sleep 86400' 1 >/tmp/container.json
crictl rmp --force "$(</share/pod)" >/dev/null || fail "removal of the pod of before"
[[ -z $(leases) ]] || fail "an address is lost: $(leases)"
id=$(crictl run --no-pull /tmp/container.json /tmp/pod.json) || fail "the names of before are not free"
[[ $(crictl exec -s "$id" sha256sum /bin/busybox) == "$(</share/sum)" ]] || fail "the image of before has changed"
container nginx 'nginx -v' 1 | sed "s|$busybox|$nginx|" >/tmp/nginx.json
nginx_id=$(crictl create --no-pull "$(crictl pods -q)" /tmp/nginx.json /tmp/pod.json) && crictl start "$nginx_id" >/dev/null || fail "create from the image pulled anew"
until_within 60 sh -c "grep -q nginx/ /var/log/pods/stays/nginx.log" || { cat /var/log/pods/stays/nginx.log; fail "the image pulled anew does not run"; }
say "the pull works, the names are free, the images are whole"

pod other kubepods-podother.slice 1 >/tmp/other.json
crictl runp /tmp/other.json >/dev/null || fail "the pod whose run was cut off"
[[ $(leases | wc -l) -eq 2 ]] || fail "leases: $(leases)"
crictl rmp --force --all >/dev/null || fail "removal"
[[ -z $(leases) ]] || fail "leases left: $(leases)"
say "all addresses are free"
