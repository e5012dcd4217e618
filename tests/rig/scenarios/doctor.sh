# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What goes wrong most often, made to go wrong: doctor names it before, run
# names it after, and what doctor says to type, typed, helps.  Those that take
# another machine are in doctor-boot.sh.
#
# rig: --hw e1000e-pair --hw nvme --hw "-device e1000e,addr=0x10,netdev=lone -netdev user,id=lone -device pvscsi,addr=0x11" --mem 4G --timeout 1500
set -u
. tests/rig/lib-scenario.sh

plan 64
payload=build/payload/hello.elf
PATH=$PWD/build:$PATH
doctor="$passthru doctor"
lone=0000:00:10.0
odd=0000:00:11.0
disk=0000:03:00.0

# names NAME LEVEL ID ERE ARG...: a line of doctor's; sets $cure
names() {
	local name=$1 want=1 rc=0 said
	[ "$2" = fail ] || want=0
	$doctor "${@:5}" >"$OUT/doctor.out" 2>"$OUT/doctor.err" || rc=$?
	is "$name: doctor's status" "$rc" $want
	said=$(grep -A 1 -E "^  $2 +$3 +" "$OUT/doctor.out")
	like "$name: doctor names it" "$said" "^  $2 +$3 +.*$4"
	[ -n "$said" ] || note "$(cat "$OUT/doctor.out" "$OUT/doctor.err")"
	cure=$(sed -n 's/^ *cure: //p' <<<"$said" | head -n 1)
	note "cure: $cure"
}

content() { # ARG...: doctor has nothing against it
	$doctor "$@" >"$OUT/doctor.out" 2>&1 || { cat "$OUT/doctor.out"; return 1; }
	tail -n 1 "$OUT/doctor.out" | grep '^ready: 0 failed'
}

runs() { # OPTION...: a program in a guest with it comes to its end
	timeout 200 $passthru run --kernel $payload "$@" </dev/null \
		>"$OUT/runs.out" 2>"$OUT/runs.err" && return
	echo "status $?"
	cat "$OUT/runs.err"
	return 1
}

# cured NAME COMMAND BDF OPTION...
cured() {
	local name=$1 typed=$2 bdf=$3
	shift 3
	ok "$name: typed: $typed" bash -c "$typed"
	ok "$name: then doctor is content" content "$bdf"
	ok "$name: and a guest runs" runs "$@" --device "$bdf"
}

bind_one() { # BDF DRIVER
	echo "$2" >"$pci/$1/driver_override"
	echo "$1" >"$pci/$1/driver/unbind"
	echo "$1" >/sys/bus/pci/drivers_probe
	echo >"$pci/$1/driver_override"
}

ok "host: the pair is on e1000e and has a link" pair_up
group=$(basename "$(readlink $pci/0000:02:00.0/iommu_group)")

# --- nothing is wrong
ok "a sound machine" content 02:00.0 02:00.1
note "$(cat "$OUT/doctor.out")"
ok "no device named" content
like "no device named: the pair is offered" "$(cat "$OUT/doctor.out")" \
	'candidate .* on e1000e, group [0-9]+ with 0000:02:00.1'
ok "a guest runs" runs --managed --device 02:00.0

# --- half of a group is bound
bind_one 0000:02:00.0 vfio-pci
names "half a group" warning group \
	"not viable.*0000:02:00.1 on e1000e.*--managed" 02:00.0
fails "half a group: run" "group $group .*0000:02:00.1.*e1000e" \
	$passthru run --device 02:00.0
ok "half a group: run --managed" runs --managed --device 02:00.0
cured "half a group" "$cure" 0000:02:00.0
$passthru restore --all 2>/dev/null
bind_one 0000:02:00.0 e1000e
pair_up

# --- the host lives on it
ip addr add 10.0.2.15/24 dev "$(ifname_of 0000:02:00.1)"
ip route add default via 10.0.2.2
names "default route" fail in-use "0000:02:00.1: .*carries the default" 02:00.0
fails "default route: run" "0000:02:00.1: .*default route.*--force" \
	$passthru run --managed --device 02:00.0
cured "default route" "${cure#*or: }" 0000:02:00.0

