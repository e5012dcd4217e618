# SPDX-License-Identifier: BSD-2-Clause
# Is what was printed what a page shows?  Prints the first line that differs
# and fails if it is not.
#
#   awk -f same.awk WANT GOT
#
# In WANT, "..." within a line stands for anything in that line, and alone on a
# line, after blanks or not, for any number of lines, also none.  All else is
# meant literally.  Carriage returns and blanks at the end of lines of GOT do
# not count.

function pattern(line,   out, at) {
	out = ""
	while ((at = index(line, "...")) > 0) {
		out = out quoted(substr(line, 1, at - 1)) ".*"
		line = substr(line, at + 3)
	}
	return "^" out quoted(line) "$"
}

function quoted(text) {
	gsub(/[][\\^$.*+?(){}|]/, "\\\\&", text)
	return text
}

# Do lines I.. of WANT match lines J.. of GOT?  FAR is the furthest failure.
function same(i, j) {
	if (i > nw)
		return j > ng || miss(i, j)
	if (want[i] ~ /^ *\.\.\.$/) {
		for (; j <= ng + 1; j++)
			if (same(i + 1, j))
				return 1
		return 0
	}
	if (j > ng || got[j] !~ pattern(want[i]))
		return miss(i, j)
	return same(i + 1, j + 1)
}

function miss(i, j) {
	if (i > far) {
		far = i
		far_got = j
	}
	return 0
}

{ sub(/[ \t\r]+$/, "") }
FILENAME == ARGV[1] { want[++nw] = $0; next }
{ got[++ng] = $0 }

END {
	if (same(1, 1))
		exit 0
	print "the page shows: " (far > nw ? "no more" : want[far])
	print "it printed:     " (far_got > ng ? "no more" : got[far_got])
	exit 1
}
