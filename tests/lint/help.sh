#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `make help` names every target that is meant for people: the phony ones.
. "$(dirname "$0")/lib.sh"

unset MAKEFLAGS MFLAGS
help=$(make -s help)
make -pnq help 2>/dev/null | sed -n 's/^\.PHONY: //p' | tr ' ' '\n' |
	grep -vE '^(FORCE|gen|)$' | sort -u | while read -r t; do
	printf '%s\n' "$help" | grep -q "^  $t " ||
		echo "Makefile:1: target $t wants a '## what it does' for make help"
done | verdict
