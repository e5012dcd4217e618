/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds the machine that the tests of vmm/machine share. */
#include "test_machine_board.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <stddef.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"

struct board board;
struct board_image board_image;

static void payload(void)
{
	board_image.eh = (Elf64_Ehdr){
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = 2 * MiB,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
	};
	board_image.ph = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_offset = offsetof(typeof(board_image), code),
		.p_vaddr = 2 * MiB,
		.p_paddr = 2 * MiB,
		.p_filesz = sizeof(board_image.code),
		.p_memsz = sizeof(board_image.code),
	};
	board.cfg.boot.kernel = (struct boot_blob){
		&board_image, sizeof(board_image), "payload.elf"};
	board.cfg.boot.cmdline = "";
}

static void cards(void)
{
	sim_bcm5720(&board.card[0], "0000:02:00.0", 7);
	sim_bcm5720(&board.card[1], "0000:02:00.1", 7);
	board.card[1].cfg[PCI_INTERRUPT_PIN] = 2;
	board.card[0].cfg_size = board.card[1].cfg_size = 256;
	sim_add(&board.card[0]);
	sim_add(&board.card[1]);
}

void board_setup(void)
{
	sim_reset();
	cards();
	board.cfg = (struct machine_config){
		.ncpus = 1,
		.ram_size = 64 * MiB,
		.dev = {{{.ops = &vfio_kernel,
			  .addr = {0, 2, 0, 0},
			  .group = 7},
			 0x0a,
			 0},
			{{.ops = &vfio_kernel,
			  .addr = {0, 2, 0, 1},
			  .group = 7},
			 0x0b,
			 0}},
		.ndev = 2,
		.out_fd = {-1, -1, -1},
		.input_fd = -1,
		.fired_fd = -1,
		.stats_to = {STDERR_FILENO, false, PIPE_BUF},
	};
	payload();
}

void board_open(void)
{
	cr_assert_eq(machine_open(&board.m, &board.cfg), 0, "%s", err_last());
}

void board_nothing_left(unsigned fds, const char *after)
{
	struct sim_count none = {0};
	struct sim_count now = sim_count();

	cr_assert(!memcmp(&now, &none, sizeof(now)),
		  "%s: files %u maps %u slots %u irqfds %u dma %u", after,
		  now.files, now.maps, now.slots, now.irqfds, now.dma);
	cr_assert_eq(open_fds(), fds, "%s: descriptors", after);
}

void board_close(void)
{
	cr_assert_eq(machine_close(&board.m), 0, "%s", err_last());
}

unsigned board_step;
board_script *board_other;
static unsigned other_step;
static board_script *script;

/* Whoever comes behind the end of his script waits for the kick. */
static int run(struct kvm_run *r, unsigned vcpu)
{
	int rc = -ENODATA;

	if (__atomic_load_n(&r->immediate_exit, __ATOMIC_ACQUIRE))
		return -EINTR;
	if (vcpu == 0)
		rc = script(r, board_step++);
	if (vcpu == 1 && board_other)
		rc = board_other(r, other_step++);
	return rc == -ENODATA ? -EINTR : rc;
}

struct stop board_run(board_script *s)
{
	struct stop why;

	script = s;
	board_step = other_step = 0;
	sim_knobs()->run = run;
	why = machine_run(&board.m);
	sim_knobs()->run = NULL;
	return why;
}

int board_outb(struct kvm_run *r, uint16_t port, uint8_t val)
{
	r->exit_reason = KVM_EXIT_IO;
	r->io.direction = KVM_EXIT_IO_OUT;
	r->io.size = 1;
	r->io.count = 1;
	r->io.port = port;
	r->io.data_offset = 4096;
	((uint8_t *)r)[4096] = val;
	return 0;
}

int board_read(struct kvm_run *r, uint64_t gpa)
{
	r->exit_reason = KVM_EXIT_MMIO;
	r->mmio.phys_addr = gpa;
	r->mmio.len = 4;
	r->mmio.is_write = 0;
	return 0;
}

int board_write(struct kvm_run *r, uint64_t gpa, uint32_t val)
{
	board_read(r, gpa);
	r->mmio.is_write = 1;
	le_put(r->mmio.data, 4, val);
	return 0;
}
