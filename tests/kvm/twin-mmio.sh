#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Which accesses to a BCM5720 cost an exit, counted: every one that traps, none
# that goes to memory which the server lets be mapped.
. "$(dirname "$0")/lib/twin.sh"
twin_needed
plan 16

# Times that function $1's registers and memory were accessed by trap
trapped() { # FN
	printf '%s\n' "$err" | awk -v n="\"vfio-user:$work/f$1\"" '
		$2 == "access" && $3 == n { sum += $5 + $7 }
		END { print sum + 0 }'
}

# Of what the payload reports about a function, 8 accesses are to registers and
# beyond the memory, 16 to its ends, 7 of every width, 48 for both to see, 3 to
# what it moved.

# N reads and N writes: exits that they cost, accesses that were trapped
cost() { # trap|map N
	local none
	twin_run mmio "$1=0" --stats
	none=$(stat_of kvm_run.mmio)
	twin_run mmio "$1=$2" --stats
	echo "$status: $(($(stat_of kvm_run.mmio) - none)) $(trapped 0)"
}

twin_start --mmap=0
driven mmio 24 --stats
is "with a status of 0" "$status" 0
is "function 0: only its registers are trapped" "$(trapped 0)" 8
is "function 1: its memory too" "$(trapped 1)" $((8 + 16 + 7 + 48 + 3))
is "one of each that traps" "$(cost trap 1)" "0: 2 2"
is "a thousand" "$(cost trap 1000)" "0: 2000 2000"
is "one of each that is mapped" "$(cost map 1)" "0: 0 0"
is "a thousand" "$(cost map 1000)" "0: 0 0"
twin_stop
is "the server ends with 0" "$twin_status" 0

twin_start
driven mmio 24 --stats
is "without --mmap both trap alike" "$(trapped 0)" "$(trapped 1)"
is "memory that could be mapped too" "$(cost map 1000)" "0: 2000 2000"
twin_stop

twin_start --mmap
driven mmio 24 --stats
is "with --mmap neither does" "$(trapped 0) $(trapped 1)" "8 8"
driven enum 58
driven reset 38
twin_stop
