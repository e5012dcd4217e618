/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole machine for tests: two functions of one card, a payload of nothing,
 * one vCPU, over the fake kernel.
 */
#ifndef TESTS_UNIT_TEST_MACHINE_BOARD_H
#define TESTS_UNIT_TEST_MACHINE_BOARD_H

#include <elf.h>

#include "test_assign_guest.h"
#include "vmm/machine/machine.h"

struct board {
	struct sim_pci card[2];
	struct machine m;
	struct machine_config cfg;
};

/* The payload: a static ELF that loads 64 bytes */
struct board_image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	uint8_t code[64];
};

extern struct board board;
extern struct board_image board_image;

/** board_setup - fresh kernel, cards and configuration; nothing is open */
void board_setup(void);

/** board_open - machine_open(), which must succeed */
void board_open(void);

/** board_close - machine_close(), which must succeed */
void board_close(void);

/** board_nothing_left - nothing alive, @fds descriptors open; asserts */
void board_nothing_left(unsigned fds, const char *after);

/**
 * board_script - what vCPU 0 meets
 * @run:  to be filled as KVM_RUN would
 * @step: exits before this one, from 0
 *
 * Return: 0; -ENODATA: no exit, it is still in the guest; else as KVM_RUN.
 */
typedef int board_script(struct kvm_run *run, unsigned step);

extern unsigned board_step;       /* of the next call */
extern board_script *board_other; /* of vCPU 1, if any: in steps of its own */

/** board_run - machine_run() of an open machine, with the exits of @script */
struct stop board_run(board_script *script);

/** board_outb - make an exit of it; 0 */
int board_outb(struct kvm_run *run, uint16_t port, uint8_t val);

/** board_read - make an exit of four bytes read at @gpa; 0 */
int board_read(struct kvm_run *run, uint64_t gpa);

/** board_write - make an exit of four bytes written at @gpa; 0 */
int board_write(struct kvm_run *run, uint64_t gpa, uint32_t val);

#endif
