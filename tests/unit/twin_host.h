/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host for the software BCM5720: memory, a log of what the chip did to it,
 * and rings as a driver sets them up.
 *
 * Memory is one array at TH_BASE; DMA beside it fails.  Time stands still
 * unless th_later() moves it.
 */
#ifndef TEST_TWIN_HOST_H
#define TEST_TWIN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "tests/twin/model/bcm5720.h"

#define TH_BASE UINT64_C(0x7200000000)

enum {
	TH_MEM = 0x800000,
	TH_LOG = 4096,
	TH_FRAMES = 1024,
	TH_ARENA = 0x400000, /* bytes of frames that left */

	/* where things are in memory */
	TH_SB = 0x1000, /* + 0x100 * vector */
	TH_STD = 0x10000,
	TH_JMB = 0x20000,
	TH_RET = 0x40000,     /* + 0x20000 * ring */
	TH_TX = 0xc0000,      /* + 0x2000 * ring */
	TH_TXBUF = 0x100000,  /* 1 MiB, handed out from the start */
	TH_STDBUF = 0x200000, /* + 0x800 * index */
	TH_JMBBUF = 0x600000, /* + 0x4000 * (index % 128) */

	TH_STD_POSTED = 200,
	TH_JMB_POSTED = 100,
	TH_TXN = 512,
	TH_RETN = 4096,
};

enum th_kind { TH_READ, TH_WRITE, TH_IRQ, TH_FRAME };

/* What the chip did to the world, in order */
struct th_event {
	enum th_kind kind;
	unsigned int fn;
	uint64_t iova; /* DMA: offset from TH_BASE */
	size_t len;
	enum bcm_irq how;
	unsigned int vector;
	bool level;
};

struct th_frame {
	const uint8_t *p;
	size_t len;
	unsigned int fn;
};

struct th {
	struct bcm_chip *chip;
	uint8_t *mem;
	uint64_t now;
	unsigned int fn; /* that th_* below talk to */
	struct th_event log[TH_LOG];
	unsigned int nlog;
	struct th_frame frame[TH_FRAMES];
	unsigned int nframes;
	uint8_t *arena;
	size_t arena_used;
	bool fail_read, fail_write; /* all DMA of that kind */
	int fail_rc;                /* 0: -EFAULT */
	/* called in each DMA callback, before the access */
	void (*on_dma)(struct th *h, bool write, uint64_t iova, size_t len);
	uint32_t std_prod, jmb_prod;
	uint32_t ret_cons[4];
	uint32_t tx_prod[4];
	size_t txbuf; /* next free byte of the send buffers */
};

/* How th_up() sets the function up */
struct th_conf {
	unsigned int vectors; /* 1: no RSS; 3 to 5: RSS over vectors - 1 */
	bool multi_tx;
	uint32_t mtu;     /* 0: 1500 */
	enum bcm_irq irq; /* BCM_IRQ_INTX (0 means it), _MSI, _MSIX */
};

/** th_new - a host with a chip whose links are up; lives for the test */
struct th *th_new(void);

/** th_free - and everything that belongs to it */
void th_free(struct th *h);

/** th_rd - register dword; th_wr - write one and let the chip work */
uint32_t th_rd(struct th *h, uint32_t off);
void th_wr(struct th *h, uint32_t off, uint32_t val);

/** th_wr_quiet - write a register and do not run the chip */
void th_wr_quiet(struct th *h, uint32_t off, uint32_t val);

/** th_cfg - configuration space: @len bytes at @off; th_cfg_wr */
uint32_t th_cfg(struct th *h, uint32_t off, size_t len);
void th_cfg_wr(struct th *h, uint32_t off, uint32_t val, size_t len);

/** th_sram_wr - by the window in configuration space */
void th_sram_wr(struct th *h, uint32_t at, uint32_t val);

/** th_run - bcm_run() until nothing is left to do now */
void th_run(struct th *h);

/** th_later - @ns pass, and what they bring happens */
void th_later(struct th *h, uint64_t ns);

/** th_up - reset the function and bring it up, interrupts on */
void th_up(struct th *h, struct th_conf c);

/** th_irq_on - configuration space: interrupts by @how, bus mode */
void th_irq_on(struct th *h, enum bcm_irq how);

/** th_post - one more buffer in each producer ring; mailboxes unless @quiet */
void th_post_std(struct th *h, unsigned int n);
void th_post_jmb(struct th *h, unsigned int n);

/** th_bd - put a send BD at the producer of @ring, no mailbox */
void th_bd(struct th *h, unsigned int ring, uint64_t iova, uint32_t len_flags,
	   uint32_t mss_vlan);

/** th_kick - tell the chip of @ring's producer */
void th_kick(struct th *h, unsigned int ring);

/** th_put - copy @len bytes to a fresh send buffer; its IOVA */
uint64_t th_put(struct th *h, const void *p, size_t len);

/** th_tx - send a frame in one BD, END set, on ring 0 */
void th_tx(struct th *h, const void *p, size_t len, uint32_t flags,
	   uint32_t mss_vlan);

/** th_rx - a frame arrives and the chip works */
void th_rx(struct th *h, const void *p, size_t len);

/** th_sb - dword @i of the status block of @v */
uint32_t th_sb(const struct th *h, unsigned int v, unsigned int i);

/* Indices in the status blocks, where a driver looks for them */
unsigned int th_tx_cons(const struct th *h, unsigned int v);
unsigned int th_ret_prod(const struct th *h, unsigned int ring, bool rss);

/** th_ret - dword @i of BD @index of return ring @ring */
uint32_t th_ret(const struct th *h, unsigned int ring, unsigned int index,
		unsigned int i);

/** th_buf - the buffer that return BD @index of @ring tells of */
const uint8_t *th_buf(const struct th *h, unsigned int ring,
		      unsigned int index);

/** th_count - events of @kind in the log; of interrupts, of @vector */
unsigned int th_count(const struct th *h, enum th_kind kind);
unsigned int th_irqs(const struct th *h, unsigned int vector);

/** th_forget - empty the log and the frames */
void th_forget(struct th *h);

#endif
