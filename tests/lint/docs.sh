#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every function that a header declares has a docstring right before it, which
# begins with the function's name: "/** name - what it does".
#
# Works on the house's format (clang-format has run): a declaration begins in
# the first column, and so does the closing brace of a body.
. "$(dirname "$0")/lib.sh"

headers | xargs -r awk '
	function check(   name) {
		if (decl ~ /^(struct|union|enum|static const)[^(]*$/) return
		if (decl ~ /^(typedef|extern "C"|static_assert|_Static_assert)/)
			return
		if (decl !~ /\(/) return
		name = decl
		sub(/[ \t]*\(.*/, "", name)
		sub(/.*[ \t*]/, "", name)
		if (name == "" || name ~ /^__/) return
		if (doc != name)
			print FILENAME ":" at ": " name "() wants a docstring: " \
				"/** " name " - ..."
	}
	FNR == 1 { state = 0; doc = ""; decl = "" }
	state == "macro" { if ($0 !~ /\\$/) state = 0; next }
	state == "body" { if (/^}/) { state = 0; doc = "" } next }
	state == "comment" {
		if (wantname && match($0, /[A-Za-z_][A-Za-z0-9_]*/)) {
			doc = substr($0, RSTART, RLENGTH); wantname = 0
		}
		if (/\*\//) state = 0
		next
	}
	state == 0 && /^#/ { if (/\\$/) state = "macro"; next }
	state == 0 && /^\/\*/ {
		doc = ""; wantname = /^\/\*\*/
		line = $0; sub(/^\/\*\*?/, "", line)
		if (wantname && match(line, /[A-Za-z_][A-Za-z0-9_]*/)) {
			doc = substr(line, RSTART, RLENGTH); wantname = 0
		}
		if (!/\*\//) state = "comment"
		next
	}
	{ sub(/[ \t]*\/\*.*\*\/[ \t]*$/, "") }
	state == 0 && /^[ \t]*$/ { next }
	state == 0 { decl = $0; at = FNR; state = "decl"; first = 1 }
	state == "decl" {
		if (!first) decl = decl " " $0
		first = 0
		if (/;[^;]*$/ && decl !~ /^(struct|union|enum|static const)[^(]*\{/) {
			check(); state = 0; doc = ""
		} else if (/^{/ || /\{$/) {
			check()
			state = "body"
		}
	}
' | verdict
