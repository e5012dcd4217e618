# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest: what is done to a device through its configuration space, and
# whether it is of use afterwards.
#
#   sh -c "NICS='SLOT...' DISK=SLOT; $(cat caps.sh)" caps STEP...
#
# up        every NIC has an address, the disk is there
# lspci     lspci -vvv of each SLOT named in SHOWN, behind a line `lspci SLOT:`
# config    the same with all 4096 bytes, behind `config SLOT:`
# rom       the sum of the ROM of each SLOT in ROMS
# vpd       the sum of the VPD of each SLOT in VPDS
# suspend   devices all go to sleep and come back, while all are in use
# power     D3hot and D0, written over the driver's head while it is in use
# flr       a function level reset, likewise
# runtime   the drivers of RUNTIME let them sleep while their link is gone; says
#           when it may go, and wakes them when that of SIGNAL has gone, too
# edu       an interrupt of EDU by its pin, three by messages
# iomem     the window above 4 GiB, and what is in it
# Lines are `STEP SLOT: RESULT`, a NIC's results being pings that came back out
# of 5, the disk's whether what was written in the meantime can be read.

pci=/sys/bus/pci/devices
echo 5 >/proc/sys/kernel/printk

say_step() { # TEXT
	echo "$(cut -d ' ' -f 1 /proc/uptime) s: $1" >&2
}

now() {
	cut -d . -f 1 /proc/uptime
}

