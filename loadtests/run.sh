#!/usr/bin/env bash
# make load: Gantry and containerd 2.3.4 on this host, the same runc, CNI plugins and images, asked the
# same things in turn; the tables go to docs/results/, into loadtests/README.md and README.md, to be committed.
# run.sh [--built] [--rounds N] [--what LIST] [--handler runc|crun] [--plain] [--out FILE]
#   --built    takes target/gantry/ as it is, with its AOT cache if it has one
#   --rounds   pods a runtime, one after the other (default 30); the other counts follow from it
#   --what     pod,shared-pid,exec,streams,burst10,burst50,pull,crowd,rest,events,command (default: all of these), handlers
#   --handler  what Gantry runs containers with (default: runc, as containerd does)
#   --plain    without an AOT cache
#   --out      writes the tables there, and nowhere else
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

built='' rounds=30 what=all handler=runc plain='' out=''
while (($#)); do
  case $1 in
  --built) built=yes ;;
  --plain) plain=yes ;;
  --rounds) rounds=$2; shift ;;
  --what) what=$2; shift ;;
  --handler) handler=$2; shift ;;
  --out) out=$2; shift ;;
  *) sed -n '4,10s/^# //p' "$0" >&2; exit 2 ;;
  esac
  shift
done

need_root
scripts/packages.sh demo critest
conformance=src/test/conformance
"$conformance/build-tools.sh" # exits 3 and says how to get Go 1.26 when there is none
"$conformance/build-peers.sh"
"$conformance/build-fixtures.sh"
if [[ -z $built ]]; then
  scripts/build.sh
  [[ -n $plain ]] || scripts/aot.sh
fi
JAVA_HOME=$(scripts/find-jdk.sh)
export JAVA_HOME

name=gantry-load peer=gantry-tp
cache=${GANTRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gantry}
scripts/sweep.sh "$PWD/target/load" "$name"
dir=$(private_dir "$PWD/target/load")
before=target/load.before
tmpfs_if_needed "$dir"
home=$dir/g
mkdir -p "$home" "$dir/c" "$dir/pods"
groups=/sys/fs/cgroup
[[ ! -d $groups/cpuacct ]] || groups=$groups/cpuacct
gvisor=
ours=gantry-load-daemon theirs=gantry-load-peer
scripts/leak-check.sh snapshot "$before"
forward=$(</proc/sys/net/ipv4/ip_forward)
cni_there=$([[ -d /var/lib/cni/networks ]] && echo yes || true)

end_daemon() {
  local pid
  [[ -f $home/pid ]] || return 0
  pid=$(<"$home/pid")
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  echo "gantryd still runs 15 s after SIGTERM" >&2
  kill -9 "$pid" 2>/dev/null || true
}

finish() {
  trap - EXIT INT TERM
  crictl rmp --all --force >"$dir/rmp.log" 2>&1 || true # what a scenario that failed has left
  end_daemon
  "$conformance/peer-containerd.sh" stop "$dir/c" || true
  [[ -z $gvisor ]] || unmasquerade "$name"
  for kept in "$home" "$dir/c"; do # runsc keeps it for ever
    ! mountpoint -q "$kept/runsc/k8s.io/null-netns" || umount "$kept/runsc/k8s.io/null-netns"
  done
  echo "$forward" >/proc/sys/net/ipv4/ip_forward
  for left in "gantry-load-pods-*" "$ours" "$theirs"; do
    find /sys/fs/cgroup -depth -type d -path "/sys/fs/cgroup/*$left*" -exec rmdir {} + 2>/dev/null || true
  done
  [[ -n $cni_there ]] || rmdir /var/lib/cni/networks /var/lib/cni/results 2>/dev/null || true
  tear_down "$1" "$dir" "$name" "$before" || exit 1
}
trap 'finish 1' EXIT INT TERM
crictl() { "$cache/bin/crictl" --timeout 60s --runtime-endpoint "unix://$home/run/gantry.sock" "$@"; }

metrics=$(free_port)
scripts/private-root.sh "$home" "$name" "$(free_subnet)" "$metrics"
sed -i "s/^  default: .*/  default: $handler/" "$home/gantry.yaml"
if [[ ,$what, == *,handlers,* ]]; then
  [[ ! -x $CACHE/gvisor/runsc ]] || gvisor=$(gvisor_shim)
  for side in "$home" "$dir/c"; do
    printf 'binary_name = "%s"\nroot = "%s"\n[runsc_config]\n  platform = "systrap"\n' "$CACHE/gvisor/runsc" "$side/runsc" >"$side/runsc.toml"
  done
  {
    echo "  crun: {}"
    echo "  runc: {}"
    echo "  runc-shim: {driver: shim, binary: $SHIM, options: BinaryName=$(command -v runc)}"
    [[ -z $gvisor ]] || echo "  gvisor: {driver: shim, binary: $gvisor, options: ConfigPath=$home/runsc.toml}"
  } >>"$home/gantry.yaml"
fi
port=$("$conformance/registry.sh" start "$dir/registry")
"$conformance/push-fixtures.sh" "$port"
"$conformance/write-hosts.sh" "$home/certs.d" "$port"

