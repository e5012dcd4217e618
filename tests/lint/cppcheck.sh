#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# cppcheck's warnings and portability notes on what goes into the binary.
. "$(dirname "$0")/lib.sh"

mkdir -p build/lint/cppcheck
sources | cppcheck --file-list=- --quiet --inline-suppr -j "$(nproc)" \
	--enable=warning,portability --std=c11 -D_GNU_SOURCE -D__x86_64__ -I. \
	--cppcheck-build-dir=build/lint/cppcheck \
	--suppress=missingInclude --suppress=normalCheckLevelMaxBranches \
	--template='{file}:{line}: {id}: {message}' 2>&1 |
	grep -v '^nofile:' | verdict
