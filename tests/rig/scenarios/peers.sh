# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Devices of one guest among themselves: DMA from one into the BAR of another,
# and the reset of a bus, which hits all that are on it.
#
# At more than 5 GT/s Linux waits for a link to come back that QEMU never tells of.
#
# rig: --hw '-global pcie-root-port.x-speed=2_5'
# rig: --hw e1000e-pair --hw port
# rig: --hw '-device edu,bus=rigp3,dma_mask=0xffffffffffffffff'
# rig: --hw ivshmem:4M --hw igb --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh
. tests/rig/lib-breadth.sh

plan 18
edu=0000:03:00.0 shm=0000:04:00.0 igb=0000:05:00.0 vf=0000:05:10.0
relaxed="passthru.noload iomem=relaxed"

# edu's engine moves bytes from where the CPU put them in the other device's
# memory to where it looks for them there; registers 64 bits at once, for that
# memory lies above 4 GiB
dma='bar() { sed -n "$(($2 + 1))s/ .*//p" "/sys/bus/pci/devices/0000:00:$1/resource"; }
	reg() { devmem $((base + $1)) 64 "$2"; }
	go() { # FROM TO COMMAND
		reg 0x80 "$1"; reg 0x88 "$2"; reg 0x90 4; reg 0x98 "$3"
		while [ $(($(devmem $((base + 0x98)) 32) & 1)) = 1 ]; do
			sleep 0.1
		done
	}
	setpci -s 0b.0 4.w=6:406; setpci -s 0c.0 4.w=2:2
	base=$(bar 0b.0 0) mem=$(($(bar 0c.0 2)))
	devmem $mem 32 0x600df00d; devmem $((mem + 4096)) 32 0
	go $mem 0x40000 1; go 0x40000 $((mem + 4096)) 3
	echo "came to the other end: $(devmem $((mem + 4096)) 32)"'

# Multicast table of both functions, as in the scenario `reboot`
poke='for s in 0a 0b; do
		bar=$(head -n 1 /sys/bus/pci/devices/0000:00:$s.0/resource | cut -d" " -f1)
		echo "found $s: $(devmem $((bar + 0x5200)))"
		devmem $((bar + 0x5200)) 32 0x5a5a5a5a
		echo "wrote $s: $(devmem $((bar + 0x5200)))"
	done'

lines_of() { # NAME ERE
	grep -Eo "$2" "$OUT/$1" | sort | uniq -c | sed 's/^ *//'
}

ok "host: drivers" modprobe -a igb e1000e
ok "host: a virtual function" vf_make $igb
before=$(drivers)

# --- from device to device
guest dma --managed --device $edu,at=0b.0 --device $shm,at=0c.0 \
	--append "$relaxed" -- sh -c "$dma"
is "DMA: status" "$status" 0
is "DMA: from one device into the other, and back" \
	"$(cat "$OUT/dma.out")" "came to the other end: 0x600DF00D"
is "DMA: without a warning" "$(grep -c warning "$OUT/dma.err")" 0

# --- both functions have no reset but that of their bus
for f in $pair; do
	echo >"$pci/$f/reset_method"
done
passthru="strace -f -y -o $OUT/reset.strace -e trace=ioctl $passthru" \
	guest reset --managed "${devices[@]}" --kernel build/payload/hello.elf
is "bus reset: status" "$status" 0
is "bus reset: how many, whom, and do it; once for both" \
	"$(grep 'vfio-device' "$OUT/reset.strace" | grep -Eo \
		'VFIO_DEVICE_(GET_)?PCI_HOT_RESET(_INFO)?|ENOSPC' | xargs)" \
	"VFIO_DEVICE_GET_PCI_HOT_RESET_INFO ENOSPC \
VFIO_DEVICE_GET_PCI_HOT_RESET_INFO VFIO_DEVICE_PCI_HOT_RESET"
is "bus reset: no own one was tried" \
	"$(grep -c 'VFIO_DEVICE_RESET' "$OUT/reset.strace")" 0
guest once --managed "${devices[@]}" --append "$relaxed" -- sh -c "$poke"
is "bus reset: registers can be written" \
	"$(lines_of once.out "wrote .*")" \
	"1 wrote 0a: 0x5A5A5A5A
1 wrote 0b: 0x5A5A5A5A"
guest again --managed "${devices[@]}" --append "$relaxed" -- sh -c "$poke"
is "bus reset: the next guest: status" "$status" 0
is "bus reset: and its registers are as after power-on" \
	"$(lines_of again.out "found .*")" \
	"1 found 0a: 0x00000000
1 found 0b: 0x00000000"
is "bus reset: without a warning" "$(grep -c warning "$OUT/again.err")" 0
for f in $pair; do
	echo default >"$pci/$f/reset_method"
done

# --- the bus of a virtual function is its parent's, too, which the host has
echo >"$pci/$vf/reset_method"
guest foreign --managed --device $vf,at=0a.0 -- sh -c 'echo it runs'
is "a reset that would hit another: status" "$status" 0
is "a reset that would hit another: the guest has it all the same" \
	"$(cat "$OUT/foreign.out")" "it runs"
like "a reset that would hit another: is not done, and says whom" \
	"$(cat "$OUT/foreign.err")" \
	"warning: $vf: it has no reset of its own, .* hit $igb of group [0-9]*, .*--device $igb; it starts as the host left it"
ok "a reset that would hit another: that still has its link" carrier $igb
is "one warning" "$(grep -c warning "$OUT/foreign.err")" 1
is "drivers are as before" "$(drivers)" "$before"
[ "$tap_failed" = 0 ] ||
	note "$(cat "$OUT"/*.err; grep VFIO "$OUT/reset.strace")"
