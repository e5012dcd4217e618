# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Types the commands of a page of docs/lessons and compares what they print
# with what the page shows; source it in the repository, after tests/tap.sh.
#
#   lesson_count PAGE...           how many commands they have
#   lesson_run PAGE TRANSCRIPT     a test for each; TRANSCRIPT gets the commands
#                                  with what they really printed
#
# The commands of a page share one shell.  Their standard error counts, too.
# One may fail only if it, or the next one, says `echo $?`.  How a page is
# written is told in split.awk and same.awk.

lesson_split() { # PAGE DIR
	awk -v dir="$2" -f tests/lessons/split.awk "$1"
}

lesson_count() { # PAGE...
	sed -n '/^```console$/,/^```$/p' "$@" | grep -c '^\$ '
}

lesson_asks_status() { # N
	[ -e "$lesson_dir/$1.cmd" ] &&
		grep -qF "echo \$?" "$lesson_dir/$1.cmd"
}

# Says what is wrong with command N
lesson_judge() { # N STATUS
	awk -f "$lesson_same" "$lesson_dir/$1.want" "$lesson_dir/$1.got" ||
		return
	[ "$2" = 0 ] || lesson_asks_status "$1" ||
		lesson_asks_status $(($1 + 1)) || {
		echo "status $2, and the page does not ask for it"
		return 1
	}
}

# The names are long because the commands run among them.
lesson_type() { # PAGE TRANSCRIPT
	local lesson_n lesson_status=0 lesson_same=$PWD/tests/lessons/same.awk
	local lesson_dir lesson_cmd
	lesson_dir=$(mktemp -d)
	lesson_split "$1" "$lesson_dir"
	for ((lesson_n = 1; lesson_n <= $(lesson_count "$1"); lesson_n++)); do
		lesson_cmd=$(cat "$lesson_dir/$lesson_n.cmd")
		(exit $lesson_status) # that $? is what it was
		eval "$lesson_cmd" >"$lesson_dir/$lesson_n.got" 2>&1 </dev/null
		lesson_status=$?
		{
			sed '1s/^/$ /; 1!s/^/> /' "$lesson_dir/$lesson_n.cmd"
			cat "$lesson_dir/$lesson_n.got"
		} >>"$2"
		ok "$(basename "$1" .md): $(head -n 1 "$lesson_dir/$lesson_n.cmd")" \
			lesson_judge $lesson_n $lesson_status
	done
	rm -rf "$lesson_dir"
	exit $((tap_failed > 0))
}

lesson_run() { # PAGE TRANSCRIPT
	: >"$2"
	(lesson_type "$@")
	tap_n=$((tap_n + $(lesson_count "$1")))
}
