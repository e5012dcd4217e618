# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Every command of every page of docs/lessons, typed in the machine that
# `make lessons` gives a reader, prints what the page shows; after each page the
# host has its drivers back.  $OUT/NN-*.md has what was really printed.
#
# rig: --hw bcm5720 --hw e1000 --hw e1000e --mem 4G --timeout 3600
set -u
. tests/rig/lib-scenario.sh
. tests/lessons/lib.sh

pages=(docs/lessons/[0-9]*.md)
plan $(($(lesson_count "${pages[@]}") + ${#pages[@]}))
. tests/lessons/begin.sh
before=$(drivers)
for page in "${pages[@]}"; do
	note "$page"
	lesson_run "$page" "$OUT/${page##*/}"
	is "${page##*/}: drivers are as before" "$(drivers)" "$before"
done
