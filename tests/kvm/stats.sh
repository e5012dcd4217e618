#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --stats of a guest that drives the software BCM5720, as text and as JSON that
# another program reads, and SIGUSR1 while a guest runs, in the sandbox.
. "$(dirname "$0")/lib/twin.sh"
twin_needed
command -v jq >/dev/null || skip_all "no jq (apt-get install jq)"
plan 26

embedded=1
twin_run msix "" --stats
is "the payload's status" "$status" 0
like "registers by name" "$err" \
	'^stats: register ".*/f0" BAR4\+0x01c reads 0 writes [0-9]+  # MSI-X table, vector 1$'
like "config space, too" "$err" \
	'^stats: register ".*/f1" config\+0x004 reads 1 writes 1  # COMMAND, STATUS$'
like "vectors" "$err" \
	'^stats: irq ".*/f1" vector 4 eventfd [0-9]+ gsi [0-9]+ message 0xfee00000/0x[0-9a-f]+ by irqfd unmasked [1-9]'
like "guest RAM is mapped" "$err" \
	'^stats: dma 0x0 bytes 0x4000000 by "vfio-user" ram$'
is "a bar for each of five phases" "$(grep -Ec \
	'^stats: start\.[a-z+]+ [0-9.]+ ms +\| *#+ *\|$' <<<"$err")" 5
kvm() { # NAME
	sed -n "s/^stats: kvm\.$1 //p" <<<"$err"
}
ok "KVM has seen at least the exits that we have" test "$(kvm exits)" -ge \
	"$(sed -n 's/^stats: kvm_run.mmio //p' <<<"$err")"
# What the processor delivers by itself (APICv, AVIC) KVM does not count
if grep -qsx '[Y1]' /sys/module/kvm_intel/parameters/enable_apicv \
	/sys/module/kvm_amd/parameters/avic; then
	skip "and injected an interrupt" "the processor does that here"
else
	ok "and injected an interrupt" test "$(kvm irq_injections)" -ge 1
fi
is "no line is of anything else" "$(grep -vc '^stats: ' <<<"$err")" 0

# The same in JSON, where the counts agree with each other
json() { # FILTER
	jq -r "$1" "$work/err"
}
twin_run msix "" --stats=json
is "JSON: one line" "$(wc -l <"$work/err")" 1
is "JSON: version, running" "$(json '"\(.stats) \(.running)"')" "1 false"
is "JSON: each return has a reason" "$(json '.exits.returns')" \
	"$(json '.exits | to_entries | map(select(.key != "returns").value) | add')"
is "JSON: the busiest register comes first" "$(json '[.devices[].registers |
	map(.reads + .writes) | . == (sort | reverse)] | all')" true
is "JSON: registers sum up to what was trapped, and config space" \
	"$(json '[.devices[] | ([.registers[], .registers_other | .reads +
		.writes] | add) - ([.trapped[] | .reads + .writes] | add) -
		([.registers[] | select(.region == "config") | .reads +
		.writes] | add) | . >= 0 and . <= 29] | all')" true
ok "JSON: KVM's counts" test "$(json .kvm.exits)" -ge "$(json .exits.mmio)"
is "JSON: the second function still has MSI-X" \
	"$(json '.devices[1].interrupts | "\(.mode) \(.armed)"')" "MSI-X 5"
is "JSON: its vectors reach KVM" \
	"$(json '[.devices[1].interrupts.vectors[] | select(.irqfd)] | length')" 5
is "JSON: places" "$(json '[.devices[].at] | join(" ")')" "05.0 05.1"
is "JSON: phases make the start" "$(json '.start_ms |
	((.vm + .groups + .["pin+map"] + .devices + .load - .total) | fabs) < 0.01')" \
	true

payload hello --stats=xml
is "another form" "$err" \
	"passthru: --stats=xml: give --stats or --stats=json"

# SIGUSR1 to the process that was typed
build/passthru run --kernel build/payload/stop.elf --append how=hang \
	--timeout 20 --stats=json </dev/null >"$work/out" 2>"$work/err" &
pid=$!
until_lines() { # N FILE
	local i
	for ((i = 0; i < 400; i++)); do
		[ "$(wc -l <"$2")" -lt "$1" ] || return 0
		sleep 0.05
	done
	return 1
}
ok "SIGUSR1: the guest runs" until_lines 1 "$work/out"
kill -USR1 $pid
ok "SIGUSR1: a line comes" until_lines 1 "$work/err"
kill -USR1 $pid
ok "SIGUSR1: and again" until_lines 2 "$work/err"
kill -TERM $pid
status=0
wait $pid 2>/dev/null || status=$?
is "SIGUSR1: the guest ran on" "$status" 143
is "SIGUSR1: running, running, at the end" \
	"$(grep '^{' "$work/err" | jq -r .running | tr '\n' ' ')" \
	"true true false "

# Both signals at once: the stop is read first, and the vCPU still runs
build/passthru run --kernel build/payload/stop.elf --append how=hang \
	</dev/null >"$work/out" 2>"$work/err" &
pid=$!
until_lines 1 "$work/out"
child=$(pgrep -P $pid)
kill -STOP "$child"
kill -INT "$child"
kill -USR1 "$child"
kill -CONT "$child"
for ((i = 0; i < 400; i++)); do
	kill -0 "$child" 2>/dev/null || break
	sleep 0.05
done
kill -KILL "$child" 2>/dev/null
status=0
wait $pid 2>/dev/null || status=$?
is "SIGUSR1: while it is being stopped" "$status" 130
