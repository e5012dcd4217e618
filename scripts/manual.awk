# SPDX-License-Identifier: BSD-2-Clause
#
# The manual page passthru(1), from what scripts/helps prints.
#
#   scripts/helps PROGRAM | awk -v date=YYYY-MM-DD -v version=V -f manual.awk
#
# Knows how a help text of the house is laid out, and no option by name:
#
#   usage: ...             up to an empty line
#   Text of a paragraph    in the first column
#   Heading:               before indented lines
#     TAG  text            a tag; its text is two spaces or a line further, and
#            more text     goes on where a line is indented by more than 2
#     passthru ...         as the first line below a heading: all are to be typed

# ---- what roff would take for something else --------------------------------

function escape(s) {
	gsub(/\\/, "\\e", s)
	gsub(/'/, "\\(aq", s)
	gsub(/\^/, "\\(ha", s)
	gsub(/~/, "\\(ti", s)
	return s
}

# Of options and what is typed, every hyphen is a minus.
function minus(s) {
	gsub(/-/, "\\-", s)
	return s
}

# A line that begins with a dot would be a request.
function line(s) {
	print (s ~ /^\./ ? "\\&" s : s)
	after_heading = 0
}

# ---- pieces ------------------------------------------------------------------

function font(name, s) {
	return s == "" ? "" : "\\f" name s "\\fR"
}

# Words in capitals stand for something; all else is typed as it is.
function typed(s,    out) {
	s = minus(escape(s))
	while (match(s, /[A-Z]+/)) {
		out = out font("B", substr(s, 1, RSTART - 1)) \
			font("I", substr(s, RSTART, RLENGTH))
		s = substr(s, RSTART + RLENGTH)
	}
	line(out font("B", s))
}

# What stands between backquotes is typed; no line is longer than lint likes.
function text(s,    n, i, part, out) {
	s = escape(s)
	gsub(/--/, "\\-\\-", s)
	n = split(s, part, "`")
	for (i = 1; i <= n; i++)
		out = out (i % 2 ? part[i] : font("B", part[i]))
	while (length(out) > 78) {
		for (i = 78; i > 1 && substr(out, i, 1) != " "; i--)
			;
		if (i == 1)
			break
		line(substr(out, 1, i - 1))
		out = substr(out, i + 1)
	}
	line(out)
}

function heading(request, s) {
	close_typed()
	printf "%s \"%s\"\n", request, escape(s)
	after_heading = 1
}

function paragraph() {
	if (!after_heading)
		print ".PP"
}

function tag_and_text(s,    at, end) {
	at = match(s, /   */)
	end = at + RLENGTH
	print ".TP"
	typed(at ? substr(s, 1, at - 1) : s)
	if (at)
		text(substr(s, end))
}

function open_typed(kind) {
	paragraph()
	print ".EX"
	mode = kind
}

function close_typed() {
	if (mode)
		print ".EE"
	mode = ""
}

# ---- lines ---------------------------------------------------------------------

BEGIN {
	print ".\\\" Made by scripts/manual.awk: do not edit."
	printf ".TH PASSTHRU 1 %s \"passthru %s\" \"User Commands\"\n", \
		date, version
}

# The text of another command
/^\f/ {
	if ($0 != "\f")
		heading(".SH", "PASSTHRU " toupper(substr($0, 2)))
	begun = $0 != "\f"
	blank = 1
	pending = ""
	next
}

# The first line of all: "passthru - what it is", before the list of commands
!begun {
	sub(/ - /, " \\- ")
	printf ".SH NAME\n%s\n.SH SYNOPSIS\n", $0
	begun = synopsis = 1
	next
}

/^usage: / {
	open_typed("usage")
	sub(/^usage: /, "")
	typed($0)
	next
}

/^$/ {
	if (mode == "usage")
		close_typed()
	blank = 1
	next
}

# A heading, if what follows is indented
blank && /^[A-Z].*:$/ {
	close_typed()
	pending = $0
	blank = 0
	next
}

/^[^ ]/ {
	close_typed()
	if (synopsis)
		heading(".SH", "DESCRIPTION")
	else if (blank || pending)
		paragraph()
	synopsis = blank = 0
	if (pending)
		text(pending)
	pending = ""
	text($0)
	next
}

pending {
	heading(".SS", substr(pending, 1, length(pending) - 1))
	pending = ""
	if (/^  passthru /)
		open_typed("examples")
}

mode == "usage" {
	typed($0)
	next
}

mode == "examples" {
	if (blank)
		print ".sp"
	line(minus(escape(substr($0, 3))))
	blank = 0
	next
}

/^  [^ ]/ {
	tag_and_text(substr($0, 3))
	blank = 0
	next
}

{
	sub(/^ +/, "")
	text($0)
	blank = 0
}

END {
	heading(".SH", "SEE ALSO")
	print ".BR lspci (8)"
}
