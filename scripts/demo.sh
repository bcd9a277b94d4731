#!/usr/bin/env bash
# make demo: prepares a private root and a registry, lets io.gantry.client.Demo tell the story,
# clears up, and looks whether anything was left behind.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_root
scripts/packages.sh demo
JAVA_HOME=$(scripts/find-jdk.sh)
export JAVA_HOME
if [[ ${1:-} != --built ]]; then # the gate has built it already
  echo "building (a minute or two the first time) ..."
  scripts/build.sh
fi

name=gantry-demo
scripts/sweep.sh "$PWD/target/demo" "$name" # what a demo that was killed may have left
dir=$(private_dir "$PWD/target/demo")
before=target/demo.before
tmpfs_if_needed "$dir"
scripts/leak-check.sh snapshot "$before"
forward=$(</proc/sys/net/ipv4/ip_forward)

finish() {
  trap - EXIT INT TERM
  echo "$forward" >/proc/sys/net/ipv4/ip_forward # the bridge plugin switches it on
  tear_down "$1" "$dir" "$name" "$before" || exit 1
}
trap 'finish 1' EXIT INT TERM

scripts/private-root.sh "$dir" "$name" "$(free_subnet)" "$(free_port)"
port=$(src/test/conformance/registry.sh start "$dir/registry")
mkdir -p "$dir/certs.d/registry.example"
printf 'server = "http://127.0.0.1:%s"\n' "$port" >"$dir/certs.d/registry.example/hosts.toml"

colour=plain
[[ ! -t 1 ]] || colour=colour
busybox=$(scripts/static-busybox.sh)
classpath=target/test-classes:target/classes:$(cat target/test.classpath)
ended=0
"$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx128m -XX:TieredStopAtLevel=1 -XX:-UsePerfData --enable-native-access=ALL-UNNAMED \
  -Djava.library.path=target/native -cp "$classpath" \
  io.gantry.client.Demo "$dir" "${GANTRYD:-target/gantry/bin/gantryd}" "$port" "$busybox" "$colour" || ended=$?
if [[ $ended -ne 0 ]]; then tail -n 15 "$dir/gantryd.log" 2>/dev/null | cut -c1-400 || true; fi

finish "$ended"
echo "   nothing is left behind: no mount, namespace, link, address, rule, cgroup, process or file"
