# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Devices of many kinds in one guest, of many groups, several on each line: each
# does its work there (tests/rig/guest/breadth.sh says what that is).
#
# rig: --hw e1000e --hw igb --hw nvme --hw virtio-net --hw virtio-blk
# rig: --hw ahci --hw qemu-xhci --hw nec-usb-xhci --hw edu --hw testdev
# rig: --hw ivshmem:4M --hw ivshmem:1G --hw ivshmem:8G
# rig: --hw port --hw "-device virtio-rng-pci,bus=rigp14"
# rig: --hw conventional:rtl8139,e1000,ich9-usb-ehci1
# rig: --mem 4G --timeout 3000
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-breadth.sh

plan 22
script=$(cat tests/rig/guest/breadth.sh)
# KIND BDF SLOT in the guest
table="nic 01:00.0 03.0
nic 02:10.0 04.0
disk 03:00.0 05.0
nic 04:00.0 06.0
disk 05:00.0 07.0
disk 06:00.0 08.0
usb 07:00.0 09.0
usb 08:00.0 0a.0
edu 09:00.0 0b.0
testdev 0a:00.0 0c.0
ivshmem 0b:00.0 0d.0
ivshmem 0c:00.0 0e.0
ivshmem 0d:00.0 0f.0
nic 10:01.0 10.0
nic 10:02.0 13.0
usb 10:03.0 15.0"

tasks=() devices=()
while read -r kind bdf slot; do
	tasks+=("$kind:$slot")
	devices+=(--device "$bdf,at=$slot")
done <<<"$table"

ok "host: a virtual function" vf_make 0000:02:00.0
note "$(lspci -nn)"
note "$(ls -d /sys/kernel/iommu_groups/*/devices/*)"
for bdf in 0000:0b:00.0 0000:0c:00.0 0000:0d:00.0; do
	pattern_put $bdf
done
fails "virtio past the IOMMU" "0e:00.0: virtio .*iommu_platform=on" \
	$passthru run --managed --device 0e:00.0 -- true
before=$(drivers)
limit=2400 guest breadth --managed "${devices[@]}" --cpus 2 --memory 1G \
	--append 'memmap=1M$0x8000000' \
	-- sh -c "$script" breadth "${tasks[@]}"
is "status" "$status" 0
note "$(cat -v "$OUT/breadth.out")"
note "$(grep ' s$' "$OUT/breadth.err")"
for t in "${tasks[@]}"; do
	is "$t" "$(grep "^$t [wf]" "$OUT/breadth.out")" "$t works"
done
for bdf in 0000:0b:00.0 0000:0c:00.0 0000:0d:00.0; do
	pattern_check $bdf >>"$OUT/patterns"
done
is "ivshmem: what the guest left is there" "$(cat "$OUT/patterns")" \
"0000:0b:00.0 4194304
0000:0c:00.0 1073741824
0000:0d:00.0 8589934592"
is "nothing odd in the guest" "$(sed '1,/^warned:/d' "$OUT/breadth.out")" ""
is "drivers are as before" "$(drivers)" "$before"
