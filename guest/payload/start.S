/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First instructions of every payload, and of every interrupt.
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

/*
 * An interrupt: its number is the argument; keep what C may change, then call
 * the handler.  The processor aligned the stack and pushed five words: with
 * these nine and the return address the handler finds it as the ABI wants it.
 */
	.text
	.set	n, 0
	.rept	16			/* IRQ_VECTORS, 16 bytes each */
	.balign	16
	.if	n == 0
	.globl	irq_entry
irq_entry:
	.endif
	push	%rdi
	mov	$n, %edi
	jmp	handle
	.set	n, n + 1
	.endr
handle:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	cld
	call	irq_handle
back:
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	pop	%rdi
	iretq

/* The timer's, likewise. */
	.globl	timer_entry
timer_entry:
	push	%rdi
	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	cld
	call	timer_handle
	jmp	back

/* Spurious interrupt: nothing is in service, so there is nothing to end. */
	.globl	spurious_entry
spurious_entry:
	iretq

/* Never returns, so an error code on the stack does not matter. */
	.globl	exception_entry
exception_entry:
	mov	%rsp, %rdi
	cld
	and	$-16, %rsp
	call	exception_handle

	.bss
	.balign	16
	.skip	16384
stack_top:

	.section .note.GNU-stack, "", @progbits
