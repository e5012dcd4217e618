#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --trace and --explain of a payload with two software NICs, in the sandbox: the
# golden transcript, twice the same, and the explanation has the same calls.
#
#   GOLDEN=write bash tests/kvm/trace.sh    makes the transcript anew; look at
#                                           the difference before you commit it
. "$(dirname "$0")/lib/twin.sh"
twin_needed
plan 12

golden=tests/golden/trace-msix.txt

# What this CPU, this kernel and this compiler decide is not compared
stable() {
	sed -E -e "s|$work/||g" \
		-e 's/(KVM_CHECK_EXTENSION .* ->) [1-9].*/\1 N/' \
		-e 's/(KVM_GET_VCPU_MMAP_SIZE .* ->) .*/\1 N/' \
		-e 's/nent=[0-9]+/nent=N/g' -e 's/(KVM_RUN calls=).*/\1N/' \
		-e 's/(reg=BAR[0-5] -> ).*/\1N/' \
		-e 's/(reg=HOSTCC_MODE\+.* value=).*/\1N/' "$1"
}

# In the order that threads told them: one thread makes all of these
traced() { # NAME [ARG]...
	local name=$1
	shift
	twin_start
	twin_run msix "" "--trace=vfio,kvm,pci,irq,dma:$work/$name" "$@"
	twin_stop
	stable "$work/$name" >"$work/$name.stable"
}

same() { # FILE FILE
	diff -u "$1" "$2" | head -n 30
	cmp -s "$1" "$2"
}

traced one
is "the payload is content" "$status" 0
is "and passthru says nothing" "$err" ""
[ "${GOLDEN-}" != write ] || cp "$work/one.stable" "$golden"
ok "the transcript is the golden one" same "$golden" "$work/one.stable"
ok "no address of ours, no number of a descriptor" \
	eval '! grep -nE "0x(5|7f)[0-9a-f]{10}|fd=[0-9]" "$work/one"'
traced two --explain
ok "again it is the same" same "$work/one.stable" "$work/two.stable"

# The same calls, but for those that are explained once
calls() {
	sed -E -e 's/^(vfio|kvm) //p' -e d "$work/two" |
		grep -vE '^(VFIO_USER_REGION_(READ|WRITE)|KVM_RUN|KVM_IRQ_LINE)'
}
told() {
	sed -n 's/^    //p' "$work/err" |
		grep -vE '^(VFIO_USER_REGION_(READ|WRITE)|KVM_RUN|KVM_IRQ_LINE)'
}
calls >"$work/calls"
told >"$work/told"
ok "the explanation has the same calls in the same order" \
	same "$work/calls" "$work/told"
is "its chapters, each for the first time" \
	"$(sed -n 's/^== \([A-Za-z]*\):.*/\1/p' "$work/err" |
		awk '!seen[$0]++' | paste -sd' ')" \
	"guest interrupts device regions DMA"
payload hello --trace=kvm,dam
is "an area that there is not" "$status $err" "125 passthru: --trace: \
\"dam\": no such area; give some of vfio, kvm, pci, irq, dma, with commas \
between them"
payload hello --trace=kvm:/dev/full
is "what cannot be written is said once, and the guest runs" \
	"$status $(grep -c . <<<"$err") ${err%%;*}" \
	"0 1 passthru: warning: --trace, --explain: write: ENOSPC"

# The limit goes for every file of the run; guest RAM is none
limited() { # ARG...
	ulimit -S -f 1
	payload hello "$@"
	ulimit -S -f unlimited
}
limited --trace=kvm:"$work/long"
is "nor does a file that may not grow end the run" "$status ${err%%;*}" \
	"0 passthru: warning: --trace, --explain: write: EFBIG"

# The devices are open when the file is found to be no kernel
head -c 64 /dev/zero >"$work/zero"
embedded=1 twin_run msix "" --explain --kernel "$work/zero"
is "what was counted is told of a run that never began, too" \
	"$status $(grep -c '^    VFIO_USER_REGION_READ calls=' <<<"$err")" "125 1"

# A full pipe; its reader is this shell, which never reads
mkfifo "$work/fifo"
exec 9<>"$work/fifo"
head -c 65536 /dev/zero >&9
twin_start
twin_run msix "" --trace=vfio,kvm,pci,irq,dma:"$work/fifo"
twin_stop
exec 9<&-
is "a reader who does not read holds up neither the guest nor its end" \
	"$status $(grep -c . <<<"$err") ${err%%;*}" \
	"0 1 passthru: warning: --trace, --explain: write: ETIMEDOUT"
