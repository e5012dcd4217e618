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

#endif
