#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Guest RAM on both sides of the PCI hole, and in huge pages of the host: those
# that are not there are counted, those that are there are given back.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 7

pool=/sys/kernel/mm/hugepages/hugepages-2048kB
pages() { # NAME
	cat "$pool/$1" 2>/dev/null || echo 0
}

payload lspci --memory 3G
is "3 GiB, in two pieces" "$status" 0

have=$(($(pages free_hugepages) - $(pages resv_hugepages)))
payload lspci --hugepages --memory $((2 * (have + 32)))M
is "too few huge pages: status" "$status" 125
like "too few huge pages: a message" "$err" "^passthru: guest RAM"
if [ -d $pool ]; then
	is "which counts them" "${err#*takes }" \
		"$((have + 32)) huge pages of 2 MiB, and $have are free; have \
more: echo $(($(pages nr_hugepages) + 32)) > /proc/sys/vm/nr_hugepages"
else
	skip "which counts them" "this kernel has none"
fi

more="too few huge pages: echo 32 > /proc/sys/vm/nr_hugepages"
if [ "$have" -lt 32 ]; then
	for name in "a run in huge pages" "it took 32" "they are free again"; do
		skip "$name" "$more"
	done
	exit
fi
build/passthru run --kernel build/payload/stop.elf --append how=hang \
	--memory 64M --hugepages --timeout 20 </dev/null >"$work/out" 2>&1 &
pid=$!
for ((i = 0; i < 200; i++)); do
	grep -q ready "$work/out" && break
	sleep 0.05
done
left=$(($(pages free_hugepages) - $(pages resv_hugepages)))
kill $pid
status=0
wait $pid || status=$?
is "a run in huge pages" "$status $(tr -d '\r' <"$work/out" | head -n 1)" \
	"143 ready"
is "it took 32" $((have - left)) 32
is "they are free again" \
	$(($(pages free_hugepages) - $(pages resv_hugepages))) "$have"
