# SPDX-License-Identifier: BSD-2-Clause
# Reads the little YAML that a workflow of ours needs, and nothing else:
# mappings and lists by indentation, plain values on one line, comments on lines
# of their own.  Prints a line PATH=VALUE for each value; a list's items are
# numbered from 0: jobs.test.steps.3.run=make check.  What is outside of that is
# an error, with its line: a file that this accepts means the same to any reader.

function fail(why) {
	print FILENAME ":" FNR ": " why >"/dev/stderr"
	failed = 1
	exit 1
}

# indentation of everything that is open; its path; items of its list so far
function enter(indent, path) {
	depth++
	at[depth] = indent
	name[depth] = path
	items[depth] = -1
	kind[depth] = ""
}

function plain(v) {
	if (v ~ /^[]&*!|>'"%@`{}[,#]/ || v ~ /^[-?:] / || v ~ /: / ||
	    v ~ / #/ || v ~ /:$/)
		fail("only plain values, please: " v)
	return v
}

# what opened before must have the same indentation, or be left
function leave(indent) {
	while (depth && at[depth] > indent)
		depth--
	if (!depth || at[depth] != indent)
		fail("indentation fits nothing above")
}

function be(what) {
	if (kind[depth] != "" && kind[depth] != what)
		fail("a list and a mapping in one place")
	kind[depth] = what
}

BEGIN { open = 1; path = "" }
/\t/ { fail("a tab") }
/[ ]$/ { fail("a space at the end") }
/^ *#/ || /^$/ { next }
{
	match($0, /^ */)
	indent = RLENGTH
	text = substr($0, indent + 1)
	if (open && (!depth || indent > at[depth]))
		enter(indent, path)
	else
		leave(indent)
	open = 0
	if (text ~ /^- /) {
		be("list")
		path = name[depth] (name[depth] == "" ? "" : ".") ++items[depth]
		text = substr(text, 3)
		indent += 2
		enter(indent, path)
	}
	be("map")
	if (!match(text, /^[A-Za-z_][A-Za-z0-9_-]*:/))
		fail("no `key:' here")
	key = substr(text, 1, RLENGTH - 1)
	path = name[depth] (name[depth] == "" ? "" : ".") key
	if (path in seen)
		fail(key ": given twice")
	seen[path] = 1
	rest = substr(text, RLENGTH + 1)
	if (rest == "") {
		open = 1
		print path "="
		next
	}
	if (rest !~ /^ [^ ]/)
		fail("one space after the colon")
	print path "=" plain(substr(rest, 2))
}
END { exit failed }
