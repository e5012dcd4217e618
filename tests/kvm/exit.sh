#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The debug-exit port: its byte becomes the status, whatever the byte is.  Of
# `passthru test` it does not: no guest can say that the deadline was over.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 11

payload exit
is "7 unless told otherwise" "$status" 7
for want in 0 1 42 127 255; do
	payload exit --append "status=$want"
	is "status $want" "$status" "$want"
done

# It answers no row, whatever its status is
for want in 0 1 7 124 255; do
	echo 'run "x"' >"$work/table"
	status=0
	build/passthru test "$work/table" --kernel build/payload/exit.elf \
		--memory 64M --timeout 20 --append "status=$want" \
		--console none --output "$work/report" </dev/null \
		>"$work/out" 2>"$work/err" || status=$?
	is "test: status $want" "$status $(grep -c 'the guest ended with' \
		"$work/err")" "1 $((want > 0))"
done
