#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What .github/workflows/ci.yml would do on a runner: its `run:` lines, one after
# another, in a fresh clone of HEAD.
#
# Not the same as there: the packages of this machine are used, what was
# downloaded here before (the guest's packages, the rig) is not downloaded again,
# and `uses:` is the clone.  Lines that need root are skipped without it; as a
# stage of `tests/run all`, those whose tests were stages before it.  Where KVM
# is not real, those that boot a guest run in the rig, as the demo does.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
. tests/ci/lib/clone.sh
repo=$PWD
file=.github/workflows/ci.yml
mkdir -p build
work=$(mktemp -d "$repo/build/ci.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
clone=$work/clone

# What a file says, as PATH=VALUE; see workflow.awk
read_file() {
	awk -f "$repo/tests/ci/workflow.awk" "$1"
}

# The same by a whole YAML reader, which takes the key `on` for a truth value
read_yaml() {
	python3 - "$1" <<'X'
import sys, yaml

def walk(path, v):
    if isinstance(v, dict):
        for k in v:
            step(path + ["on" if k is True else str(k)], v[k])
    elif isinstance(v, list):
        for i, x in enumerate(v):
            walk(path + [str(i)], x)

def step(path, v):
    nested = v is None or isinstance(v, (dict, list))
    print(".".join(path) + "=" + ("" if nested else str(v)))
    walk(path, v)

walk([], yaml.safe_load(open(sys.argv[1])))
X
}

refused() { # TEXT
	printf '%b' "$1" >"$work/bad.yml"
	! read_file "$work/bad.yml" 2>/dev/null
}

# In the rig, where the clone is read-only: what is written goes into memory
in_rig() { # LINE
	# shellcheck disable=SC2016 # for the rig's shell
	tests/rig/rig exec --mem 2G --timeout 900 -- sh -e -c '
		mount -t tmpfs tmpfs /mnt
		mkdir /mnt/new /mnt/work
		mount -t overlay overlay build \
			-o lowerdir=build,upperdir=/mnt/new,workdir=/mnt/work
		eval "$1"' sh "$1"
}

here() { # LINE
	case $1 in
	"build/passthru test "*) [ "$(scripts/demo.sh --way)" = direct ] || {
		in_rig "$1"
		return
	} ;;
	esac
	sh -e -c "$1"
}

# As a runner does it: sh -e, in the checkout, with the workflow's environment
# and not with what tests/run or make put into ours
run_line() { # LINE
	(
		unset MAKEFLAGS MFLAGS MAKELEVEL FLAVOUR TEST_OUT TEST_TIMEOUT
		while IFS='=' read -r name text; do
			export "${name##*.}=$text"
		done < <(grep '^jobs\.test\.env\..*=' "$work/values")
		export CI=true RIG_DIR="${RIG_DIR:-$repo/build/rig}"
		cd "$clone" && here "$1"
	) </dev/null >"$work/log" 2>&1
}

# What the tests of a failed line said is not lost with the clone.
keep_logs() {
	local kept=${TEST_OUT:-$repo/build/test}/ci-logs
	rm -rf "$kept"
	cp -r "$clone/build/test" "$kept" 2>/dev/null && note "logs: $kept"
}

try_line() { # LINE
	local failed=$tap_failed
	case $1 in
	apt-get*) [ "$(id -u)" = 0 ] || {
		skip "run: $1" "needs root"
		return
	} ;;
	"make check" | "tests/run kvm") [ -z "${RUN_ALL:-}" ] || {
		skip "run: $1" "its tests were a stage of this very run"
		return
	} ;;
	esac
	SECONDS=0
	run_line "$1"
	tap_result $? "run: $1"
	if [ "$tap_failed" -gt "$failed" ]; then
		note "$(tail -n 60 "$work/log")"
		keep_logs
	else
		note "$SECONDS s: $(tail -n 1 "$work/log")"
	fi
}

fresh_clone "$clone" || exit
read_file "$clone/$file" >"$work/values"
read_status=$?
mapfile -t lines < <(sed -n 's/^jobs\.test\.steps\.[0-9]*\.run=//p' "$work/values")

plan $((10 + ${#lines[@]}))
is "the file is read" "$read_status" 0
ok "refused: a tab" refused 'a:\n\tb: c\n'
ok "refused: a key given twice" refused 'a: 1\na: 2\n'
ok "refused: quotes, which nobody here undoes" refused 'a: "b"\n'
ok "refused: indentation that fits nothing" refused 'a:\n    b: 1\n  c: 2\n'
ok "refused: lines of their own, which nobody here joins" refused \
	'a: |\n  b\n'
if python3 -c 'import yaml' 2>/dev/null; then
	is "a whole YAML reader reads the same" \
		"$(read_yaml "$clone/$file" 2>&1)" "$(cat "$work/values")"
else
	skip "a whole YAML reader reads the same" \
		"no such reader (apt-get install python3-yaml)"
fi
like "in Debian 13" "$(cat "$work/values")" \
	'^jobs\.test\.container\.image=debian:13$'
like "with /dev/kvm" "$(cat "$work/values")" \
	'^jobs\.test\.container\.options=--device /dev/kvm$'
is "tests, payloads, the demo and a table are in it" \
	"$(printf '%s\n' "${lines[@]}" | grep -cxE \
		'make check|tests/run kvm|make demo|build/passthru test .*')" 4

for line in "${lines[@]}"; do
	try_line "$line"
done
