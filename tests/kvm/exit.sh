#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The debug-exit port: its byte becomes the status, whatever the byte is.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 6

payload exit
is "7 unless told otherwise" "$status" 7
for want in 0 1 42 127 255; do
	payload exit --append "status=$want"
	is "status $want" "$status" "$want"
done
