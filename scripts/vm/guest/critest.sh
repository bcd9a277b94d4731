#!/bin/bash
# In the guest: critest against gantryd under systemd, on cgroup v2. critest.sh HANDLER FOCUS
# FOCUS is the name of a subset below, or all. What fails must stand in one of the lists of exceptions.
set -u
. /srv/gantry/scripts/vm/guest/node.sh
conformance=$tree/src/test/conformance

case ${2:-some} in
all) focus=. ;;
apparmor) focus=AppArmor ;;
selinux) focus=SELinux ;;
# What a machine with systemd, cgroup v2 and AppArmor can show and the development hosts cannot, and the basics.
some) focus='AppArmor|runtime should support (basic operations on PodSandbox|basic operations on container|adding volume and device)|[Oo]ut of memory|OOM|cgroup|container resource|runtime should support execSync|public image without tag' ;;
*) fail "focus: $2 (expected: all, some, apparmor or selinux)" ;;
esac

configure "$1"
"$conformance/host-prereqs.sh" || fail "host"
mkdir -p /etc/apparmor.d /share/critest
start_registry .
start_node
if crictl runtime-config | grep -qi cgroupfs; then fail "the driver is not systemd"; fi
traces >/tmp/before

cd /share/critest || exit 1
export TMPDIR=/tmp/critest
mkdir -p $TMPDIR
# A machine that is emulated needs its time.
"$GANTRY_CACHE/bin/critest" -runtime-endpoint "$socket" -ginkgo.no-color -ginkgo.v -ginkgo.timeout=3h -ginkgo.focus="$focus" \
  -runtime-service-timeout=300s -image-service-timeout=600s -ginkgo.json-report=/tmp/report.json >critest.log 2>&1 || true
[[ -s /tmp/report.json ]] || { tail -n 30 critest.log; fail "critest made no report"; }
cat "$conformance/expected-failures.txt" "$tree/scripts/vm/expected-failures.txt" >/tmp/expected
version=$("$GANTRY_CACHE/bin/critest" -version 2>/dev/null | sed -n 's/^critest version: *//p')
ended=0
"$GANTRY_CACHE/bin/critest-compare" /tmp/report.json /tmp/expected /share/critest "v${version#v}" || ended=1
[[ $ended -eq 0 ]] || head -c 20000 failures.txt

# A spec that failed may not have cleared up behind itself.
crictl rmp --all --force >/tmp/rmp 2>&1 || { cat /tmp/rmp; ended=1; }
if [[ $ended -eq 0 ]]; then nothing_left /tmp/before || fail "left behind, see above"; fi
exit $ended
