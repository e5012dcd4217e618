#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The manual page says what --help says, of every command, and readers of such
# pages find nothing wrong with it; so for a program that has other commands.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
B=build/${FLAVOUR:-release}
page=$B/passthru.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One a line: lines break elsewhere than in --help.  A heading has no colon on
# the page, and what was between backquotes none of those.
words() {
	sed 's/[:`]//g; s/[[:space:]]\{1,\}/\n/g' | sed '/^$/d'
}

# As a reader sees it, without bold, a paragraph a line
shown() { # PAGE
	mandoc -Tascii -Owidth=900 "$1" | sed 's/.\x08//g'
}

# By both of the readers that Linux has
lint() { # PAGE
	mandoc -Tlint -Wall "$1" && ! groff -ww -man -Tutf8 -z "$1" 2>&1 | grep .
}

page_of() { # PROGRAM
	scripts/helps "$1" >"$work/helps" &&
		awk -v date=2001-02-03 -v version=9 -f scripts/manual.awk \
			"$work/helps"
}

# A command's section, without the heading and the end of the page
section() { # NAME
	shown "$page" | awk -v c="PASSTHRU ${1^^}" \
		'/^[A-Z]/ { on = $0 == c; next } on'
}

# Commands that nobody has heard of, and what roff would take for its own
cat >"$work/other" <<'X'
#!/bin/sh
case "$*" in
--help) cat <<'E'
other - does 'that'

  passthru frob [--in=FILE] BDF...   do it
  passthru --help

About it.
E
;;
"frob --help") cat <<'E'
usage: passthru frob [--in=FILE] BDF...

.dots begin this line, and a `frob --in` is in it ~ and a back\slash. This is
'quoted' and goes on. It ends here:
and goes on all the same.

What:
  --in=FILE   from here; \n is no new line
  --out[=FILE]
              .and to there

Then:
  passthru frob --in='a\b' ^x~

      .last
E
;;
*) exit 1 ;;
esac
X
chmod +x "$work/other"
sed 's/passthru frob/passthru grob/' "$work/other" >"$work/liar"
chmod +x "$work/liar"

commands=$("$B/passthru" --help |
	awk '/^  passthru [a-z]/ && !n[$2]++ { print $2 }')
plan $((11 + $(wc -w <<<"$commands")))

ok "the page is made" test -s "$page"
ok "no warning" lint "$page"
for c in $commands; do
	section "$c" | words >"$work/got"
	"$B/passthru" "$c" --help | words | grep -vx usage >"$work/want"
	ok "$c: all words of --help, in their order" \
		diff "$work/want" "$work/got"
done
# shellcheck disable=SC2086
is "a section for each command" "$(shown "$page" | grep '^PASSTHRU [A-Z]*$')" \
	"$(printf 'PASSTHRU %s\n' ${commands^^})"
page_of "$work/other" >"$work/other.1"
shown "$work/other.1" >"$work/shown"
text=$(cat "$work/shown")
ok "another program: no warning" lint "$work/other.1"
like "its command has a section" "$text" '^PASSTHRU FROB$'
like "a line that begins with a dot" "$text" \
	'\.dots begin this line, and a frob --in is in it ~ and a back\\slash\.'
like "one that begins with a quote, an end that is no heading" "$text" \
	"'quoted' and goes on. +It ends here: and goes on all the same\.\$"
like "tags, one with its text a line further" \
	"$(tr -s ' \n' ' ' <"$work/shown")" \
	'--in=FILE from here; \\n is no new line --out\[=FILE\] \.and to there'
like "an example is as it was" "$text" \
	"^ +passthru frob --in='a\\\\b' \\^x~\$"
like "date and version are at its end" "$(tail -n 1 "$work/shown")" \
	'^passthru 9 +2001-02-03 '
not_ok "a command without a text of its own" page_of "$work/liar"
