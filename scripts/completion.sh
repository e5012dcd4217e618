# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
#
# Completion of passthru's command line in bash.
#
# The arrays that say which options there are, and what a value may be, are made
# by completion.awk from --help, and stand before this when it is installed.
# This knows how bash parts a line, and what a kind of value stands for.

_passthru_devices=/sys/bus/pci/devices

# bash parts words at : and =, too; here they are as they were typed: all up to
# the cursor, into $words
_passthru_rejoin() {
	local w last=
	words=()
	for w in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
		if [[ -n $w && ${#words[@]} -gt 0 &&
			($w == [:=]* || $last == *[:=]) ]]; then
			words[-1]+=$w
		else
			words+=("$w")
		fi
		last=$w
	done
}

# Those that begin with what was typed
_passthru_offer() { # TYPED WORD...
	local typed=$1 w
	shift
	for w; do
		[[ $w != "$typed"* ]] || COMPREPLY+=("$w")
	done
}

_passthru_generate() { # COMPGEN'S-OPTION TYPED
	local w
	while IFS= read -r w; do
		COMPREPLY+=("$w")
	done < <(compgen "$1" -- "$2")
}

# When addresses are shown to be chosen from, each with what it is
_passthru_name() {
	local bdf row i
	local -A rows=()
	case ${COMP_TYPE-} in 33 | 63 | 64) ;; *) return ;; esac
	[[ ${#COMPREPLY[@]} -gt 1 ]] || return 0
	while read -r bdf row; do
		rows[$bdf]=$row
	done < <("${words[0]}" list 2>/dev/null)
	for i in "${!COMPREPLY[@]}"; do
		bdf=${COMPREPLY[i]}
		row=${rows[$bdf]-${rows[0000:$bdf]-}}
		[[ -z $row ]] || COMPREPLY[i]+="  ${row:0:60}"
	done
}

# In full, unless what was typed begins one without its domain
_passthru_bdfs() { # TYPED
	local path all=()
	for path in "$_passthru_devices"/*; do
		[[ ! -e $path ]] || all+=("${path##*/}")
	done
	_passthru_offer "$1" "${all[@]}"
	[[ ${#COMPREPLY[@]} -gt 0 ]] ||
		_passthru_offer "$1" "${all[@]#0000:}"
	_passthru_name
}

# "vfio-user:PATH": the word first, then what may stand behind it
_passthru_behind() { # TYPED KIND
	local word=${2%%:*}: n=${#COMPREPLY[@]} i
	if [[ $1 == "$word"* ]]; then
		_passthru_kind "${1#"$word"}" "${2#*:}"
		for ((i = n; i < ${#COMPREPLY[@]}; i++)); do
			COMPREPLY[i]=$word${COMPREPLY[i]}
		done
	elif [[ $word == "$1"* ]]; then
		COMPREPLY+=("$word")
		compopt -o nospace 2>/dev/null
	fi
}

_passthru_kind() { # TYPED KIND
	case $2 in
	BDF) _passthru_bdfs "$1" ;;
	FILE | PATH)
		compopt -o filenames 2>/dev/null
		_passthru_generate -f "$1"
		;;
	USER) _passthru_generate -u "$1" ;;
	[a-z]*:*) _passthru_behind "$1" "$2" ;;
	[a-z]*) _passthru_offer "$1" "$2" ;;
	esac
}

# Only what stands behind the last : or = is bash's to replace.
_passthru_trim() { # TYPED
	local c head=
	for c in : =; do
		[[ $COMP_WORDBREAKS == *"$c"* && $1 == *"$c"* ]] || continue
		c=${1%"${1##*"$c"}"}
		[[ ${#c} -le ${#head} ]] || head=$c
	done
	COMPREPLY=("${COMPREPLY[@]#"$head"}")
}

_passthru_value() { # TYPED BEFORE-IT KIND...
	local typed=$1 before=$2 kind
	shift 2
	for kind; do
		_passthru_kind "$typed" "$kind"
	done
	COMPREPLY=("${COMPREPLY[@]/#/$before}")
	_passthru_trim "$before$typed"
}

_passthru_argument() { # COMMAND BEFORE TYPED
	local options=" ${_passthru_options[$1]-}" list
	if [[ $3 == --*=* ]]; then
		read -ra list <<<"${_passthru_kinds["$1 ${3%%=*}"]-}"
		_passthru_value "${3#*=}" "${3%%=*}=" "${list[@]}"
	elif [[ $options == *" $2= "* ]]; then
		read -ra list <<<"${_passthru_kinds["$1 $2"]-}"
		_passthru_value "$3" "" "${list[@]}"
	elif [[ $3 == -* || -z ${_passthru_kinds[$1]-} ]]; then
		read -ra list <<<"$options"
		_passthru_offer "$3" "${list[@]%%[=[]*}"
	else
		read -ra list <<<"${_passthru_kinds[$1]}"
		_passthru_value "$3" "" "${list[@]}"
	fi
}

_passthru() {
	local words w general
	COMPREPLY=()
	_passthru_rejoin
	for w in "${words[@]:1:${#words[@]}-2}"; do
		[[ $w != -- ]] || return 0 # the guest's words
	done
	if [[ ${#words[@]} -le 2 ]]; then
		read -ra general <<<"$_passthru_general"
		_passthru_offer "${words[-1]}" "${!_passthru_options[@]}" \
			"${general[@]}"
	else
		_passthru_argument "${words[1]}" "${words[-2]}" "${words[-1]}"
	fi
}

complete -F _passthru passthru
