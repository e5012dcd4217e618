# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest: is each of these devices of use, not only there?
#
#   sh -c "$(cat kinds.sh breadth.sh)" breadth KIND:SLOT...
#
# nic      16 MiB come by TCP and go back, equal (the rig's --hw tells to whom)
# disk     16 MiB written, caches dropped, read back, equal
# usb      a USB device is there and, being a disk, passes that
# edu      factorial, DMA both ways, an interrupt
# ivshmem  the pattern from outside is seen, and one is left there, at both ends
# testdev  what is written to pci-testdev is counted there, memory and I/O
#
# and those of kinds.sh, which goes before it.
#
# Prints for each `KIND:SLOT works`, or why not, then how it interrupts.

pci=/sys/bus/pci/devices
size=16777216
echo 5 >/proc/sys/kernel/printk

until_true() { # SECONDS CMD...
	i=$(($1 * 5))
	shift
	until "$@" >/dev/null 2>&1; do
		i=$((i - 1))
		[ $i -gt 0 ] || return
		sleep 0.2
	done
}

wrong() { # WHAT
	echo "$1" >"$tmp/why"
	return 1
}

# Its lines of /proc/interrupts: of messages, or else its pin's, which others
# may share
lines() { # SLOT
	for n in $(ls "$pci/0000:00:$1/msi_irqs" 2>/dev/null ||
		cat "$pci/0000:00:$1/irq"); do
		grep "^ *$n:" /proc/interrupts
	done
}

# Interrupts so far, and the chip they come by
irqs() { # SLOT
	lines "$1" | awk '{ for (i = 2; $i ~ /^[0-9]+$/; i++) s += $i
		chip = $i } END { print s + 0, chip }'
}

