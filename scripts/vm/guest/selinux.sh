#!/bin/bash
# In the guest, started with SELinux: the labels of pods, of containers and of their files; critest's specs of them; and at
# last what an enforcing policy makes of the labels.
set -u
. /srv/gantry/scripts/vm/guest/node.sh

say "SELinux: $(sed 's/1/enforcing/; s/0/permissive/' /sys/fs/selinux/enforce), policy $(sed -n 's/^SELINUXTYPE=//p' /etc/selinux/config), this is $(tr -d '\0' </proc/self/attr/current)"
configure crun 'selinux: {enabled: true}'
start_registry "^$busybox "
start_node
crictl pull $busybox >/dev/null || fail "pull"
traces >/tmp/before

label() { stat -c %C "$1"; }
process() { tr -d '\0' <"/proc/$1/attr/current"; }
level() { crictl inspectp "$1" | sed -n 's/.*"selinuxLevel": *"\(.*\)".*/\1/p' | head -n 1; }
# A boot is dear: all that is wrong is told before the end.
mistakes=0
wrong() { say "WRONG: $*"; mistakes=$((mistakes + 1)); }
same() { [[ $2 == "$3" ]] || wrong "$1: '$2' (expected: '$3')"; }
# labelled NAME PID-MODE SECURITY-FIELDS [MOUNTS] [COMMAND]: a container's configuration
sleeping='"sleep", "600"'
labelled() {
  printf '{"metadata": {"name": "%s"}, "image": {"image": "%s"}, "command": [%s], "mounts": [%s],
    "linux": {"security_context": {"namespace_options": {"pid": %s}%s}}}\n' "$1" "$busybox" "${5:-$sleeping}" "${4:-}" "$2" "$3"
}
refused() { # refused WHAT WORDS-OF-THE-ERROR, of the container in /tmp/container.json
  if crictl create --no-pull "$pod" /tmp/container.json /tmp/pod.json >/tmp/refusal 2>&1; then
    wrong "$1 was not refused"
  else
    grep -q "$2" /tmp/refusal || wrong "$1: $(tail -n 1 /tmp/refusal) (expected: $2)"
  fi
}

mkdir -p /data/deep /outside
touch /data/file /data/deep/file /outside/file
mkfifo /data/fifo
ln -s /outside/file /data/link
before=$(label /outside/file)

