# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What --trace and --explain tell is what happened: the calls of the same run
# as strace saw them, in the same order with the same results; and that order
# is the one that VFIO wants. Once with a payload, once with Linux, both with
# the pair from the host's tg3 and back.
#
# rig: --hw bcm5720 --mem 2G --timeout 2400
set -u
. tests/rig/lib-tg3.sh

plan 27

# KVM_RUN is counted, not told; terminals are the C library's
ours='^(VFIO|KVM)_'

# NAME|NAME RESULT for each call, at its end: strace names a number in all its
# meanings ("A or B"), and cuts a call in two when another thread makes one
seen() { # FILE
	awk '
	function out(text, res) {
		sub(/^[^,]*, /, "", text)
		sub(/[,)<].*/, "", text)
		gsub(/ or /, "|", text)
		gsub(/ /, "", text)
		print text, res
	}
	!/ioctl/ { next }
	{ pid = $1; res = ""
	  if (match($0, / = -?[0-9].*/)) res = substr($0, RSTART + 3)
	  if (res ~ /^-1 /) { split(res, w, " "); res = w[2] }
	  else sub(/[^0-9].*/, "", res) }
	/<unfinished/ { begun[pid] = $0; next }
	/resumed>/ { out(begun[pid], res); next }
	{ out($0, res) }' "$1" | grep -E "$ours" | grep -v '^KVM_RUN '
}

told() { # FILE: NAME RESULT of each line of a trace
	sed -nE 's/^(vfio|kvm) ([A-Z0-9_]+) .* -> ([^ ]+).*/\2 \3/p' "$1"
}

explained() { # FILE: likewise of an explanation; one that is counted is left out
	tr -d '\r' <"$1" |
		sed -nE 's/^    ([A-Z0-9_]+) .* -> ([^ ]+).*/\1 \2/p'
}

# The result "fd" is any number that is no error
agree() { # TOLD SEEN
	paste -d' ' "$1" "$2" | awk '
		NF != 4 || index("|" $3 "|", "|" $1 "|") == 0 ||
		($2 == "fd" ? $4 !~ /^[0-9]+$/ : $2 != $4) {
			print NR ": told " $1 " " $2 ", seen " $3 " " $4; bad = 1 }
		END { exit bad || NR < 50 }' | head -n 20
	[ "${PIPESTATUS[1]}" = 0 ]
}

watched() { # NAME OPTION...
	local name=$1
	shift
	passthru="strace -f --seccomp-bpf -qq -o $OUT/$name.strace \
		-e trace=ioctl,pwrite64 $real" \
		guest "$name" --managed --sandbox off --explain \
		"--trace=vfio,kvm:$OUT/$name.trace" --memory 256M "$@"
	told "$OUT/$name.trace" >"$OUT/$name.told"
	seen "$OUT/$name.strace" >"$OUT/$name.seen"
	explained "$OUT/$name.err" >"$OUT/$name.explained"
	note "$(wc -l <"$OUT/$name.told") calls told"
}

# Line numbers of the first or last line that matches; 0: none
first() { grep -nE -m1 "$2" "$1" | cut -d: -f1 | grep . || echo 0; }
last() { grep -nE "$2" "$1" | tail -n 1 | cut -d: -f1 | grep . || echo 0; }

ascending() { # NUMBER...
	local n prev=0
	echo "$*"
	for n in "$@"; do
		[ "$n" -gt $prev ] || return 1
		prev=$n
	done
}

# vfio.h and Documentation/driver-api/vfio.rst, "VFIO Usage Example"
set_up() { # FILE
	ascending "$(first "$1" 'VFIO_GET_API_VERSION container -> 0$')" \
		"$(first "$1" 'VFIO_CHECK_EXTENSION container type=TYPE1v2 -> 1$')" \
		"$(first "$1" 'VFIO_GROUP_GET_STATUS group=[0-9]+ -> 0 flags=VIABLE$')" \
		"$(first "$1" 'VFIO_GROUP_SET_CONTAINER group=[0-9]+ container -> 0$')" \
		"$(first "$1" 'VFIO_SET_IOMMU container type=TYPE1v2 -> 0$')" \
		"$(first "$1" 'KVM_CREATE_DEVICE vm type=VFIO -> 0$')" \
		"$(first "$1" 'KVM_SET_DEVICE_ATTR .* attr=ADD group=[0-9]+ -> 0$')" \
		"$(first "$1" 'VFIO_IOMMU_MAP_DMA .*READ.WRITE iova=0x0 .* -> 0$')" \
		"$(first "$1" 'VFIO_GROUP_GET_DEVICE_FD group=[0-9]+ name=0000:02:00.0')" \
		"$(first "$1" 'VFIO_DEVICE_GET_INFO device=0000:02:00.0 -> 0 flags=RESET.PCI')" \
		"$(first "$1" 'VFIO_DEVICE_GET_REGION_INFO device=0000:02:00.0 .*index=BAR0')"
}