# Each daemon starts in a group of its own, whose processor time is read: what it spawns stays there.
cat >"$home/again" <<END
#!/usr/bin/env bash
[[ \$(ulimit -Sn) -ge 8192 ]] || ulimit -Sn 8192 # a thousand readers
mkdir -p $groups/$ours && echo \$\$ >$groups/$ours/cgroup.procs
setsid $PWD/target/gantry/bin/gantryd --config $home/gantry.yaml >>$dir/gantryd.log 2>&1 </dev/null &
echo \$! >$home/pid
END
cat >"$dir/c/again" <<END
#!/usr/bin/env bash
mkdir -p $groups/$theirs && echo \$\$ >$groups/$theirs/cgroup.procs
exec $PWD/$conformance/peer-containerd.sh "\${2:-again}" $dir/c \${3:-}
END
chmod 755 "$home/again" "$dir/c/again"
[[ -z $plain ]] || mv target/gantry/lib/gantry.aot target/gantry/lib/gantry.aot.aside 2>/dev/null || true
"$home/again"
GVISOR_SHIM=$gvisor "$dir/c/again" "$dir/c" start "$port" >/dev/null
for _ in $(seq 200); do
  [[ ! -S $home/run/gantry.sock ]] || break
  kill -0 "$(<"$home/pid")" 2>/dev/null || { tail -n 20 "$dir/gantryd.log"; die "gantryd ended at once"; }
  sleep 0.1
done

ended=0
classpath=target/test-classes:target/classes:$(cat target/test.classpath)
"$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx1g -XX:-UsePerfData --enable-native-access=ALL-UNNAMED \
  -Djava.library.path=target/native -cp "$classpath" io.gantry.load.Load \
  --peer "Gantry,$home/run/gantry.sock,$home,$ours,$home/again,http://127.0.0.1:$metrics/metrics" \
  --peer "containerd,$dir/c/c.sock,$dir/c,$theirs,$dir/c/again" \
  --image registry.k8s.io/e2e-test-images/busybox:1.29-2 --registry "http://127.0.0.1:$port" \
  --gantry "$PWD/target/gantry/bin/gantry" --crictl "$cache/bin/crictl" \
  --rounds "$rounds" --what "$what" --work "$dir/pods" --out "$dir/tables.md" || ended=$?
if [[ $ended -ne 0 ]]; then grep -E 'WARN|ERROR' "$dir/gantryd.log" | tail -n 15 | cut -c1-400 || true; fi

version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || echo absent; }
cpu() { awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo; }
aot=$([[ -f target/gantry/lib/gantry.aot ]] && echo with || echo without)
report=${out:-docs/results/load-$(date -u +%Y-%m-%d).md}
if [[ -s $dir/tables.md ]]; then
  {
    echo "# Load tests of $(date -u '+%Y-%m-%d %H:%M') UTC"
    echo
    echo "Host: $(nproc) cores ($(cpu)), $(awk '/MemTotal/ { printf "%d MiB", $2 / 1024 }' /proc/meminfo), Linux $(uname -r | cut -d- -f1), $(. /etc/os-release && echo "$PRETTY_NAME"), cgroup $([[ -f /sys/fs/cgroup/cgroup.controllers ]] && echo v2 || echo v1)."
    echo "Load of the host when it ended: $(cut -d' ' -f1-3 /proc/loadavg)."
    echo "Commit: $(git rev-parse --short HEAD 2>/dev/null || echo none), Gantry with $handler, $aot an AOT cache."
    echo
    echo "Versions: containerd 2.3.4, runc $(version runc), crun $(version crun), conmon $(version conmon), CNI plugins $(version containernetworking-plugins), JDK $("$JAVA_HOME/bin/java" -version 2>&1 | sed -n 's/.*(build \(.*\))/\1/p' | head -n 1)."
    echo
    cat "$dir/tables.md"
  } >"$report"
  echo "written: $report"
  if [[ -z $out && $what == all ]]; then # the page that people read has the newest whole table
    { sed '/^<!-- tables -->$/q' loadtests/README.md; sed '1s/^# /Newest: /' "$report"; } >"$dir/readme.md"
    cp "$dir/readme.md" loadtests/README.md
    { # the front page has what is expected, and where the time goes
      sed '/^<!-- load tests -->$/q' README.md
      sed -n '1s/^# Load tests of \(.*\)/Measured on \1; all of it: [loadtests\/README.md](loadtests\/README.md)./p' "$report"
      echo
      awk -F'|' '/^\| (milliseconds|PSS, MiB) / && !n++ { print "| |" $3 "|" $4 "|" $5 "|" $6 "|\n|---|---|---|---|---|" } /, (met|missed) *\|/ { print "|" $2 "|" $3 "|" $4 "|" $5 "|" $6 "|" }' "$report"
      echo
      sed -n '/^Where the time of Gantry goes/,$p' "$report"
      echo
      sed -n '/^<!-- end of load tests -->$/,$p' README.md
    } >"$dir/front.md"
    cp "$dir/front.md" README.md
  fi
fi
[[ -z $plain ]] || mv target/gantry/lib/gantry.aot.aside target/gantry/lib/gantry.aot 2>/dev/null || true
finish "$ended"
