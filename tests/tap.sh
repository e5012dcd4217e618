# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Test results as TAP lines, for scripts in the rig and outside: source this.
#
#   plan 3                      how many results will come; say it first
#   ok NAME CMD ARG...          passes when CMD succeeds
#   not_ok NAME CMD ARG...      passes when CMD fails
#   is NAME GOT WANT            passes when the two strings are equal
#   like NAME GOT ERE           passes when GOT matches, lines taken singly
#   skip NAME REASON            was not tested; the reason names the cure
#   skip_all REASON             in place of a plan: nothing is tested; exits 0
#   note TEXT                   a remark in the output
#
# Knows nothing of what is tested.  A script that dies before its plan is
# fulfilled is noticed by whoever counts (tests/tap-sum).

tap_n=0
tap_failed=0 # of them

plan() {
	echo "1..$1"
}

# Each line of the argument as a remark
note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

tap_result() { # 0|1 NAME
	tap_n=$((tap_n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_n - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_n - $2"
	fi
}

ok() {
	tap_name=$1
	shift
	if tap_out=$("$@" 2>&1); then
		tap_result 0 "$tap_name"
	else
		tap_rc=$?
		tap_result 1 "$tap_name"
		note "status $tap_rc: $*"
		[ -z "$tap_out" ] || note "$tap_out"
	fi
}

not_ok() {
	tap_name=$1
	shift
	if tap_out=$("$@" 2>&1); then
		tap_result 1 "$tap_name"
		note "should have failed: $*"
		[ -z "$tap_out" ] || note "$tap_out"
	else
		tap_result 0 "$tap_name"
	fi
}

is() {
	if [ "$2" = "$3" ]; then
		tap_result 0 "$1"
	else
		tap_result 1 "$1"
		note "got:  $2"
		note "want: $3"
	fi
}

like() {
	if printf '%s\n' "$2" | grep -Eq -e "$3"; then
		tap_result 0 "$1"
	else
		tap_result 1 "$1"
		note "got:  $2"
		note "want a match of: $3"
	fi
}

skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}
