# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What doctor says of machines that were started in a wrong way: without IOMMU,
# without interrupt remapping.  Run agrees, and the cure helps.
#
# rig: on-host
set -u
. tests/tap.sh

plan 10
out=$TEST_OUT/rig-doctor-boot.out

# machine NAME WORDS SCRIPT: its output in $out/NAME
machine() {
	tests/rig/rig exec --hw e1000e-pair --append "$2" --timeout 600 \
		--out "$out/$1.d" -- bash -c "modprobe e1000e
			passthru=build/passthru
			doctor() { \$passthru doctor 02:00.0; echo \"status \$?\"; }
			run() { \$passthru run --managed --device 02:00.0 \
				--kernel build/payload/hello.elf </dev/null 2>&1
				echo \"run: \$?\"; }
			$3" >"$out/$1" 2>"$out/$1.err" ||
		note "$(tail -n 20 "$out/$1" "$out/$1.err")"
}

# The words behind `cure:` that follow the line of an id
cure() { # NAME ID
	grep -A 1 -E "^  fail +$2 " "$out/$1" | sed -n 's/^ *cure: //p' |
		head -n 1
}

machine off intel_iommu=off 'doctor; run'
like "IOMMU off: doctor" "$(cat "$out/off")" \
	'^  fail +iommu .*command line has intel_iommu=off'
like "IOMMU off: its status" "$(cat "$out/off")" '^status 1$'
like "IOMMU off: run" "$(cat "$out/off")" \
	'^passthru: 0000:02:00.0: has no IOMMU group: .*intel_iommu=on'
word=$(cure off iommu | grep -o 'intel_iommu=on')
is "IOMMU off: the cure" "$word" intel_iommu=on
machine on "$word" 'doctor; run'
like "IOMMU on: doctor" "$(cat "$out/on")" '^status 0$'
like "IOMMU on: run" "$(cat "$out/on")" '^run: 0$'

# shellcheck disable=SC2016 # for the machine's shell
machine plain intremap=off 'doctor | tee /tmp/said; run
	typed=$(grep -A 1 "fail .*interrupt-remapping" /tmp/said |
		sed -n "s/.*accept the risk: //p")
	echo "typed: $typed"; eval "$typed"; echo; doctor; run'
like "no remapping: doctor" "$(cat "$out/plain")" \
	'^  fail +interrupt-remapping +none'
like "no remapping: run" "$(cat "$out/plain")" \
	'^passthru: .*VFIO_SET_IOMMU: EPERM.*allow_unsafe_interrupts'
is "no remapping: doctor before and after" \
	"$(grep '^status' "$out/plain" | xargs)" "status 1 status 0"
is "no remapping: run before and after" \
	"$(grep '^run:' "$out/plain" | xargs)" "run: 125 run: 0"
