/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First instructions of every payload.
 *
 * The VMM starts us in 64-bit mode with flat segments, a page of stack and the
 * first 4 GiB identity-mapped; RSI holds the address of the device tree.
 */
	.section .text.start, "ax"
	.globl	_start
_start:
	cli
	cld
	lea	stack_top(%rip), %rsp
	xor	%ebp, %ebp
	mov	%rsi, %rdi
	call	payload_start		/* does not return */
	ud2

	.bss
	.balign	16
	.skip	16384
stack_top:

	.section .note.GNU-stack, "", @progbits
