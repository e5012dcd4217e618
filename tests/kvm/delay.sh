#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writes to the delay port 0x80 are KVM's own business: a thousand of them cause
# not one return to us more than a single one.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 3

payload delay --append n=1 --stats
is "ends with 0" "$status" 0
one=$(stat_of kvm_run.returns)
payload delay --append n=1000 --stats
is "a thousand writes end with 0" "$status" 0
is "and cause no more returns" "$(stat_of kvm_run.returns)" "$one"
