#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Who may include whom.  Includes point down, kvm/ and vfio/ never meet below
# vmm/assign, and the pure models see no system call.
#
# A row: the directory, then the directories of ours that it may include.  Its
# own is always allowed; a directory without a row may include nothing of ours.
. "$(dirname "$0")/lib.sh"

rows='
base
kvm          base
vfio         base
vfio/user    base vfio
vmm/pci      base
vmm/boot     base
vmm/dev      base vmm/boot
vmm/assign   base kvm vfio vmm/pci vmm/dev vmm/boot
vmm/machine  base kvm vfio vmm/pci vmm/dev vmm/boot vmm/assign
vmm/doctor   base kvm vfio vmm/pci vmm/boot
vmm/cli      base kvm vfio vmm/pci vmm/dev vmm/boot vmm/assign vmm/machine vmm/doctor
vmm          base kvm vfio vmm/pci vmm/dev vmm/boot vmm/assign vmm/machine vmm/doctor vmm/cli
tests/twin/model   base
tests/twin/wire    base
tests/twin/server  base vfio tests/twin/model tests/twin/wire
'

pure='^(vmm/(pci|dev|boot)|tests/twin/model)/'
impure='^(unistd|fcntl|poll|signal|termios|pthread|dirent)\.h$|^sys/(?!(types|stat)\.h)|^linux/(kvm|vfio)\.h$'

# FILE:LINE:INCLUDED for every include that is ours
ours() {
	{ sources; headers; } | xargs -r grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' |
		sed -E 's/^([^:]*:[0-9]*):[^"]*"([^"]*)".*/\1:\2/'
}

direction() {
	ours | awk -F: -v rows="$rows" '
		function dir(f) { return sub("/[^/]*$", "", f) ? f : "" }
		BEGIN {
			n = split(rows, r, "\n")
			for (i = 1; i <= n; i++) {
				k = split(r[i], w, " ")
				if (k) may[w[1], w[1]] = 1
				for (j = 2; j <= k; j++) may[w[1], w[j]] = 1
			}
		}
		{ to = dir($3); from = dir($1) }
		to == "" { next } # a generated file, or reported by headers.sh
		!((from, to) in may) {
			print $1 ":" $2 ": " from "/ must not include " $3
		}'
}

purity() {
	{ sources; headers; } | grep -E "$pure" |
		xargs -r grep -HnoP '^\s*#\s*include\s*<\K[^>]*' |
		while IFS=: read -r f n h; do
			printf '%s\n' "$h" | grep -qP "$impure" &&
				echo "$f:$n: a pure model must not include <$h>"
		done
}

{ direction; purity; } | verdict
