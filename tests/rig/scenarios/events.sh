# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The host's word to a running guest: it wants a device back (unbind, a slot
# that is emptied in order), the device has failed (AER), the device is gone
# without a word.  The guest ends, one line says why, the status is 121.
#
# AER: QEMU's NICs send no error messages, its virtio devices do, and those need
# no driver in the guest for that.
#
# rig: --hw e1000e-pair --hw port
# rig: --hw '-device virtio-rng-pci,id=rigaer,bus=rigp3,aer=on,disable-legacy=on,iommu_platform=on'
# rig: --hw e1000e --hw igb --hw monitor --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 45
states=$(cat tests/rig/guest/states.sh)
flood='ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0
	until ping -c 1 -W 1 10.0.2.2 >/dev/null; do :; done
	echo traffic; ping -q -f 10.0.2.2 >/dev/null; sleep 1000'
# Reads revision and class until they are all ones; the IDs are the kernel's.
until_ones='echo traffic
	while [ "$(setpci -s 0a.0 8.l)" != ffffffff ]; do sleep 0.1; done
	echo ones; sleep 6; exit 7'
dropped='record dropped$|left without a driver$'

# begin NAME LINE OPTION... -- CMD ARG...: a guest, up to its output of LINE
begin() {
	name=$1 line=$2
	shift 2
	dmesg -C
	$passthru run --timeout 200 "$@" \
		>"$OUT/$name.out" 2>"$OUT/$name.err" </dev/null &
	run=$!
	ok "$name: $line" until_true 150 grep -q "^$line" "$OUT/$name.out"
}

# Its status, and the time from now on
ended() {
	local start=$SECONDS
	status=0
	timeout 30 tail --pid=$run -f /dev/null || kill -KILL $run
	wait $run || status=$?
	took=$((SECONDS - start))
}

# Beside the lines that tell of progress there is one of passthru, which matches
only_line() { # ERE
	grep '^passthru: ' "$OUT/$name.err" | grep -Ev -e "$told|$dropped" \
		>"$OUT/$name.line"
	[ "$(wc -l <"$OUT/$name.line")" = 1 ] &&
		grep -Eq "^passthru: (warning: )?$1" "$OUT/$name.line" ||
		{ echo "want: $1"; cat "$OUT/$name.err"; return 1; }
}

over() { # ERE
	is "$name: status" "$status" 121
	ok "$name: one line" only_line "$1"
	note "$(cat "$OUT/$name.line")"
}

# The kernel says so the first time, and each tenth
asked_once() {
	[ "$(dmesg | grep -c 'Relaying device request')" = 1 ] ||
		{ dmesg | tail; return 1; }
}

wanted='the host wants the device back'

# --- unbind
unbind() { # BDF: with the time that it takes; a deaf guest must not hold us
	local start=${EPOCHREALTIME/./} guard
	(sleep 20; kill -KILL $run) &
	guard=$!
	echo "$1" >/sys/bus/pci/drivers/vfio-pci/unbind
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	kill $guard 2>/dev/null
}

ok "host: the pair has a link" pair_up
begin managed traffic --managed "${devices[@]}" -- sh -c "$flood"
unbind 0000:02:00.0
ok "managed: unbind returns within 8 s (it took $took ms)" [ $took -lt 8000 ]
ok "managed: the kernel asked once" asked_once
ended
over "0000:02:00.0: $wanted"
pair_back managed

ok "bind" $passthru bind 02:00.0
begin manual traffic "${devices[@]}" -- sh -c "$flood"
unbind 0000:02:00.1
ok "manual: unbind returns within 8 s (it took $took ms)" [ $took -lt 8000 ]
ended
over "0000:02:00.1: $wanted"
is "manual: a device without a driver" "$(driver_of 0000:02:00.1)" none
ok "manual: which takes one" sh -c '
	echo >/sys/bus/pci/devices/0000:02:00.1/driver_override
	echo 0000:02:00.1 >/sys/bus/pci/drivers/e1000e/bind'
ok "manual: restore" $passthru restore --all
pair_up
pair_back manual

# --- AER
error() { # NAME ERROR ERE
	begin "$1" ready --managed --device 03:00.0 -- \
		sh -c 'echo ready; sleep 1000'
	setpci -s 00:03.0 COMMAND=0100:0100 BRIDGE_CONTROL=0002:0002
	setpci -s 03:00.0 CAP_EXP+8.w=000f:000f
	setpci -s 00:03.0 CAP_EXP+8.w=000f:000f
	monitor "pcie_aer_inject_error rigaer $2"
	ended
	over "0000:03:00.0: PCI Express error: $3"
	like "$1: the kernel was told" "$(dmesg)" "AER: .*received from 0000:03:00.0"
	is "$1: the host's driver is back" "$(driver_of 0000:03:00.0)" virtio-pci
}
# The kernel clears a non-fatal error as soon as the guest's end was asked for.
error nonfatal COMP_TIME \
	"(uncorrectable 0x00004000 .Completion Timeout|the host has cleared)"
error fatal MALF_TLP "uncorrectable 0x00040000 .Malformed TLP.*stopped"

# --- power off, and nobody tells: no hot-plug controller listens
ticks() { # of the event loop's thread, the first of the guest's process
	local p
	p=$(pgrep -P $run -x passthru)
	awk '{ print $14 + $15 }' "/proc/$p/task/$p/stat"
}
off() { # PORT
	setpci -s "$1" CAP_EXP+18.w=0700:0700
}

begin silent traffic --managed --device 04:00.0,at=0a.0 -- sh -c "$until_ones"
off 00:04.0
ok "silent: the guest reads all ones" until_true 20 grep -q ^ones "$OUT/silent.out"
before=$(ticks)
sleep 4
ok "silent: the event loop sleeps" [ $(($(ticks) - before)) -lt 40 ]
ended
over "0000:04:00.0: the device does not answer"

# --- registers that are not there; power off; then the host takes it away
begin states "states done" --managed --device 05:00.0,at=0a.0 --cpus 2 \
	--append iomem=relaxed -- sh -c "SLOT=0a.0; $states"
is "states: all ones without decode and in D3" \
	"$(grep -cE '^(off|d3hot): 0xFFFFFFFF' "$OUT/states.out")" 2
is "states: something in between" \
	"$(grep '^on: ' "$OUT/states.out" | grep -cv 0xFFFFFFFF)" 4
ok "states: the host resets it" sh -c "echo 1 >$pci/0000:05:00.0/reset"
ok "states: the guest lives" kill -0 $run
off 00:05.0
ok "states: the host takes it away" timeout 20 sh -c "echo 1 >$pci/0000:05:00.0/remove"
ended
over "0000:05:00.0: the device does not answer"
not_ok "states: it is gone" [ -e $pci/0000:05:00.0 ]

# --- a slot that is emptied in order
begin unplugged traffic --managed "${devices[@]}" -- sh -c "$flood"
monitor device_del rigc2.0
ended
over "0000:02:00.[01]: $wanted"
ok "unplugged: the kernel asked once" asked_once
ok "unplugged: both are gone" until_true 20 [ ! -e $pci/0000:02:00.0 ]
