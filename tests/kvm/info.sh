#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `passthru info` of the software BCM5720: as it comes, with memory that can be
# mapped, in JSON, and what it says when there is nothing to look at.
. "$(dirname "$0")/lib/twin.sh"
twin_needed
command -v jq >/dev/null || skip_all "no jq (apt-get install jq)"
plan 20

info() { # ARG...
	status=0
	build/passthru info "$@" >"$work/out" 2>"$work/err" || status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
}
json() { # FILTER
	jq -r "$1" "$work/out"
}

info bcm5720
is "bcm5720: status, errors" "$status $err" "0 "
is "bcm5720: two functions" "$(grep -c ': ID 14e4:165f, class 020000, by vfio-user$' <<<"$out")" 2
like "bcm5720: MSI-X" "$out" "^  0x0a0  MSI-X: 17 vectors, table BAR4\+0x0, PBA BAR4\+0x1000$"
like "bcm5720: FLR" "$out" "^  0x0ac  PCI Express: endpoint v2, FLR, "
like "bcm5720: a reason" "$out" "^ +BARs hold guest addresses; masks come from the sizes$"
like "bcm5720: the table is trapped" "$out" "0x000000..0x000fff MSI-X table +│── trap ───▶│ 0x[0-9a-f]+20000 "
is "bcm5720: two pins, two lines" "$(grep -o 'pin [AB] .*GSI [0-9]*' <<<"$out" |
	sed 's/^\(pin .\).*\(GSI .*\)/\1 \2/' | tr '\n' ',')" \
	"pin A GSI 17,pin B GSI 18,"
is "bcm5720: nothing stays" "$(pgrep -f "bcm5720.*passthru-" || true)" ""

info --json bcm5720
is "JSON: two functions at one slot" "$(json '[.[].at] | join(" ")')" "01.0 01.1"
is "JSON: interrupts" "$(json '.[1].irqs | map("\(.name)=\(.count)") | join(" ")')" \
	"INTx=1 MSI=8 MSI-X=17"
is "JSON: each segment follows the one before and all make the BAR" "$(json '
	[.[].bars[] | .bytes == (.segments | map(.bytes) | add) and
	 (.segments | . as $s | [range(1; length) | $s[.].offset ==
		$s[. - 1].offset + $s[. - 1].bytes] | all)] | all')" true
is "JSON: no BAR overlaps another" "$(json '
	[.[].bars[] | select(.kind != "I/O ports")] | sort_by(.address) | . as $b |
	[range(1; length) | $b[.].address >= $b[. - 1].address + $b[. - 1].bytes] |
	all')" true
is "JSON: MSI-X is ours, with a reason" "$(json '.[0].config.capabilities[] |
	select(.name == "MSI-X") | .rules[0] | "\(.kind) \(.offset) \(.why != "")"')" \
	"ours 2 true"

twin_start --mmap
info --json "vfio-user:$work/f0"
is "with --mmap: its memory is mapped" "$(json '[.[0].bars[].segments[] |
	select(.trapped == null)] | length > 0')" true
info "vfio-user:$work/f0"
like "with --mmap: drawn so" "$out" "══ slot ═══▶"
like "with --mmap: VFIO says so" "$out" "^  [024] .* rwm    0x"
twin_stop
is "the server ends with 0" "$twin_status" 0

info 0000:ff:1f.7
is "no such device: status" "$status $out" "125 "
info "vfio-user:$work/none"
is "no such socket: a line that names it" \
	"$(grep -c "^passthru: vfio-user:$work/none: " <<<"$err") $(wc -l <<<"$err")" "1 1"
info bcm5720 bcm5720
is "two devices" "$err" \
	"passthru: info: bcm5720: not understood; see: passthru info --help"
