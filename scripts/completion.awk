# SPDX-License-Identifier: BSD-2-Clause
#
# What completion needs to know of the commands, as bash arrays, from what
# scripts/helps prints; completion.sh has the code that goes behind it.
#
#   scripts/helps PROGRAM | awk -f completion.awk
#
# _passthru_general                  options that are no command's
# _passthru_options[COMMAND]         its options; --name= has a value, and
#                                    --name[=] may have one
# _passthru_kinds["COMMAND OPTION"]  the kinds of its value
# _passthru_kinds[COMMAND]           the kinds of its other arguments
#
# A kind is a word as the help text has it: of capitals (BDF, FILE, USER, SIZE),
# or one that is typed so (stdio), or the one behind the other (vfio-user:PATH).
# Knows no command and no option by name.

# "BDF[,at=SLOT.FN]" has the kind BDF, "stdio|none|FILE" three of them.
function kinds(value,    n, i, part, out) {
	gsub(/\[[^]]*\]/, "", value)
	n = split(value, part, "|")
	for (i = 1; i <= n; i++)
		out = out part[i] " "
	return out
}

function add_option(name, value, optional) {
	if (!((command, name) in known))
		options[command] = options[command] name \
			(optional ? "[=]" : value ? "=" : "") " "
	known[command, name] = 1
	if (value)
		add_kinds(command " " name, kinds(value))
}

function add_kinds(key, more) {
	if (!(key in kind))
		keys[nkeys++] = key
	kind[key] = kind[key] more
}

# "--name", "--name VALUE", "--name=VALUE" or "--name[=VALUE]", then two spaces
function option_line(s,    name, value) {
	sub(/^ +/, "", s)
	sub(/  .*/, "", s)
	match(s, /^--[a-z][a-z0-9-]*/)
	name = substr(s, 1, RLENGTH)
	value = substr(s, RLENGTH + 1)
	if (value ~ /^\[=/) {
		gsub(/^\[=|\]$/, "", value)
		add_option(name, value, 1)
	} else {
		add_option(name, substr(value, 2), 0)
	}
}

# What is left of a synopsis without options, as BDF... or FILE
function arguments(s,    n, i, part) {
	sub(/ -- .*/, "", s)
	sub(/\[-- .*/, "", s)
	gsub(/\[--[^]]*\]/, "", s)
	gsub(/--[a-z-]+[ =][A-Z]+/, "", s)
	gsub(/[].[|]/, " ", s)
	n = split(s, part, " ")
	for (i = 1; i <= n; i++)
		if (part[i] ~ /^[A-Z]+$/ && part[i] != "OPTION")
			add_kinds(command, part[i] " ")
}

function row(key, words) {
	printf "\t[\"%s\"]=\"%s\"\n", key, words
}

/^\f/ {
	command = substr($0, 2)
	if (command)
		order[ncommands++] = command
	synopsis = 0
	next
}

/^usage: / {
	synopsis = 1
}

/^$/ {
	synopsis = 0
}

synopsis {
	sub(/^usage: passthru [a-z-]*/, "")
	arguments($0)
}

# Of all commands, in the text that is nobody's
!command && /^  passthru --/ {
	gsub(/,/, "")
	for (i = 2; i <= NF; i++)
		add_option($i, "", 0)
}

command && /^  --[a-z]/ {
	option_line($0)
}

END {
	printf "_passthru_general=\"%s\"\n", options[""]
	print "declare -gA _passthru_options=("
	for (i = 0; i < ncommands; i++)
		row(order[i], options[order[i]])
	print ")\ndeclare -gA _passthru_kinds=("
	for (i = 0; i < nkeys; i++)
		row(keys[i], kind[keys[i]])
	print ")"
}
