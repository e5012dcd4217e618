# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What doctor says of machines that were started in a wrong way: without IOMMU,
# without interrupt remapping; and of firmware that uses a device itself, by
# tables that the kernel gets in place of QEMU's.  Run agrees, and where there is
# a cure to type it helps.
#
# rig: on-host
set -u
. tests/tap.sh

plan 25
out=$TEST_OUT/rig-doctor-boot.out

# machine NAME SCRIPT OPTION...: of the rig; its output in $out/NAME
machine() {
	local name=$1 script=$2
	shift 2
	tests/rig/rig exec --hw e1000e-pair --timeout 600 "$@" \
		--out "$out/$name.d" -- bash -c "modprobe e1000e
			passthru=build/passthru
			doctor() { \$passthru doctor 02:00.0 \"\$@\"
				echo \"status \$?\"; }
			run() { \$passthru run --managed --device 02:00.0 \
				--kernel build/payload/hello.elf \"\$@\" \
				</dev/null 2>&1
				echo \"run: \$?\"; }
			$script" >"$out/$name" 2>"$out/$name.err" ||
		note "$(tail -n 20 "$out/$name" "$out/$name.err")"
}

# More of a table: firmware reaches 256 MiB through both functions.  $out/ID.aml
# has a higher revision than QEMU's, so that the kernel takes it.
table() { # ID FILE FIELDS
	cp "$2" "$out/$1" &&
		iasl -p "$out/$1" -d "$out/$1" >"$out/$1.log" 2>&1 &&
		sed -i '/^Raw Table Data/,$d
			s/\(Oem Revision : \).*/\100000002/' "$out/$1.dsl" &&
		echo "$3" >>"$out/$1.dsl" &&
		iasl -p "$out/$1" "$out/$1.dsl" >>"$out/$1.log" 2>&1 ||
		note "$(tail "$out/$1.log")"
}

# kept NAME LABEL ERRNO WORDS: firmware keeps the device, say doctor, run and the
# kernel; not a byte of RAM has to be in the way
kept() {
	like "$2: doctor" "$(cat "$out/$1")" \
		'^  fail +direct .*0x10000000-0x1fffffff.*does not give it away'
	like "$2: run" "$(grep "$3" "$out/$1")" \
		'^passthru: .*firmware uses group [0-9]+ at 0x10000000-0x1fffffff'
	like "$2: the kernel's words" "$(cat "$out/$1")" "^$4\$"
	is "$2: status" "$(grep -E '^(status|run:)' "$out/$1" | xargs)" \
		"status 1 run: 125"
}

# The words behind `cure:` that follow the line of an id
cure() { # NAME ID
	grep -A 1 -E "^  fail +$2 " "$out/$1" | sed -n 's/^ *cure: //p' |
		head -n 1
}

machine off 'doctor; run' --append intel_iommu=off
like "IOMMU off: doctor" "$(cat "$out/off")" \
	'^  fail +iommu .*command line has intel_iommu=off'
like "IOMMU off: its status" "$(cat "$out/off")" '^status 1$'
like "IOMMU off: run" "$(cat "$out/off")" \
	'^passthru: 0000:02:00.0: has no IOMMU group: .*intel_iommu=on'
word=$(cure off iommu | grep -o 'intel_iommu=on')
is "IOMMU off: the cure" "$word" intel_iommu=on
# shellcheck disable=SC2016 # for the machine's shell
machine on 'cp /sys/firmware/acpi/tables/DMAR $OUT; doctor; run' --append "$word"
like "IOMMU on: doctor" "$(cat "$out/on")" '^status 0$'
like "IOMMU on: run" "$(cat "$out/on")" '^run: 0$'

machine plain 'doctor | tee /tmp/said; run
	typed=$(grep -A 1 "fail .*interrupt-remapping" /tmp/said |
		sed -n "s/.*accept the risk: //p")
	echo "typed: $typed"; eval "$typed"; echo; doctor; run' --append intremap=off
like "no remapping: doctor" "$(cat "$out/plain")" \
	'^  fail +interrupt-remapping +none'
like "no remapping: run" "$(cat "$out/plain")" \
	'^passthru: .*VFIO_SET_IOMMU: EPERM.*allow_unsafe_interrupts'
is "no remapping: doctor before and after" \
	"$(grep '^status' "$out/plain" | xargs)" "status 1 status 0"
is "no remapping: run before and after" \
	"$(grep '^run:' "$out/plain" | xargs)" "run: 125 run: 0"

# --- AMD's: no remapping of this machine's interrupts by the newer kernel
risk='echo 1 >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts'
machine amd "cp /sys/firmware/acpi/tables/IVRS \$OUT; $risk; doctor; run" \
	--iommu amd
like "AMD: doctor" "$(cat "$out/amd")" '^  ok +iommu +on \(ivhd0\)'
is "AMD: its status, and run's" "$(grep -E '^(status|run:)' "$out/amd" | xargs)" \
	"status 0 run: 0"

# IVMD, AMD's document 48882, "I/O Virtualization Memory Definition"
table ivrs "$out/amd.d/IVRS" '[1] Subtable Type : 22
[1] Flags : 07
[2] Length : 0020
[2] DeviceId : 0200
[2] Auxiliary Data : 0201
[8] Reserved : 0
[8] Start Address : 0000000010000000
[8] Memory Length : 0000000010000000'
machine old "$risk; doctor; run; doctor --memory 256M; run --memory 256M" \
	--iommu amd --acpi "$out/ivrs.aml" --kernel-version 6.1
like "in the way of RAM: doctor" "$(cat "$out/old")" \
	'^  fail +reserved +guest RAM .*0x10000000-0x1fffffff \(direct\)'
like "in the way of RAM: this kernel does not mind otherwise" \
	"$(cat "$out/old")" '^  warning +direct .*the kernel gives it away'
like "in the way of RAM: run" "$(cat "$out/old")" \
	'^passthru: guest RAM .*maps only 0x0-0xfffffff 0x20000000-'
like "in the way of RAM: the cure" "$(cure old reserved)" '^--memory 256M, '
is "in the way of RAM: before and after" \
	"$(grep -E '^(status|run:)' "$out/old" | xargs)" \
	"status 1 run: 125 status 0 run: 0"
machine new "$risk; doctor; run --memory 256M; dmesg | grep -o '1:1 IOMMU'" \
	--iommu amd --acpi "$out/ivrs.aml"
kept new "kept for firmware" EINVAL "1:1 IOMMU"

# --- RMRR, Intel's document D51397, "Reserved Memory Region Reporting": of both
# functions of the bus behind the root port 00:02.0
scope='[1] Device Scope Type : 01
[1] Entry Length : 0A
[2] Reserved : 0000
[1] Enumeration ID : 00
[1] PCI Bus Number : 00
[2] PCI Path : 02,00
[2] PCI Path : 00'
table dmar "$out/on.d/DMAR" "[2] Subtable Type : 0001
[2] Length : 002C
[2] Reserved : 0000
[2] PCI Segment Number : 0000
[8] Base Address : 0000000010000000
[8] End Address (limit) : 000000001FFFFFFF
$scope,00
$scope,01"
machine rmrr 'doctor; run --memory 256M; dmesg | grep -o ineligible' \
	--acpi "$out/dmar.aml" --kernel-version 6.1
kept rmrr RMRR EPERM ineligible