in_ns() { # SLOT CMD ARG...
	ns=f${1%.*}${1#*.}
	shift
	ip netns exec "$ns" "$@"
}

linked() { # SLOT
	in_ns "$1" ip link show | grep -q 'eth.*LOWER_UP'
}

nic_up() { # SLOT
	n=$(find "$pci/0000:00:$1/" -path '*/net/*' -name address |
		sed 's,.*/net/\([^/]*\)/.*,\1,')
	[ -n "$n" ] || return
	ip netns add "f${1%.*}${1#*.}"
	ip link set "$n" netns "f${1%.*}${1#*.}"
	in_ns "$1" ip addr add 10.0.2.15/24 dev "$n"
	in_ns "$1" ip link set "$n" up
	until_true 30 linked "$1"
	linked "$1"
}

tcp() { # SLOT PORT
	in_ns "$1" timeout 1000 nc 10.0.2.100 "$2"
}

test_nic() { # SLOT
	nic_up "$1" || wrong "no interface, or no link" || return
	tcp "$1" 19 </dev/null >"$tmp/blob"
	bytes=$(wc -c <"$tmp/blob")
	[ "$bytes" = $size ] || wrong "$bytes bytes came" || return
	got=$(tcp "$1" 9 <"$tmp/blob")
	[ "$got" = equal ] || wrong "there and back: ${got:-no answer}"
}

# Bytes of many kinds, fast, and other ones for each device
data() { # SLOT
	{ yes "$1" | head -c 1048575; cat $blobs $blobs; } | head -c $size
}

block_of() { # SLOT
	find "$pci/0000:00:$1/" -name queue -type d |
		sed -n 's,.*/\([^/]*\)/queue$,/dev/\1,p' | head -n 1
}

has_block() { # SLOT
	[ -b "$(block_of "$1")" ]
}

test_disk() { # SLOT
	[ ! -d "$pci/0000:00:$1/mmc_host" ] || modprobe mmc_block
	until_true 60 has_block "$1"
	dev=$(block_of "$1")
	[ -n "$dev" ] || wrong "no disk" || return
	data "$1" | dd of="$dev" bs=64k iflag=fullblock conv=fsync 2>/dev/null ||
		wrong "a write failed" || return
	blockdev --flushbufs "$dev"
	echo 3 >/proc/sys/vm/drop_caches
	data "$1" | cmp -n $size - "$dev" >&2 ||
		wrong "what was read is not what was written"
}

enumerated() { # SLOT
	cat $pci/0000:00:"$1"/usb*/*-*/idVendor | grep -q .
}

test_usb() { # SLOT
	until_true 30 enumerated "$1"
	enumerated "$1" || wrong "no USB device" || return
	test_disk "$1"
}

bar() { # SLOT NUMBER
	sed -n "$(($2 + 1))s/ .*//p" "$pci/0000:00:$1/resource"
}

# A device without a driver of its own gets one that only waits for its line
uio_bind() { # SLOT
	modprobe uio_pci_generic || return
	echo uio_pci_generic >"$pci/0000:00:$1/driver_override"
	echo "0000:00:$1" >/sys/bus/pci/drivers_probe
	ls "$pci/0000:00:$1/uio"
}

reg() { # OFFSET [VALUE]
	devmem $((base + $1)) 32 ${2:+"$2"}
}

# edu's engine, once: registers are 64 bits wide, but take two halves
edu_dma() { # FROM TO BYTES COMMAND
	reg 0x80 "$1"
	reg 0x84 0
	reg 0x88 "$2"
	reg 0x8c 0
	reg 0x90 "$3"
	reg 0x94 0
	reg 0x98 "$4"
	until_true 5 edu_idle
}

edu_idle() {
	[ $(($(reg 0x98) & 1)) = 0 ]
}

# 4 KiB of RAM that Linux leaves alone: memmap=1M$0x8000000
edu_ram=0x8000000

test_edu_dma() {
	devmem $edu_ram 32 0x600df00d
	devmem $((edu_ram + 4)) 32 0
	edu_dma $edu_ram 0x40000 4 1
	edu_dma 0x40000 $((edu_ram + 4)) 4 3
	got=$(devmem $((edu_ram + 4)) 32)
	[ $((got)) = $((0x600df00d)) ] || wrong "DMA: $got came back"
}

test_edu_irq() { # UIO
	exec 3<"/dev/$1"
	reg 0x60 0x55
	got=$(timeout 20 dd bs=4 count=1 2>/dev/null <&3 | od -An -tu4)
	exec 3<&-
	[ -n "$got" ] || wrong "no interrupt" || return
	got=$(reg 0x24)
	reg 0x64 0x55
	[ $((got)) = $((0x55)) ] || wrong "interrupt status $got"
}

test_edu() { # SLOT
	uio=$(uio_bind "$1") || wrong "uio_pci_generic does not bind" || return
	base=$(bar "$1" 0)
	setpci -s "$1" 4.w=6:406
	reg 4 0x12345678
	[ $(($(reg 4))) = $((0xedcba987)) ] || wrong "liveness $(reg 4)" ||
		return
	reg 8 10
	until_true 5 sh -c "[ \$((\$(devmem $((base + 0x20)) 32) & 1)) = 0 ]"
	[ $(($(reg 8))) = 3628800 ] || wrong "10! is $(reg 8)" || return
	test_edu_dma && test_edu_irq "$uio"
}

# At both ends and in the middle: what was left is seen, its complement
# is left
test_ivshmem() { # SLOT
	setpci -s "$1" 4.w=2:2
	base=$(bar "$1" 2)
	end=$(sed -n '3s/^[^ ]* \([^ ]*\) .*/\1/p' "$pci/0000:00:$1/resource")
	for at in 0 $(((end - base + 1) / 2)) $((end - base - 3)); do
		got=$(devmem $((base + at)) 32)
		[ $((got)) = $((0x5a000000 + at / 4 % 65536)) ] ||
			wrong "at $at of $((end - base + 1)): $got" || return
		devmem $((base + at)) 32 $((0xa5ffffff - at / 4 % 65536))
	done
	echo "$1: $((end - base + 1)) bytes at $base" >&2
}

# pci-testdev, its test 0: it says where and what to write, and counts what was
# written so, by a byte
testdev_mem() {
	devmem "$base" 8 0
	off=$(($(devmem $((base + 4)) 32)))
	data=$(devmem $((base + 8)) 8)
	for n in 1 2 3; do
		devmem $((base + off)) 8 "$data"
		got=$(($(devmem $((base + 12)) 32)))
		[ "$got" = $n ] || wrong "memory: write $n is number $got" ||
			return
	done
}

port_get() { # OFFSET BYTES
	dd if="$io" bs="$2" skip=$(($1 / $2)) count=1 2>/dev/null |
		od -An -tu"$2" | tr -d ' '
}

port_put() { # OFFSET VALUE; a byte
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf %o "$2")" |
		dd of="$io" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

testdev_io() {
	port_put 0 0
	off=$(port_get 4 4)
	data=$(port_get 8 1)
	for n in 1 2 3; do
		port_put "$off" "$data"
		got=$(port_get 12 4)
		[ "$got" = $n ] || wrong "I/O: write $n is number $got" ||
			return
	done
}

test_testdev() { # SLOT
	setpci -s "$1" 4.w=3:3
	base=$(bar "$1" 0)
	io=$pci/0000:00:$1/resource1
	testdev_mem && testdev_io
}

# Virtio's capability by which registers are read through configuration space:
# the device's status, a byte, is not 0 while a driver has it
window_of() { # SLOT
	at=$(setpci -s "$1" 34.b)
	while [ "$at" != 00 ]; do
		[ "$(setpci -s "$1" "$at.b")$(setpci -s "$1" \
			"$(printf %x $((0x$at + 3))).b")" != 0905 ] ||
			{ echo $((0x$at)); return; }
		at=$(setpci -s "$1" "$(printf %x $((0x$at + 1))).b")
	done
	return 1
}

test_window() { # SLOT
	case $(setpci -s "$1" 0.l) in
	10[0-7]?1af4) ;;
	*) return 0 ;;
	esac
	at=$(window_of "$1") || wrong "no capability of the window" || return
	setpci -s "$1" "$(printf %x $((at + 4))).b=4" \
		"$(printf %x $((at + 8))).l=14" "$(printf %x $((at + 12))).l=1"
	got=$(setpci -s "$1" "$(printf %x $((at + 16))).b")
	[ "$got" = 0f ] || wrong "status by the window: $got"
}

run() { # KIND SLOT
	began=$(cut -d ' ' -f 1 /proc/uptime)
	before=$(irqs "$2")
	echo "no reason known" >"$tmp/why"
	if "test_$1" "$2" && test_window "$2"; then
		result=works
	else
		result="fails: $(cat "$tmp/why")"
	fi
	rm -f "$tmp/blob"
	printf '%s\n' "$1:$2 $result" \
		"$1:$2 irqs ${before%% *} -> $(irqs "$2")"
	echo "$1:$2: $began to $(cut -d ' ' -f 1 /proc/uptime) s" >&2
}

blobs=$(find /usr/lib /usr/bin -type f)
# All at the same time: who shares a line then does so in earnest
for what; do
	tmp=/tmp/$what
	mkdir "$tmp"
	run "${what%%:*}" "${what#*:}" &
done
wait
echo "warned:"
dmesg | grep -i -e 'nobody cared' -e 'call trace' -e 'timed out' \
	-e 'tx hang' -e 'hardware unit hang' -e '\] WARNING:'
dmesg | tail -n 40 >&2
true
