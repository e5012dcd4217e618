#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `passthru doctor --json` by a parser that is not ours, and its ids and those
# of docs/doctor-json.md are the same.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
passthru=build/${FLAVOUR:-release}/passthru

if ! command -v python3 >/dev/null; then
	skip_all "no python3 to parse JSON with (apt-get install python3)"
fi
make -s --no-print-directory FLAVOUR="${FLAVOUR:-release}" "$passthru" \
	>/dev/null || exit

# Each finding as `id level subject`; dies when anything is not as documented
read_json='
import json, sys
d = json.load(sys.stdin)
assert sorted(d) == ["findings", "format", "ready"], sorted(d)
assert d["format"] == 1 and type(d["ready"]) is bool
for f in d["findings"]:
    assert sorted(f) == ["cure", "id", "level", "subject", "text"], f
    assert f["level"] in ("ok", "warning", "fail"), f
    assert f["text"] and "\n" not in f["text"], f
    assert f["cure"] is None or f["cure"], f
    print(f["id"], f["level"], f["subject"])
assert d["ready"] == all(f["level"] != "fail" for f in d["findings"])
print("ready", d["ready"])
'
status() { # CMD... as the parser sees its output, and the exit status
	local rc=0
	"$@" >"$work/json" || rc=$?
	python3 -c "$read_json" <"$work/json" >"$work/lines" || rc=parse
	echo "$rc"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# An id stands behind its level, or is handed to say_missing()
ids_in_code() {
	cat vmm/doctor/*.c | tr -s '\n\t' '  ' |
		grep -oE '(DOCTOR_[A-Z]+|say_missing\(d), "[a-z0-9-]+"' |
		sed 's/.*"\(.*\)"/\1/' | sort -u
}
ids_in_docs() {
	sed -n '/^Of the host/,$s/^| `\([a-z0-9-]*\)` |.*/\1/p' \
		docs/doctor-json.md | sort -u
}

plan 6
is "a device that is not there: status" "$(status "$passthru" doctor --json ff:1f.7)" 1
like "a device that is not there" "$(cat "$work/lines")" \
	'^device fail 0000:ff:1f.7$'
like "this host: parsed, and the status agrees" \
	"$(status "$passthru" doctor --json) $(tail -n 1 "$work/lines")" \
	'^(0 ready True|1 ready False)$'
like "a finding of the host" "$(cat "$work/lines")" '^cpu (ok|fail) host$'
is "every id is documented, and no other" "$(ids_in_docs)" "$(ids_in_code)"
like "ids were found at all" "$(ids_in_code | wc -l)" '^2[0-9]$'
