#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The pages of docs/lessons speak of what is there: each row of a table "In the
# code" names a file, and names that stand in it at the beginning of a line or of
# an entry; each --break is a word that exists, each word is in a page, and each
# page has its four parts and is in the index.
. "$(dirname "$0")/lib.sh"

dir=docs/lessons
words=$(sed -n 's/.*= "\([a-z-]*\)",$/\1/p' vmm/cli/breaks.c 2>/dev/null)

# A definition: not indented, or the name of a row or a method
defines() { # FILE NAME
	grep -Eq "^[A-Za-z].*\b$2\b|^$2\b|[(]$2," "$1"
}

# PAGE:LINE:FILE:NAMES of each row
rows() {
	grep -nH '^| [^|]* | `[^`|]*` | `' $dir/[0-9]*.md |
		sed -E 's/^([^:]*:[0-9]*):[^`]*`([^`]*)` \| (.*) \|$/\1:\2:\3/'
}

code() {
	local page line file names name
	while IFS=: read -r page line file names; do
		if [ ! -f "$file" ]; then
			echo "$page:$line: there is no $file"
			continue
		fi
		for name in $(tr -d '`,' <<<"$names"); do
			defines "$file" "$name" ||
				echo "$page:$line: $file does not define $name"
		done
	done < <(rows)
}

breaks() {
	local at word
	while IFS=: read -r page line word; do
		grep -qxF -e "${word#--break }" <<<"$words" ||
			echo "$page:$line: $word: there is no such word"
	done < <(grep -noHE -e '--break [a-z][a-z-]+' $dir/[0-9]*.md)
	for word in $words; do
		grep -qE -e "--break $word\b" $dir/[0-9]*.md ||
			echo "vmm/cli/breaks.c:1: $word is in no lesson"
		grep -qF "\`$word\`" $dir/README.md ||
			echo "$dir/README.md:1: does not name $word"
	done
}

parts() {
	local page part
	for page in $dir/[0-9]*.md; do
		for part in "Type this" "In the code" "Break it" Why; do
			grep -qx "## $part" "$page" ||
				echo "$page:1: has no part '## $part'"
		done
		grep -qF "(${page##*/})" $dir/README.md ||
			echo "$dir/README.md:1: has no link to ${page##*/}"
	done
}

[ -d $dir ] || exit 0
{ code; breaks; parts; } | verdict