for runtime in crun runc; do
  pod $runtime '' 0 >/tmp/pod.json
  pod=$(crictl runp --runtime $runtime /tmp/pod.json) || fail "run with $runtime"
  own=$(level "$pod")
  [[ $own =~ ^s0:c[0-9]+,c[0-9]+$ ]] || wrong "the pod's level: '$own'"
  same "the pod's process" "$(process "$(crictl inspectp "$pod" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' | head -n 1)")" "system_u:system_r:container_t:$own"
  files=system_u:object_r:container_file_t:$own
  for file in resolv.conf hosts hostname; do same $file "$(label "/run/gantry/sandboxes/$pod/$file")" "$files"; done
  grep "/run/gantry/sandboxes/$pod/shm " /proc/self/mountinfo | grep -qF "context=\"$files\"" || wrong "the label of /dev/shm"

  labelled plain 0 '' '{"container_path": "/data", "host_path": "/data", "selinux_relabel": true}, {"container_path": "/outside", "host_path": "/outside"}' >/tmp/container.json
  id=$(crictl create --no-pull "$pod" /tmp/container.json /tmp/pod.json) && crictl start "$id" >/dev/null || fail "container with $runtime"
  same "a container" "$(crictl exec -s "$id" cat /proc/1/attr/current | tr -d '\0')" "system_u:system_r:container_t:$own"
  same "a command in it" "$(crictl exec -s "$id" cat /proc/self/attr/current | tr -d '\0')" "system_u:system_r:container_t:$own"
  crictl exec -s "$id" cat /proc/self/mountinfo >/tmp/mounts
  grep ' / / ' /tmp/mounts | grep -qF "context=\"$files\"" || wrong "the label of the root: $(grep ' / / ' /tmp/mounts)"
  grep ' / /dev ' /tmp/mounts | grep -qF "context=\"$files\"" || wrong "the label of /dev: $(grep ' / /dev ' /tmp/mounts)"
  for file in /data /data/file /data/deep /data/deep/file /data/fifo /data/link; do same $file "$(label $file)" "$files"; done
  same "a file that nobody asked about" "$(label /outside/file)" "$before"

  labelled own-level 0 ', "selinux_options": {"level": "s0:c4,c5"}' >/tmp/container.json
  id=$(crictl create --no-pull "$pod" /tmp/container.json /tmp/pod.json) && crictl start "$id" >/dev/null || fail "container with a level"
  same "a level of its own" "$(crictl exec -s "$id" cat /proc/self/attr/current | tr -d '\0')" "system_u:system_r:container_t:s0:c4,c5"
  same "what both read" "$(label "/run/gantry/sandboxes/$pod/hosts")" system_u:object_r:container_file_t:s0
  labelled of-host 2 '' >/tmp/container.json
  id=$(crictl create --no-pull "$pod" /tmp/container.json /tmp/pod.json) && crictl start "$id" >/dev/null || fail "container among the host's processes"
  [[ $(crictl exec -s "$id" cat /proc/self/attr/current | tr -d '\0') != *:container_t:* ]] || wrong "a container among the host's processes is confined"

  labelled bad-type 0 ', "selinux_options": {"type": "nonsense_t"}' >/tmp/container.json
  refused "a type that there is not" "selinux type: 'nonsense_t'"
  labelled bad-path 0 '' '{"container_path": "/etc/x", "host_path": "/etc/apt", "selinux_relabel": true}' >/tmp/container.json
  refused "the label of /etc" "relabelling of host path '/etc/apt'"
  labelled bad-place 0 '' '{"container_path": "/x", "host_path": "/srv/cache/bin", "selinux_relabel": true}' >/tmp/container.json
  refused "the label of a file system without" "file system without labels\|read-only file system"
  say "labels with $runtime"
done

# What a pod got outlives the daemon, and no other pod gets it.
pod=$(crictl pods -q --name crun)
own=$(level "$pod")
systemctl kill -s KILL --kill-whom=main gantryd
sleep 2
until_within 240 crictl version || fail "no daemon after a kill"
same "the level after a kill" "$(level "$pod")" "$own"
pod crun '' 0 >/tmp/pod.json
labelled later 0 '' >/tmp/container.json
id=$(crictl create --no-pull "$pod" /tmp/container.json /tmp/pod.json) && crictl start "$id" >/dev/null || fail "container after a kill"
same "a container after a kill" "$(crictl exec -s "$id" cat /proc/self/attr/current | tr -d '\0')" "system_u:system_r:container_t:$own"
pod another '' 1 >/tmp/pod.json
another=$(crictl runp /tmp/pod.json) || fail "another pod"
[[ $(level "$another") != "$own" ]] || wrong "two pods with one level"
crictl rmp --all --force >/dev/null || fail "remove"
nothing_left /tmp/before || fail "left behind, see above"
say "levels outlive the daemon"
crictl info | grep -q 'container_t' || wrong "the status says nothing of labels"
"$tree/target/gantry/bin/gantry" doctor 2>&1 | grep -i selinux

"$tree/src/test/conformance/registry.sh" stop "$registry" >/dev/null
rm -rf "$registry"
bash "$tree/scripts/vm/guest/critest.sh" crun selinux || fail "critest"

# The daemon itself has no domain here that may go on: the machine's files have no labels. So this is short, and the last.
mkdir -p /own /foreign /plain
touch {/own,/foreign,/plain}/file
chcon -R system_u:object_r:container_file_t:s0:c900,c901 /foreign
pod enforced '' 1 >/tmp/pod.json
pod=$(crictl runp /tmp/pod.json) || fail "a pod to look around in"
look='while :; do for d in own foreign plain; do if cat /$d/file >/dev/null 2>&1; then echo read >/own/$d; else echo denied >/own/$d; fi; done; sleep 0.2; done'
labelled look 1 '' '{"container_path": "/own", "host_path": "/own", "selinux_relabel": true}, {"container_path": "/foreign", "host_path": "/foreign"}, {"container_path": "/plain", "host_path": "/plain"}' \
  "\"sh\", \"-c\", \"$look\"" >/tmp/container.json
id=$(crictl create --no-pull "$pod" /tmp/container.json /tmp/pod.json) && crictl start "$id" >/dev/null || fail "a container to look around in"
seen() { for d in own foreign plain; do [[ -s /own/$d ]] || return 1; done; }
until_within 60 seen || fail "the container does not look around"
[[ $(cat /own/{own,foreign,plain} | tr '\n' ' ') == 'read read read ' ]] || wrong "what is seen with a permissive policy"
setenforce 1
sleep 2 # what was under way
rm -f /own/{own,foreign,plain}
until_within 30 seen
[[ $(cat /own/{own,foreign,plain} | tr '\n' ' ') == 'read denied denied ' ]] ||
  wrong "what is seen with an enforcing policy, of its own, of another pod's and of the host's: $(cat /own/{own,foreign,plain} | tr '\n' ' ')"
setenforce 0
say "an enforcing policy lets a container read what is its own, and neither another pod's nor the host's"
[[ $mistakes -eq 0 ]] || fail "$mistakes of the above"
