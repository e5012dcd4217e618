#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The test of the lessons tests: what passes for the output that a page shows,
# and what it makes of commands that fail.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
. tests/lessons/lib.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

same() { # WANT GOT
	printf '%b' "$1" >"$work/want"
	printf '%b' "$2" >"$work/got"
	awk -f tests/lessons/same.awk "$work/want" "$work/got"
}

# Results of a page with these lines in its block
page() { # LINES
	printf 'Text.\n\n```console\n%b\n```\n\n$ not a command\n' "$1" \
		>"$work/page.md"
	(tap_n=0 && lesson_run "$work/page.md" "$work/transcript") |
		sed -n 's/^\(ok\|not ok\) [0-9]* .*/\1/p' | xargs
}

plan 19
ok "the same" same 'a\nb\n' 'a\nb\n'
ok "nothing" same '' ''
ok "blanks and returns at the end" same 'a\n' 'a \r\n'
ok "dots in a line" same 'a ... c\n' 'a b b c\n'
ok "dots that stand for nothing" same 'a...\n' 'a\n'
ok "a line of dots" same 'a\n...\nd\n' 'a\nb\nc\nd\n'
ok "two of them, the second after false hopes" \
	same '...\nb\nc\n...\n' 'b\nb\nc\nd\n'
ok "regular expressions mean nothing" same '[a*] $(b) \\\\ ^?\n' \
	'[a*] $(b) \\\\ ^?\n'
not_ok "a line differs" same 'a\n' 'b\n'
not_ok "a line less" same 'a\nb\n' 'a\n'
not_ok "a line more" same 'a\n' 'a\nb\n'
not_ok "dots do not reach into the next line" same 'a...c\n' 'a\nc\n'
not_ok "a dot is a dot" same 'a.c\n' 'abc\n'
is "a command" "$(page '$ echo a\na')" "ok"
is "two lines, and the same shell" \
	"$(page '$ x=1; echo \\\n> b\nb\n$ echo $x\n1')" "ok ok"
is "standard error, and a status that is asked for" \
	"$(page '$ echo a >&2; (exit 3)\na\n$ echo $?\n3')" "ok ok"
is "a status that is not" "$(page '$ (exit 3)\n$ true')" "not ok ok"
is "other output" "$(page '$ echo a\nb')" "not ok"
is "the transcript" "$(cat "$work/transcript")" "\$ echo a
a"
