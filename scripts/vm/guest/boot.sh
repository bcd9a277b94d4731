#!/bin/bash
# Runs in the guest at each boot: mounts the shares that the kernel's command line names, runs
# /share/script with the words of `vm.args`, leaves its output and status in the share, powers off.
set -u
options=trans=virtio,version=9p2000.L,msize=524288
word() { tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tail -n 1; }

mkdir -p /share
mount -t 9p -o $options share /share || exit 1
# A share that does not change may be cached: mmap works, and pages stay.
for pair in $(word vm.shares | tr , ' '); do
  mkdir -p "${pair#*:}"
  mount -t 9p -o "$options,ro,cache=loose" "${pair%%:*}" "${pair#*:}" || exit 1
done

cd /root || exit 1
# shellcheck disable=SC2046 # the words are arguments
bash "$(word vm.script)" $(word vm.args | tr , ' ') >>/share/output 2>&1 </dev/null
status=$?
if [ $status -ne 0 ]; then
  {
    echo "--- the end of the journal"
    journalctl -b --no-pager -o short-monotonic -n 80
  } >>/share/output 2>&1
fi
journalctl -b --no-pager -o short-monotonic -u gantryd >"/share/gantryd-$(cut -c1-8 /proc/sys/kernel/random/boot_id).log" 2>&1
echo $status >/share/status
sync /share/status
case $(word vm.end) in
orderly) exec systemctl poweroff ;;
*) exec systemctl poweroff -ff ;; # the disk is thrown away
esac