until_true() { # SECONDS CMD...
	end=$(($(now) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now)" -lt "$end" ] || return
		sleep 0.2
	done
}

# NICs: each in a namespace, since all networks are the same

in_ns() { # SLOT CMD ARG...
	ns=f${1%.*}${1#*.}
	shift
	ip netns exec "$ns" "$@"
}

netdev() { # SLOT
	find "$pci/0000:00:$1/" -path '*/net/*' -name address |
		sed 's,.*/net/\([^/]*\)/.*,\1,'
}

is_linked() { # SLOT
	in_ns "$1" ip link show | grep -q 'eth.*LOWER_UP'
}

nic_up() { # SLOT
	until_true 10 has_netdev "$1"
	n=$(netdev "$1")
	ip netns add "f${1%.*}${1#*.}" 2>/dev/null
	ip link set "$n" netns "f${1%.*}${1#*.}"
	in_ns "$1" ip addr add 10.0.2.15/24 dev "$n"
	in_ns "$1" ip link set "$n" up
	until_true 30 is_linked "$1"
}

has_netdev() { # SLOT
	netdev "$1" | grep -q .
}

answers() { # SLOT
	in_ns "$1" ping -q -c 1 -W 1 10.0.2.2
}

pings() { # SLOT
	until_true 10 is_linked "$1"
	until_true 20 answers "$1"
	ping_count "in_ns $1" 5 -i 0.1 -W 3 10.0.2.2
}

# Fifty a second, whether they are answered or not
chatter() { # SLOT
	while :; do
		in_ns "$1" ping -q -i 0.02 -s 1400 -w 60 10.0.2.2
		sleep 0.1
	done >/dev/null 2>&1
}

# The disk

block() {
	find "$pci/0000:00:$DISK/" -name queue -type d |
		sed -n 's,.*/\([^/]*\)/queue$,/dev/\1,p' | head -n 1
}

has_block() {
	[ -b "$(block)" ]
}

blob() { # NUMBER
	yes "$1" | head -c 2097152
}

disk_write() { # NUMBER
	blob "$1" | dd of="$(block)" bs=64k iflag=fullblock conv=fsync 2>&1
}

disk_read() { # NUMBER
	blockdev --flushbufs "$(block)"
	echo 3 >/proc/sys/vm/drop_caches
	blob "$1" | cmp -n 2097152 - "$(block)" && echo equal
}

disk_busy() {
	while :; do
		dd if="$(block)" of=/dev/null bs=64k iflag=direct skip=64 \
			count=512
	done >/dev/null 2>&1
}

# Any of them

busy() { # SLOT...
	for s; do
		if [ "$s" = "$DISK" ]; then
			disk_busy &
		else
			chatter "$s" &
		fi
		helpers="$helpers $!"
	done
	sleep 1
}

quiet() {
	# shellcheck disable=SC2086
	kill $helpers 2>/dev/null
	# shellcheck disable=SC2086
	wait $helpers 2>/dev/null
	killall ping 2>/dev/null # theirs, whose answers would be counted
	helpers=
}

# What was said before a reset is not repeated by it: the driver begins anew.
# A NVMe driver would wait half a minute for what the device has forgotten.
again() { # SLOT
	if [ "$1" = "$DISK" ]; then
		echo 1 >"$(echo $pci/0000:00:"$1"/nvme/nvme*)/reset_controller"
		return
	fi
	drv=$(readlink -f "$pci/0000:00:$1/driver")
	echo "0000:00:$1" >"$drv/unbind"
	echo "0000:00:$1" >"$drv/bind"
	nic_up "$1"
}

result() { # STEP SLOT
	if [ "$2" != "$DISK" ]; then
		echo "$1 $2: $(pings "$2")"
		return
	fi
	number=$((number + 1))
	disk_write "$1 $number" >/tmp/written
	echo "$1 $2: $(disk_read "$1 $number")"
}

state() { # SLOT
	echo $((0x$(setpci -s "$1" CAP_PM+4.b) & 3))
}

# Steps

do_up() {
	modprobe -a e1000e igb igbvf nvme
	for s in $NICS; do
		nic_up "$s"
		echo "up $s: $(pings "$s")"
	done
	[ -n "$DISK" ] || return 0
	until_true 20 has_block
	result up "$DISK"
}

do_lspci() {
	for s in $SHOWN; do
		echo "lspci $s:"
		lspci -vvv -s "$s"
	done
}

do_config() {
	for s in $SHOWN; do
		echo "config $s:"
		lspci -xxxx -s "$s" | sed 1d
	done
}

do_rom() {
	for s in $ROMS; do
		echo 1 >"$pci/0000:00:$s/rom"
		echo "rom $s: $(cat "$pci/0000:00:$s/rom" | sha256sum)"
		echo 0 >"$pci/0000:00:$s/rom"
	done
}

do_vpd() {
	for s in $VPDS; do
		echo "vpd $s: $(cat "$pci/0000:00:$s/vpd" | sha256sum)"
	done
}

do_suspend() {
	# shellcheck disable=SC2086
	busy $NICS $DISK
	echo platform >/sys/power/pm_test
	if echo freeze >/sys/power/state; then
		echo "suspend-status all: 0"
	fi
	quiet
	for s in $NICS $DISK; do
		result suspend "$s"
	done
}

# over STEP CMD SLOT...: over the heads of their drivers, one after the other
over() {
	step=$1 cmd=$2
	shift 2
	for s; do
		busy "$s"
		"$cmd" "$s"
		sleep 0.5
		again "$s"
		quiet
		result "$step" "$s"
	done
}

power_cycle() { # SLOT
	setpci -s "$1" CAP_PM+4.w=3:3
	echo "power-state $1: $(state "$1")"
	sleep 0.5
	setpci -s "$1" CAP_PM+4.w=0:3
}

flr() { # SLOT
	setpci -s "$1" CAP_EXP+8.w=8000:8000
}

do_power() {
	# shellcheck disable=SC2086
	over power power_cycle $POWER
}

do_flr() {
	# shellcheck disable=SC2086
	over flr flr $FLR
}

not_linked() { # SLOT
	! is_linked "$1"
}

asleep() { # SLOT
	grep -qx suspended "$pci/0000:00:$1/power/runtime_status"
}

say_runtime() { # STEP SLOT
	echo "runtime-$1 $2: $(cat "$power/runtime_status") $(state "$2")"
}

# A question wakes it; it is kept awake until the link is there.  Linux 6.1's igb
# misses a lock when `on` does the waking.
runtime() { # SLOT
	power=$pci/0000:00:$1/power
	echo auto >"$power/control"
	echo "runtime-link $1: to go"
	until_true 60 not_linked "$1"
	until_true 60 asleep "$1"
	say_runtime asleep "$1"
	until_true 120 not_linked "$SIGNAL"
	in_ns "$1" ethtool "$(in_ns "$1" ls /sys/class/net | grep eth)" >&2
	say_runtime awake "$1"
	echo on >"$power/control"
	until_true 30 is_linked "$1"
	echo auto >"$power/control"
}

do_runtime() {
	for s in $RUNTIME; do
		busy "$s"
		runtime "$s"
		quiet
		result runtime "$s"
	done
}

# edu: its interrupt by the pin comes to uio; the messages take the address and
# the data of the disk's first vector, whose line in /proc/interrupts counts
# them.

bar() { # SLOT NUMBER
	sed -n "$(($2 + 1))s/ .*//p" "$pci/0000:00:$1/resource"
}

edu_reg() { # OFFSET [VALUE]
	devmem $(($(bar "$EDU" 0) + $1)) 32 ${2:+"$2"}
}

edu_pin() {
	modprobe uio_pci_generic
	echo uio_pci_generic >"$pci/0000:00:$EDU/driver_override"
	echo "0000:00:$EDU" >/sys/bus/pci/drivers_probe
	exec 3<"/dev/$(ls "$pci/0000:00:$EDU/uio")"
	edu_reg 0x60 0x55
	timeout 20 dd bs=4 count=1 2>/dev/null <&3 | od -An -tu4
	exec 3<&-
	edu_reg 0x64 0x55
	echo "0000:00:$EDU" >/sys/bus/pci/drivers/uio_pci_generic/unbind
}

of_disk() {
	awk '$NF == "nvme0q0" { for (i = 2; $i ~ /^[0-9]+$/; i++) s += $i }
		END { print s + 0 }' /proc/interrupts
}

edu_messages() {
	table=$(($(bar "$DISK" 0) + 0x2000))
	setpci -s "$EDU" \
		"CAP_MSI+4.l=$(printf %x "$(devmem $table 32)")" \
		"CAP_MSI+8.l=$(printf %x "$(devmem $((table + 4)) 32)")" \
		"CAP_MSI+c.w=$(printf %x "$(devmem $((table + 8)) 32)")" \
		4.w=406:406 CAP_MSI+2.w=1:1
	before=$(of_disk)
	for n in 1 2 3; do
		edu_reg 0x60 $n
		until_true 5 sh -c "[ \$(awk '\$NF == \"nvme0q0\" {
			for (i = 2; \$i ~ /^[0-9]+\$/; i++) s += \$i }
			END { print s + 0 }' /proc/interrupts) -ge \
			$((before + n)) ]"
		edu_reg 0x64 $n
	done
	echo $(($(of_disk) - before))
	setpci -s "$EDU" CAP_MSI+2.w=0:1
}

do_edu() {
	setpci -s "$EDU" 4.w=6:406
	echo "edu-pin $EDU: $(edu_pin | xargs)"
	echo "edu-messages $EDU: $(edu_messages)"
}

do_iomem() {
	echo "bits: $(sed -n 's/^address sizes.*: \([0-9]*\) bits phys.*/\1/p' \
		/proc/cpuinfo | head -n 1)"
	echo "iomem:"
	grep -E '^ *[0-9a-f]{9,}-' /proc/iomem
	echo
}

helpers=
number=0
for step; do
	say_step "$step"
	"do_$step"
done
say_step "the end"
dmesg | tail -n 60 >&2