taken_down() { # FILE
	ascending "$(last "$1" 'VFIO_DEVICE_SET_IRQS .* count=0 ')" \
		"$(last "$1" 'VFIO_IOMMU_UNMAP_DMA container iova=0x0 ')" \
		"$(last "$1" 'KVM_SET_DEVICE_ATTR .* attr=DEL group=[0-9]+ -> 0$')" \
		"$(last "$1" 'VFIO_GROUP_UNSET_CONTAINER group=[0-9]+ -> 0$')" &&
		ascending "$(last "$1" 'KVM_IRQFD .*DEASSIGN')" \
			"$(last "$1" 'VFIO_IOMMU_UNMAP_DMA container iova=0x0 ')"
}

# COMMAND of either function is written, master off, before RAM is unmapped: a
# pwrite at 4 of the region of index 7, which the kernel puts at 7 << 40
master_off() { # FILE
	local at=$(((7 << 40) + 4))
	ascending "$(last "$1" "pwrite64\\(.*, 2, $at\\) = 2")" \
		"$(last "$1" 'VFIO_IOMMU_UNMAP_DMA')"
}

chapters() { # FILE
	sed -n 's/^== \([A-Za-z]*\):.*/\1/p' "$1" | awk '!seen[$0]++' |
		paste -sd' '
}

bound() { # FILE: what --managed writes, as told, both ways
	local n
	n=$(grep -c '^    echo "vfio-pci" >/sys/bus/pci/devices/0000:02:00.[01]/driver_override -> 0$' "$1")
	echo "$n driver_override"
	grep '^    echo' "$1"
	[ "$n" = 2 ] &&
		[ "$(grep -c '^    echo .*/drivers_probe -> 0$' "$1")" = 4 ]
}

verify() { # NAME
	local n=$1
	is "$n: its status" "$status" 0
	ok "$n: told is what strace saw" agree "$OUT/$n.told" "$OUT/$n.seen"
	ok "$n: so is what was explained" eval \
		"diff <(grep -v KVM_IRQ_LINE $OUT/$n.told) \
			<(grep -v KVM_IRQ_LINE $OUT/$n.explained)"
	ok "$n: the order of the start" set_up "$OUT/$n.trace"
	is "$n: the group is opened once" \
		"$(grep -c VFIO_GROUP_GET_STATUS "$OUT/$n.trace")" 1
	ok "$n: the order of the end" taken_down "$OUT/$n.trace"
	ok "$n: bus mastering ends before" master_off "$OUT/$n.strace"
	is "$n: all chapters" "$(chapters "$OUT/$n.err")" \
		"host guest interrupts container group IOMMU DMA device regions"
	ok "$n: the drivers' changes" bound "$OUT/$n.err"
	ok "$n: both are back on tg3" twin_is_back
}

ok "tg3 has both functions, with a link" twin_up
remember
real=$passthru

limit=600 watched payload --device 02:00.0,at=05.0 --device 02:00.1,at=05.1 \
	--kernel build/payload/twin-msix.elf --append slot=5
verify payload
limit=900 watched linux --device 02:00.0,at=0a.0 --device 02:00.1,at=0b.0 \
	--console none -- sh -c 'ip link set eth0 up; ip -br link'
verify linux
# The guest's registers and a region's place in the device's file may look so
ours_in() { # FILE
	grep -v KVM_GET_REGS "$1" | sed 's/ offset=[^ ]*//' |
		grep -E '0x(5[56]|7f)[0-9a-f]{10}|fd=[0-9]'
}
is "the trace tells no address of ours" "$(ours_in "$OUT/linux.trace")" ""

# The commands that only move it
echo_of() { # FILE WORD
	grep -c "^    echo \"$2\" >/sys/bus/pci/devices/0000:02:00.[01]/driver_override -> 0$" "$1"
}
explained() { # COMMAND ARG...: its errors go to a file of its name
	$real "$1" --explain "${@:2}" 2>"$OUT/$1.err"
}
ok "bind" explained bind 02:00.0
is "bind: explained for both" "$(echo_of "$OUT/bind.err" vfio-pci)" 2
ok "restore" explained restore --all
is "restore: explained for both" "$(echo_of "$OUT/restore.err" "")" 2
ok "they are back on tg3" twin_is_back
