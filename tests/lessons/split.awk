# SPDX-License-Identifier: BSD-2-Clause
# Takes a page apart: each command of its ```console blocks to DIR/N.cmd, and
# what the page shows as its output to DIR/N.want, N from 1.
#
#   awk -v dir=DIR -f split.awk PAGE
#
# "$ " begins a command, and "> " right below goes on with it.

function want() {
	return dir "/" n ".want"
}

/^```/ {
	block = !block && /^```console$/
	head = 0
	next
}
!block { next }
/^\$ / {
	if (n)
		close(want())
	n++
	print substr($0, 3) >(dir "/" n ".cmd")
	printf "" >want()
	head = 1
	next
}
head && /^> / {
	print substr($0, 3) >(dir "/" n ".cmd")
	next
}
{
	head = 0
	print >want()
}
