#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The licence line stands in the first three lines of every file of ours, and
# C files go on with a comment that says what they are.
. "$(dirname "$0")/lib.sh"

{
	all_c
	scripts
	files '*.S' guest tests
	files '*.s' guest tests
	files '*.lds' guest tests
	files '*.asl' vmm
	files '*.mk' vmm guest tests
	files '*.py' tests scripts guest
	files Makefile . | grep -v '^\./build/' | sed 's|^\./||'
	echo .clang-tidy
} | sort -u | while read -r f; do
	head -n 3 "$f" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' ||
		echo "$f:1: wants the line SPDX-License-Identifier: BSD-2-Clause"
	case $f in
	*.[ch])	sed -n 2p "$f" | grep -q '^/\*' ||
		echo "$f:2: wants a comment: what this file knows and does not" ;;
	esac
done | verdict
