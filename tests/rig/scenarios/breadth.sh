# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Devices of many kinds in one guest, of many groups, several on each line: each
# does its work there (tests/rig/guest/breadth.sh says what that is).
#
# rig: --hw virtio-net --hw virtio-blk --hw ahci --hw qemu-xhci
# rig: --hw nec-usb-xhci --hw e1000 --hw conventional:rtl8139,e1000
# rig: --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 11
script=$(cat tests/rig/guest/breadth.sh)
# KIND BDF SLOT in the guest
table="nic 01:00.0 03.0
disk 02:00.0 04.0
disk 03:00.0 05.0
usb 04:00.0 06.0
usb 05:00.0 07.0
nic 06:00.0 08.0
nic 08:01.0 0b.0
nic 08:02.0 10.0"

tasks=() devices=()
while read -r kind bdf slot; do
	tasks+=("$kind:$slot")
	devices+=(--device "$bdf,at=$slot")
done <<<"$table"

note "$(lspci -nn)"
note "$(ls -d /sys/kernel/iommu_groups/*/devices/*)"
before=$(drivers)
limit=600 guest breadth --managed "${devices[@]}" --cpus 2 --memory 1G \
	-- sh -c "$script" breadth "${tasks[@]}"
is "status" "$status" 0
note "$(cat -v "$OUT/breadth.out")"
note "$(grep ' s$' "$OUT/breadth.err")"
for t in "${tasks[@]}"; do
	is "$t" "$(grep "^$t [wf]" "$OUT/breadth.out")" "$t works"
done
is "nothing odd in the guest" "$(sed '1,/^warned:/d' "$OUT/breadth.out")" ""
is "drivers are as before" "$(drivers)" "$before"
