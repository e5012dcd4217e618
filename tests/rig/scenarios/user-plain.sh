# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# `passthru run --device bcm5720` as an ordinary user who may open /dev/kvm, on
# a machine without IOMMU: two ports in one slot, and nothing is left behind.
#
# rig: --mem 2G --timeout 600 --append intel_iommu=off
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-user.sh

plan 17
script="SLOTS='0a.0 0a.1'; $(guest_sh responder)"
uid=1234
gid=1235 # may open /dev/kvm
home=/tmp/home
mkdir -m 700 $home
chown $uid $home
chgrp $gid /dev/kvm
chmod 660 /dev/kvm

as_user() { # CMD ARG...
	setpriv --reuid $uid --regid $uid --groups $gid --inh-caps=-all \
		--bounding-set=-all --no-new-privs \
		env -i PATH="$PATH" HOME=$home TMPDIR=$home "$@"
}

is "no IOMMU" "$(ls /sys/kernel/iommu_groups 2>/dev/null)" ""
is "no device that VFIO could give away" "$(ls /dev/vfio)" vfio
status=0
as_user timeout -k 5 400 $passthru run --device bcm5720,at=0a.0 --memory 256M \
	"${patience[@]}" \
	-- sh -c "$script" responder up ping kind \
	>"$OUT/plain.out" 2>"$OUT/plain.err" || status=$?
is "status" $status 0
[ $status = 0 ] || evidence plain
is "nothing is said" "$(cat "$OUT/plain.err")" ""
for f in 0 1; do
	like "MAC of port $f" "$(value plain mac 0a.$f)" "^34:17:eb:f0:dc:e[34]"
	is "link of port $f" "$(value plain link 0a.$f)" up
	is "ping of port $f" "$(value plain ping 0a.$f)" 20
	is "interrupts of port $f" "$(value plain kind 0a.$f)" msix
done
calm plain

# What `make demo` does on such a machine
is "demo: its way" "$(as_user scripts/demo.sh --way)" direct
status=0
as_user OUT=$home/demo scripts/demo.sh >"$OUT/demo.out" 2>&1 || status=$?
is "demo: status" $status 0
[ $status = 0 ] || note "$(tail -n 30 "$OUT/demo.out")"
like "demo: pings came back" "$(cat "$OUT/demo.out")" ' 3 received'
note "$(tail -n 1 "$OUT/demo.out")"
rm -rf $home/demo

nothing_left() {
	[ -z "$(ls -A $home)" ] || { ls -lA $home; return 1; }
	[ -z "$(ps -o pid= -U $uid)" ] || { ps -f -U $uid; return 1; }
}
ok "no file and no process is left" nothing_left
