#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The way of somebody who comes for the first time, with the time of each step:
# clone, make demo, lesson 1 typed at a terminal, doctor for a NIC of this machine.
#
# What was downloaded here before is not downloaded again (see lib/clone.sh), nor is the
# rig made anew.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
. tests/ci/lib/clone.sh
. tests/lessons/lib.sh
repo=$PWD
export RIG_DIR="${RIG_DIR:-$repo/build/rig}"
unset MAKEFLAGS MFLAGS MAKELEVEL FLAVOUR TEST_OUT
mkdir -p build
work=$(mktemp -d "$repo/build/new.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
page=docs/lessons/01-a-guest.md
typed=$work/typed

# Prints "SECONDS s: WHAT" beside the test's result
step() { # WHAT COMMAND...
	local what=$1
	shift
	SECONDS=0
	"$@" >"$work/log" 2>&1
	tap_result $? "$what"
	note "$SECONDS s"
	[ "$tap_failed" = 0 ] || note "$(tail -n 40 "$work/log")"
}

says() { # TEXT [FILE]
	ok "it says: $1" grep -qF -e "$1" "${2:-$work/log}"
}

# Waits for that on the terminal
seen() { # TEXT
	local i
	for ((i = 0; i < 1800; i++)); do
		! grep -qF -e "$1" "$typed" || return 0
		kill -0 "$terminal" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# Types a command, and waits until it is through: what the shell makes of the
# mark is not what was typed.  A guest would read a line of its own.
type_line() { # N COMMAND
	printf '%s; s=$?; echo th""rough %s.; (exit $s)\n' "$2" "$1" >&7
	seen "through $1."
}

lesson() {
	local n=0 rc=0
	mkfifo "$work/keys"
	: >"$typed"
	script -qefc "make lessons" "$typed" <"$work/keys" >/dev/null 2>&1 &
	terminal=$!
	exec 7>"$work/keys"
	seen "type first:" && seen "# " || rc=1
	lesson_split "$page" "$work"
	type_line 0 '. tests/lessons/begin.sh' || rc=1
	while [ $rc = 0 ] && [ -e "$work/$((++n)).cmd" ]; do
		type_line $n "$(cat "$work/$n.cmd")" || rc=1
	done
	echo exit >&7
	exec 7>&-
	wait "$terminal" || rc=1
	return $rc
}

# The NIC that the default route goes by, if it is a PCI device; else none
nic() {
	local name
	name=$(ip -o route show default | sed -n '1s/.* dev \([^ ]*\).*/\1/p')
	basename "$(readlink "/sys/class/net/$name/device")" |
		grep -E '^[0-9a-f]{4,}(:[0-9a-f]{2}){2}\.[0-7]$'
}

plan 11
step "git clone" fresh_clone "$work/clone"
cd "$work/clone" || exit
step "make demo" make demo
says "3 packets transmitted, 3 received"
says "Done in "
step "lesson 1, typed" lesson
says "hello from the guest" "$typed"
says "00:01.1 Ethernet controller: Broadcom" "$typed"
says "passthru: guest triple-faulted" "$typed"
ok "its last command tells the status" grep -q '122$' <(tr -d '\r' <"$typed")
SECONDS=0
# shellcheck disable=SC2046 # one word, or none
build/passthru doctor $(nic) >"$work/doctor"
status=$?
note "$SECONDS s"
like "doctor: a verdict" "$(tail -n 1 "$work/doctor")" '^(ready|not ready: )'
is "doctor: its status" "$status" \
	"$([[ $(tail -n 1 "$work/doctor") = ready* ]] && echo 0 || echo 1)"
note "$(cat "$work/doctor")"
