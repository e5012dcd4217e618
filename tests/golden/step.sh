#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Steps of a long job: a line each on a terminal, nothing in a log.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh

job='. scripts/step.sh; step_begin me "first thing"; step_end
	step_begin me second; step_fail; step_fail'

# What is on a terminal in the end: a line as its last carriage return left it
seen() {
	script -qec "sh -c '$job'" /dev/null </dev/null | tr -d '\000' |
		sed 's/\r$//; s/\r$//; s/.*\r//'
}

plan 3
is "nothing in a log" "$(sh -c "$job" 2>&1)" ""
like "on a terminal its time" "$(seen)" '^me: first thing: [0-9]+ s$'
like "or how it ended" "$(seen)" '^me: second: failed$'
