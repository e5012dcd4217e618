#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The counting counts: scripts that pass, fail, skip and die, and what
# tests/tap-sum makes of each.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
repo=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The three numbers that tap-sum writes for a script, and its own status
counts() { # SCRIPT
	local rc=0
	printf '. %s/tests/tap.sh\n%s\n' "$repo" "$1" >"$work/t.sh"
	TEST_OUT=$work tests/tap-sum t sh "$work/t.sh" >/dev/null || rc=$?
	echo "$(cat "$work/t.count") status $rc"
}

# What it says of a script that broke
says() { # SCRIPT
	counts "$1" >/dev/null
	sed -n 's/^FAILED: //p' "$work/t.log"
}

plan 13
is "all pass" "$(counts 'plan 2; ok a true; is b 1 1')" "2 0 0 status 0"
is "one fails" "$(counts 'plan 2; ok a true; ok b false')" "1 1 0 status 1"
is "not_ok, like" "$(counts 'plan 2; not_ok a false; like b xy2 [0-9]')" \
	"2 0 0 status 0"
is "one is skipped" "$(counts 'plan 2; ok a true; skip b why')" \
	"1 0 1 status 0"
is "all are skipped" "$(counts 'skip_all no card')" "0 0 1 status 0"
is "died early" "$(counts 'plan 3; ok a true; exit 0')" "1 2 0 status 1"
is "never said a plan" "$(counts 'ok a true')" "1 1 0 status 1"
is "its last words are told" "$(says 'echo "# why"; exit 125')" \
	"ended with status 125 and never said a plan (last line: # why)"
is "said nothing" "$(counts ':')" "0 1 0 status 1"
is "did more than planned" "$(counts 'plan 1; ok a true; ok b true')" \
	"2 1 0 status 1"
is "bad status at the end" "$(counts 'plan 1; ok a true; exit 4')" \
	"1 1 0 status 1"
is "lines end as a serial line ends them" \
	"$(counts 'printf "1..1\r\nok 1 - a\r\n"')" "1 0 0 status 0"
is "no newline at the end" "$(counts 'plan 1; printf "ok 1 - a"')" \
	"1 0 0 status 0"
