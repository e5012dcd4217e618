/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First instructions of a second processor: from the real mode that a start-up
 * interrupt leaves it in to the 64-bit mode that the first one is in.  smp.c
 * copies ap_boot to a page below 1 MiB, whose number the interrupt carries, and
 * fills in what the first one has in GDTR and CR3.
 */
	.section .rodata
	.globl	ap_boot, ap_boot_end, ap_gdtr, ap_cr3
	.code16
ap_boot:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	ap_gdtr - ap_boot
	mov	ap_cr3 - ap_boot, %eax
	mov	%eax, %cr3
	mov	%cr4, %eax
	or	$0x20, %eax		/* PAE */
	mov	%eax, %cr4
	mov	$0xc0000080, %ecx	/* EFER */
	rdmsr
	or	$0x100, %eax		/* LME */
	wrmsr
	mov	$0x80000011, %eax	/* PG, ET, PE: all at once */
	mov	%eax, %cr0
	ljmpl	$0x10, $ap_entry
	.balign	8
ap_gdtr:
	.word	0
	.long	0
ap_cr3:
	.long	0
ap_boot_end:

	.text
	.code64
ap_entry:
	mov	$0x18, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	lea	ap_stack_top(%rip), %rsp
	xor	%ebp, %ebp
	cld
	call	ap_main
1:	cli
	hlt
	jmp	1b

	.bss
	.balign	16
	.skip	16384
ap_stack_top:

	.section .note.GNU-stack, "", @progbits