# --- bound from here on: the IOMMU driver
printf 'install vfio_iommu_type1 /bin/false\n' >/etc/modprobe.d/none.conf
modprobe -r vfio_iommu_type1
names "no IOMMU driver" fail vfio-iommu "not loaded" 02:00.0
fails "no IOMMU driver: run" "modprobe vfio_iommu_type1" \
	$passthru run --kernel $payload --device 02:00.0
rm /etc/modprobe.d/none.conf
cured "no IOMMU driver" "$cure" 0000:02:00.0

# --- too little may be pinned
limited="prlimit --memlock=65536:65536 setpriv --bounding-set -ipc_lock
	--inh-caps -ipc_lock"
doctor="$limited $doctor" names memlock fail memlock \
	"524288 KiB.*limit RLIMIT_MEMLOCK is 64 KiB" 02:00.0
# shellcheck disable=SC2086 # words
fails "memlock: run" "RLIMIT_MEMLOCK.*524288 KiB.*limit 64 KiB" \
	$limited $passthru run --device 02:00.0
# shellcheck disable=SC2086
ok "memlock: typed: $cure" $limited \
	bash -c "$cure && passthru doctor 02:00.0 && passthru run \
		--kernel $payload --device 02:00.0 </dev/null"

# --- somebody has the group open
sleep 1000 9<>/dev/vfio/"$group" &
holder=$!
until_true 10 test -e /proc/$holder/fd/9
names "in use" fail holder "process $holder \([^)]*\) " 02:00.0
like "in use: doctor says how to look at it" "$cure" "ps -fp $holder$"
fails "in use: run" "/dev/vfio/$group: .*EBUSY" \
	$passthru run --kernel $payload --device 02:00.0
cured "in use" "kill $holder" 0000:02:00.0

# --- an ordinary user
cat >/tmp/as-user <<-END
	#!/bin/sh
	ulimit -l unlimited && exec setpriv --reuid 1000 --regid 1000 \\
		--clear-groups $PWD/build/passthru "\$@"
END
chmod 755 /tmp/as-user
chmod 666 /dev/kvm
doctor="/tmp/as-user doctor" names permission fail group-node \
	"/dev/vfio/$group: this user may not" 02:00.0
fails "permission: run" "/dev/vfio/$group: open: EACCES" \
	/tmp/as-user run --kernel $payload --device 02:00.0
# the user's name; here it may have none, and then it is the reader's to say
typed=${cure#*: }
doctor="/tmp/as-user doctor" passthru=/tmp/as-user \
	cured permission "${typed/--owner USER /--owner 1000 }" 0000:02:00.0
ok "restore" $passthru restore --all

# --- a disk that the host uses
modprobe nvme
until_true 10 test -b /dev/nvme0n1
mkswap /dev/nvme0n1 >/dev/null && swapon /dev/nvme0n1
names "swap" fail in-use "nvme0n1 is in use for swap" $disk
fails "swap: run" "$disk: .*in use for swap" \
	$passthru run --managed --kernel $payload --device $disk
cured "swap" "swapoff /dev/nvme0n1" $disk --managed

# --- no reset; its bus is the machine's, so that of the bus is none
echo >$pci/$lone/reset_method
names "no reset" warning reset "none: neither" $lone
ok "no reset: it runs all the same" runs --managed --device $lone
like "no reset: run" "$(cat "$OUT/runs.err")" "warning: .*$lone.*no reset"
cured "no reset" "$cure" $lone --managed
not_ok "no reset: and no warning" grep -q warning "$OUT/runs.err"

# --- what no guest can have is refused while the host has it
names "kind" fail kind "pvscsi" $odd
fails "kind: bind" "$odd: pvscsi.*--force" $passthru bind $odd
fails "kind: run" "$odd: pvscsi" \
	$passthru run --managed --kernel $payload --device $odd
not_ok "kind: it was not moved" grep -q -e '->' "$OUT/refused.err"
ok "kind: bind --force" $passthru bind --force $odd
# shellcheck disable=SC2086
fails "memlock: run --managed" "RLIMIT_MEMLOCK" \
	$limited $passthru run --managed --device 02:00.0
not_ok "memlock: nothing was moved" grep -q -e '->' "$OUT/refused.err"
