/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The software BCM5720 with a host that does anything in any order.
 *
 * Input: operations of a byte each, with what they need behind them: accesses
 * to all regions, frames, time, resets, faults, memory.  DMA goes to a small
 * memory that addresses below 2^40 reach by their low bits; above, it fails.
 * An operation can be put off into the next DMA access but some, for there a
 * host may touch registers and reset.  tests/fuzz/corpus/twin/up-* are set-ups
 * as of a driver, written down.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	MEM = 0x40000,
	RUNS = 64, /* turns in a row: large sends of tiny segments take long */
	IDLE = 16, /* of them without any effect */
	FRAME = 9700, /* longer than the wire takes, too */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum op {
	OP_WRITE, /* region 1, offset 2, value 4 */
	OP_READ,  /* region 1, offset 2 */
	OP_WIDE,  /* region 1, offset 2, length 1: read and written back */
	OP_FRAME, /* length 2: bytes from memory */
	OP_RUN,
	OP_TIME,  /* microseconds 4 */
	OP_OTHER, /* kind 1 */
	OP_MEM,   /* offset 3, length 1, bytes */
	OP_SRAM,  /* address 2, value 4 */
	OP_DEFER, /* DMA accesses from now 1: the next operation there */
	OP_COUNT,
};

/* A byte string that is being eaten */
struct input {
	const uint8_t *p;
	size_t len;
};

static struct {
	struct bcm_chip *chip;
	uint8_t mem[MEM];
	uint64_t now;
	struct input in;
	unsigned int fn;
	unsigned int defer; /* DMA accesses until @deferred; 0 none */
	bool in_dma;
	unsigned int effects; /* callbacks that were no failure */
} s;

static uint64_t eat(unsigned int n)
{
	uint64_t v;

	if (s.in.len < n)
		n = (unsigned int)s.in.len;
	v = le_get(s.in.p, n);
	s.in.p += n;
	s.in.len -= n;
	return v;
}

static void operate(void);

/* ---- callbacks -------------------------------------------------------- */

/* Errors that the model knows in another sense are among them. */
static int failure(uint64_t iova)
{
	static const int rc[] = {-EFAULT,  -EACCES,   -ECANCELED, -EAGAIN,
				 -ENOBUFS, -EMSGSIZE, -1,         -EIO};

	return rc[iova >> 40 & 7];
}

static uint8_t *memory(uint64_t iova, size_t len)
{
	uint64_t at = iova & (MEM - 1);

	assert(len > 0 && len <= 0x10000 && !s.in_dma);
	if (s.defer && !--s.defer) {
		s.in_dma = true;
		operate();
		s.in_dma = false;
	}
	s.effects += !(iova >> 40);
	return iova >> 40 || len > MEM - at ? NULL : s.mem + at;
}

static int dma_read(void *ctx, unsigned int fn, uint64_t iova, void *buf,
		    size_t len)
{
	const uint8_t *p = memory(iova, len);

	(void)ctx;
	assert(fn < BCM_FUNCS);
	if (!p)
		return failure(iova);
	memcpy(buf, p, len);
	return 0;
}

static int dma_write(void *ctx, unsigned int fn, uint64_t iova, const void *buf,
		     size_t len)
{
	uint8_t *p = memory(iova, len);

	(void)ctx;
	assert(fn < BCM_FUNCS);
	if (!p)
		return failure(iova);
	memcpy(p, buf, len);
	return 0;
}

static void irq(void *ctx, unsigned int fn, enum bcm_irq how,
		unsigned int vector, bool level)
{
	(void)ctx;
	s.effects++;
	assert(fn < BCM_FUNCS && vector < BCM_VECTORS);
	assert(how == BCM_IRQ_INTX || how == BCM_IRQ_MSI ||
	       how == BCM_IRQ_MSIX);
	assert(how == BCM_IRQ_INTX ? !vector : level);
}

static void frame_out(void *ctx, unsigned int fn, const void *frame, size_t len)
{
	static uint8_t copy[BCM_FRAME_MAX];

	(void)ctx;
	assert(fn < BCM_FUNCS && len >= 60 && len <= BCM_FRAME_MAX);
	memcpy(copy, frame, len);
}

static uint64_t now_ns(void *ctx)
{
	(void)ctx;
	return s.now;
}

static const struct bcm_ops ops = {
	.dma_read = dma_read,
	.dma_write = dma_write,
	.irq = irq,
	.frame_out = frame_out,
	.now_ns = now_ns,
};

/* ---- operations ------------------------------------------------------- */

/* Memory and bus mastering on, or nothing but configuration space answers */
static void decode(void)
{
	static const uint16_t command = 6;

	for (unsigned int fn = 0; fn < BCM_FUNCS; fn++)
		bcm_write(s.chip, fn, BCM_CONFIG, 4, &command, 2);
}

static enum bcm_region region(void)
{
	static const enum bcm_region r[] = {BCM_BAR0, BCM_BAR0, BCM_BAR0,
					    BCM_BAR2, BCM_BAR4, BCM_CONFIG,
					    BCM_ROM,  BCM_BAR0};

	return r[eat(1) & 7];
}

