#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A payload starts, is heard on the console and ends; --stats says what that
# cost.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 11

payload hello
is "says hello" "$out" "hello from the guest"
is "ends with 0" "$status" 0
is "nothing on standard error" "$err" ""

payload hello --cpus 2
is "with two CPUs: hello" "$out" "hello from the guest"
is "with two CPUs: status" "$status" 0

payload hello --memory 5G
is "with RAM above 4 GiB" "$status $out" "0 hello from the guest"

payload hello --console none
is "--console none is quiet" "$out" ""

payload hello --console "$work/console"
is "--console FILE has it" "$(tr -d '\r' <"$work/console")" \
	"hello from the guest"

payload hello --stats
wanted="kvm_run.returns kvm_run.signal kvm_run.io start.vm start.groups
	start.pin+map start.devices start.load start.total"
missing=
for name in $wanted; do
	grep -q "^stats: $name [0-9]" <<<"$err" || missing="$missing $name"
done
is "--stats has every line" "$missing" ""
is "every return has a reason" "$(stat_of kvm_run.returns)" \
	"$(($(stat_of kvm_run.io) + $(stat_of kvm_run.signal)))"
is "two exits for each byte, one to end" "$(stat_of kvm_run.io)" \
	$((2 * $(wc -c <"$work/out") + 1))
