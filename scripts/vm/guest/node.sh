# shellcheck shell=bash
# Sourced by what runs in the guest: a node with gantryd as a service of systemd, its state on the
# machine's own disk, and a registry on 127.0.0.1 with the fixture images.

tree=/srv/gantry
export GANTRY_CACHE=/srv/cache
socket=unix:///run/gantry/gantry.sock
registry=/var/lib/registry port=5000
busybox=registry.k8s.io/e2e-test-images/busybox:1.29-2
nginx=registry.k8s.io/e2e-test-images/nginx:1.14-2

say() { printf '[%6.1f s] %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }
fail() { say "FAILED: $*"; exit 1; }
# until SECONDS COMMAND…: tries again until it succeeds.
until_within() {
  local limit=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < limit)) || return 1
    sleep 0.3
  done
}

# Without a file of its own crictl warns at each call.
echo "timeout: 300" >/etc/crictl.yaml
crictl() { "$GANTRY_CACHE/bin/crictl" --timeout 300s --runtime-endpoint "$socket" --image-endpoint "$socket" "$@"; }

# The package's files in their places. configure HANDLER [LINE OF CONFIGURATION…]
configure() {
  local line
  ln -sfn "$tree/target/gantry" /usr/lib/gantry
  mkdir -p /etc/gantry /etc/systemd/system/gantryd.service.d
  echo "handlers: {default: $1}" >/etc/gantry/gantry.yaml
  shift
  for line in "$@"; do echo "$line" >>/etc/gantry/gantry.yaml; done
  "$tree/src/test/conformance/cni.sh" write /etc/cni/net.d
  "$tree/src/test/conformance/write-hosts.sh" /etc/gantry/certs.d $port
  cp "$tree/target/gantry/lib/systemd/gantryd.service" /etc/systemd/system/
  # An emulated machine compiles and starts slowly; a node of flesh and blood needs none of this.
  printf '[Service]\nTimeoutStartSec=600\nTimeoutStopSec=120\nEnvironment="GANTRY_JAVA_OPTS=-XX:TieredStopAtLevel=1"\n' \
    >/etc/systemd/system/gantryd.service.d/emulated.conf
  systemctl daemon-reload
}

start_node() {
  local since=$SECONDS
  systemctl start gantryd || fail "gantryd does not start"
  until_within 120 crictl version || fail "gantryd does not answer"
  say "gantryd serves, $((SECONDS - since)) s after its start"
}

start_registry() { # start_registry [PATTERN OF IMAGES TO PUSH]
  "$tree/src/test/conformance/registry.sh" start "$registry" $port >/dev/null
  [[ $# -gt 0 ]] || return 0
  rm -rf /tmp/images
  mkdir -p /tmp/images
  ln -s "$GANTRY_CACHE/fixtures/images" /tmp/images/images
  grep -E "$1" "$GANTRY_CACHE/fixtures/images.txt" >/tmp/images/images.txt
  "$GANTRY_CACHE/fixtures/fixtures" push /tmp/images "http://127.0.0.1:$port" || fail "push"
}

# A pod's configuration: pod NAME CGROUP-PARENT PID-MODE (0: one namespace for the pod, 1: one a container)
pod() {
  printf '{"metadata": {"name": "%s", "namespace": "vm", "uid": "%s-uid"}, "log_directory": "/var/log/pods/%s",
    "linux": {"cgroup_parent": "%s", "security_context": {"namespace_options": {"pid": %s}}}}\n' "$1" "$1" "$1" "$2" "$3"
}

# A container's configuration: container NAME SHELL-COMMAND PID-MODE [FIELDS OF ITS RESOURCES]
container() {
  printf '{"metadata": {"name": "%s"}, "image": {"image": "%s"}, "command": ["sh", "-c", "%s"], "log_path": "%s.log",
    "linux": {"resources": {%s}, "security_context": {"namespace_options": {"pid": %s}}}}\n' "$1" "$busybox" "$2" "$1" "${4:-}" "$3"
}

# The addresses that host-local has given away, with the pods that have them.
leases() { (cd /var/lib/cni/networks/gantry-test 2>/dev/null && grep -H . 10.* 2>/dev/null | tr -d '\r' | sed 's/:/ /' | awk '!seen[$1]++' | sort) || true; }

# What a pod leaves nothing of: mounts, groups, units, links, processes, leases.
# crun keeps each seccomp profile that it has compiled, one file for each.
traces() {
  awk '{ print "mount", $5 }' /proc/self/mountinfo
  find /sys/fs/cgroup -mindepth 1 -type d -printf 'cgroup %p\n' | grep -E 'gantry|kubepods' | grep -v '/gantryd\.service$'
  systemctl list-units --all --plain --no-legend '*gantry*' '*kubepods*' 'run-gantry*' | awk '$1 != "gantryd.service" && $1 !~ /[.](mount|device)$/ { print "unit", $1, $3, $4 }'
  ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print "link", $2 }'
  pgrep -l 'conmon|crun|runc|catatonit' | awk '{ print "process", $2 }'
  find /var/lib/cni/networks /run/gantry/sandboxes /run/gantry/containers /run/gantry/runtimes -mindepth 1 -type f -name '*[0-9a-f]*' \
    ! -name 'last_reserved_ip*' ! -name lock ! -path '*/state/.cache/seccomp/*' -printf 'file %p\n' 2>/dev/null
  find /run/crun /run/runc -mindepth 1 -printf 'file %p\n' 2>/dev/null
  true
}
nothing_left() { # nothing_left FILE-WITH-EARLIER-TRACES
  local left
  for _ in $(seq 20); do
    left=$(comm -13 <(sort -u "$1") <(traces | sort -u) | grep -vE '^link (gantry-t0|lo)$|^unit gantry\.slice |^cgroup /sys/fs/cgroup/gantry\.slice$')
    [[ -n $left ]] || return 0
    sleep 0.5
  done
  echo "$left"
  return 1
}