static void op_write(void)
{
	enum bcm_region r = region();
	uint64_t off = eat(2);
	uint32_t val = (uint32_t)eat(4);

	bcm_write(s.chip, s.fn, r, off, &val, 4);
}

static void op_read(void)
{
	enum bcm_region r = region();
	uint64_t off = eat(2);
	uint32_t val;

	bcm_read(s.chip, s.fn, r, off, &val, 4);
}

static void op_wide(void)
{
	enum bcm_region r = region();
	uint64_t off = eat(2);
	uint8_t buf[256];
	size_t len = eat(1);

	bcm_read(s.chip, s.fn, r, off, buf, len);
	bcm_write(s.chip, s.fn, r, off, buf, len);
}

static void op_frame(void)
{
	static uint8_t frame[FRAME];
	size_t len = eat(2) % FRAME;

	if (s.in_dma)
		return;
	memcpy(frame, s.mem, len);
	bcm_rx_room(s.chip, s.fn, len);
	bcm_frame_in(s.chip, s.fn, frame, len);
}

static void op_run(void)
{
	unsigned int idle = 0;
	unsigned int before;

	if (s.in_dma)
		return;
	for (unsigned int i = 0; i < RUNS; i++) {
		if (bcm_deadline(s.chip) > s.now)
			break;
		before = s.effects;
		bcm_run(s.chip);
		idle = s.effects == before ? idle + 1 : 0;
		assert(idle < IDLE); /* a chip that only says it has work */
	}
}

static void op_other(void)
{
	uint8_t kind = (uint8_t)eat(1);
	unsigned int arg = kind >> 3;

	switch (kind & 7) {
	case 0:
		bcm_flr(s.chip, s.fn);
		decode();
		break;
	case 1:
		bcm_bus_reset(s.chip);
		decode();
		break;
	case 2:
		bcm_link_set(s.chip, s.fn, (enum bcm_link)(arg % 3));
		break;
	case 3:
		bcm_irq_wire(s.chip, s.fn, (enum bcm_irq)(arg % 5));
		break;
	case 4:
		bcm_fault(s.chip, s.fn, (enum bcm_fault)(arg % BCM_FAULT_COUNT),
			  1 + (unsigned int)eat(1));
		break;
	default:
		s.fn ^= 1;
		break;
	}
}

static void op_mem(void)
{
	size_t at = eat(3) & (MEM - 1);
	size_t len = eat(1);

	for (; len && at < MEM; len--, at++)
		s.mem[at] = (uint8_t)eat(1);
}

static void op_sram(void)
{
	uint32_t at = (uint32_t)eat(2);
	uint32_t val = (uint32_t)eat(4);
	uint32_t zero = 0;

	bcm_write(s.chip, s.fn, BCM_CONFIG, 0x7c, &at, 4);
	bcm_write(s.chip, s.fn, BCM_CONFIG, 0x84, &val, 4);
	bcm_write(s.chip, s.fn, BCM_CONFIG, 0x7c, &zero, 4);
}

static void operate(void)
{
	switch ((enum op)(eat(1) % OP_COUNT)) {
	case OP_WRITE:
		op_write();
		break;
	case OP_READ:
		op_read();
		break;
	case OP_WIDE:
		op_wide();
		break;
	case OP_FRAME:
		op_frame();
		break;
	case OP_RUN:
		op_run();
		break;
	case OP_TIME:
		s.now += eat(4) * 1000;
		break;
	case OP_OTHER:
		op_other();
		break;
	case OP_MEM:
		op_mem();
		break;
	case OP_SRAM:
		op_sram();
		break;
	case OP_DEFER:
		s.defer = 1 + (unsigned int)eat(1) % 32;
		break;
	case OP_COUNT:
	default:
		break;
	}
}

static void ahead_check(const struct bcm_ahead *a)
{
	assert(!a->left || a->left <= sizeof(a->raw) - a->at);
	assert(a->at <= sizeof(a->raw) && a->left % 32 == 0);
}

/* What AddressSanitizer cannot see, as all is inside one struct */
static void invariants(void)
{
	const struct bcm_func *f = s.chip->func;

	for (; f < s.chip->func + BCM_FUNCS; f++) {
		ahead_check(&f->std_ahead);
		ahead_check(&f->jmb_ahead);
		assert(f->ring.std_cons < BCM_RX_STD_SIZE);
		assert(f->ring.jmb_cons < BCM_RX_JMB_SIZE);
		for (unsigned int i = 0; i < 4; i++) {
			assert(f->ring.tx_cons[i] < BCM_TX_SIZE);
			assert(f->ring.ret_prod[i] < BCM_RX_RET_SIZE);
		}
		assert(f->chip == s.chip && f->fn < BCM_FUNCS);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bcm_options o = bcm_options_default();

	memset(&s, 0, sizeof(s));
	s.in = (struct input){data, len};
	s.now = 1;
	s.chip = bcm_create(&ops, NULL, &o);
	if (!s.chip)
		abort();
	decode();
	while (s.in.len) {
		operate();
		invariants();
	}
	op_run();
	bcm_destroy(s.chip);
	return 0;
}
