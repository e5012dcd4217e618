# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Capabilities, power and resets: what a guest sees of them is what the host
# sees, and what it does with them ends neither the guest nor the device
# (tests/rig/guest/caps.sh says what that is).  What is the host's is hidden.
#
# rig: --hw e1000e --hw igb --hw nvme --hw edu --hw igb --hw ivshmem:8G
# rig: --hw bcm5720 --mem 4G --timeout 2400
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-lspci.sh
. tests/rig/lib-breadth.sh

plan 38
# BDF SLOT in the guest; a VF of the first igb, and the second as it is
table="01:00.0 03.0
02:10.0 04.0
03:00.0 05.0
04:00.0 06.0
05:00.0 07.0
06:00.0 08.0"
nics="03.0 04.0 07.0"
store=05.0
window='s/^\([0-9a-f]*\)-\([0-9a-f]*\) : PCI Bus 0000:00$/\1 \2/p'

# What all of a virtual function, a hidden capability and lspci's own taste let
# differ: it shows LnkCtl2 of an endpoint at slot 0 only
differ=$OUT/differ
cat >"$differ" <<'X'
 \[virtual\]
^	Capabilities: \[[0-9a-f]* v1\] Alternative Routing-ID.*$
^		ARI(Cap|Ctl):.*$
^		LnkCtl2: .*$
^			 Transmit Margin: .*$
^			 Compliance Preset.*$
X
# Of the igb itself, SR-IOV down to the end of its registers
cat >"$differ.sriov" <<'X'
^	Capabilities: \[[0-9a-f]* v1\] Single Root I.O Virtualization.*$
^		(IOVCap|IOVCtl|IOVSta|Initial VFs|VF offset|VF Migration).*$
^		Supported Page Size: .*$
^		Region [03]: .*\(64-bit, prefetchable\)$
X

value() { # STEP SLOT
	sed -n "s/^$1 $2: //p" "$OUT/caps.out"
}

host_rom() { # BDF
	echo 1 >"$pci/0000:$1/rom"
	sha256sum <"$pci/0000:$1/rom"
	echo 0 >"$pci/0000:$1/rom"
}

# Power states as the host has them, from when the guest's devices are up until
# they were suspended: without a guest the host's own driver lets them sleep, too
power_states() {
	local f
	until grep -q "^vpd " "$OUT/caps.out"; do
		sleep 0.5
	done
	until grep -q "^suspend-status" "$OUT/caps.out"; do
		for f in 01:00.0 03:00.0 05:00.0; do
			echo "$f $(cat "$pci/0000:$f/power_state")"
		done
		sleep 0.1
	done
} 2>/dev/null

sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ok "host: drivers" modprobe -a e1000e igb nvme igbvf
ok "host: a virtual function" vf_make 0000:02:00.0
before=$(drivers)
guest_tree
while read -r bdf slot; do
	host_lspci "$bdf" >"$OUT/host-$slot"
done <<<"$table"
for what in "Single Root" "Alternative Routing"; do
	like "host: $what is there" "$(cat "$OUT/host-07.0")" "$what"
done
rom0=$(host_rom 01:00.0)
rom1=$(host_rom 07:00.0)
vpd0=$(sha256sum <"$pci/0000:07:00.0/vpd")
devices=()
while read -r bdf slot; do
	devices+=(--device "$bdf,at=$slot")
done <<<"$table"

power_states >"$OUT/states" &
states=$!
limit=1500 guest caps --managed "${devices[@]}" --device 07:00.0,at=0a.0 \
	--device 07:00.1,at=0b.0 --cpus 2 --memory 512M \
	--append "passthru.noload iomem=relaxed suspend.pm_test_delay=1" \
	-- sh -c "NICS='$nics' DISK=$store EDU=06.0
		SHOWN='03.0 04.0 05.0 06.0 07.0 08.0' ROMS='03.0 0a.0'
		VPDS='0a.0' POWER='03.0 07.0' FLR='04.0 07.0'
		$(guest_sh caps)" caps \
	up lspci rom vpd suspend power flr edu iomem
kill $states 2>/dev/null
is "status" "$status" 0
note "$(grep '^[0-9.]* s: ' "$OUT/caps.err")"
note "$(grep -E '^[a-z]+(-[a-z]+)? [0-9a-z.]+: ' "$OUT/caps.out")"

# As on the host
for s in 03.0 04.0 05.0 06.0 08.0; do
	ok "lspci: $s" same_lspci caps $s "$OUT/host-$s" "$differ"
done
ok "lspci: 07.0 but for SR-IOV" same_lspci caps 07.0 "$OUT/host-07.0" \
	"$differ" "$differ.sriov"
is "lspci: no capability of the host's" \
	"$(grep -E 'Single Root|Alternative Routing' "$OUT/caps.out")" ""
is "ROM of the e1000e" "$(value rom 03.0)" "$rom0"
is "ROM of the BCM5720" "$(value rom 0a.0)" "$rom1"
is "VPD" "$(value vpd 0a.0)" "$vpd0"

# Of use afterwards
for step in up suspend; do
	for s in $nics; do
		is "$step: $s" "$(value $step $s)" 5
	done
	is "$step: $store" "$(value $step $store)" equal
done
is "suspend: as told" "$(value suspend-status all)" 0
for s in 03.0 07.0; do
	is "power: $s is in D3hot" "$(value power-state $s)" 3
done
for s in 03.0 07.0; do
	is "power: $s comes back" "$(value power $s)" 5
done
for f in 01:00.0 03:00.0 05:00.0; do
	like "suspend: the host has seen $f in D3hot" "$(cat "$OUT/states")" "$f D3hot"
done
for s in 04.0 07.0; do
	is "flr: $s works again" "$(value flr $s)" 5
done
is "edu: an interrupt by its pin" "$(value edu-pin 06.0)" 1
is "edu: three by MSI" "$(value edu-messages 06.0)" 3

# Above 4 GiB
top=$(sed -n 's/^bits: //p' "$OUT/caps.out")
read -r start end < <(sed -n "$window" "$OUT/caps.out")
note "window 0x$start to 0x$end, $top bits"
ok "the window ends inside the address width" \
	[ $((0x${end:-0} >> ${top:-1})) = 0 ]
like "the 8 GiB are in it" "$(cat "$OUT/caps.out")" '  [0-9a-f]{9,}-[0-9a-f]* : 0000:00:08.0'
is "drivers are as before" "$(drivers)" "$before"
