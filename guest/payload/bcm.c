/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A BCM5720 with as few settings as it works with, in the order of the Linux
 * driver tg3.  One receive buffer is posted at a time, two by turns.
 *
 * Does not know what is sent, nor how interrupts arrive.
 */
#include "bcm.h"

#define WINDOW       0x7c /* of 4 bytes of its memory: address, data */
#define WINDOW_DATA  0x84
#define SRAM_TX_RCB  0x100
#define SRAM_RX_RCB  0x200
#define RCB_OFF      2
#define MBOX_STD     0x26c
#define MBOX_RX      0x284
#define MBOX_TX      0x304
#define STD_RCB      0x2450
#define JUMBO_FLAGS  0x2448
#define STATUS_ADDR  0x3c38
#define STATUS_ADDR1 0x3d00 /* + 8 * (vector - 1) */
#define WDMAC        0x4c00
#define ON           2
#define NOW          8
#define NOW1         0x2000 /* << vector - 1 */
#define MAC_GMII     8
#define TX_END       4
#define FCS          4
#define NTX          512
#define NSTD         2048
#define NRX          4096
#define BUF          1536
#define NBUF         2
#define NFUNCTIONS   2
#define PATIENCE_MS  1000

struct tx_bd {
	uint32_t addr_hi, addr_lo, flags_len, vlan;
};

struct rx_bd {
	uint32_t addr_hi, addr_lo, len, flags, csum, vlan, reserved, opaque;
};

/* What a function reads and writes */
static struct memory {
	struct bcm_status status[BCM_VECTORS];
	struct tx_bd tx[NTX];
	struct rx_bd std[NSTD];
	struct rx_bd rx[NRX];
	uint8_t buf[NBUF][BUF];
} memory[NFUNCTIONS] __attribute__((aligned(4096)));

static uint32_t hi(const volatile void *p)
{
	return (uint32_t)((uint64_t)p >> 32);
}

static uint32_t lo(const volatile void *p)
{
	return (uint32_t)(uint64_t)p;
}

static void sram_put(const struct bcm *b, uint32_t at, uint32_t v)
{
	bcm_put(b, WINDOW, at);
	bcm_put(b, WINDOW_DATA, v);
}

void bcm_on(struct bcm *b)
{
	pci_put(b->slot, b->fn, BCM_COMMAND, 2, BCM_COMMAND_ON);
	pci_put(b->slot, b->fn, BCM_HOST_CTRL, 4, BCM_HOST_CTRL_ON);
}

bool bcm_find(struct bcm *b, unsigned fn)
{
	unsigned slot = arg_u32("slot", 0);

	*b = (struct bcm){.slot = slot, .fn = fn, .status = memory[fn].status};
	if (!pci_init() || pci_get(slot, fn, 0, 4) != BCM_ID)
		return false;
	b->reg = page_map(pci_bar(slot, fn, BCM_BAR_REG));
	b->ape = page_map(pci_bar(slot, fn, BCM_BAR_APE));
	bcm_on(b);
	return b->reg && b->ape;
}

void bcm_status_at(const struct bcm *b, unsigned v, uint64_t gpa)
{
	uint32_t at = v ? STATUS_ADDR1 + 8 * (v - 1) : STATUS_ADDR;

	bcm_put(b, at, (uint32_t)(gpa >> 32));
	bcm_put(b, at + 4, (uint32_t)gpa);
}

void bcm_status_open(struct bcm *b)
{
	for (unsigned v = 0; v < BCM_VECTORS; v++) {
		memory[b->fn].status[v] = (struct bcm_status){0};
		bcm_status_at(b, v, (uint64_t)&b->status[v]);
	}
	bcm_put(b, WDMAC, ON);
	bcm_put(b, BCM_HOSTCC, ON);
}

void bcm_status_now(const struct bcm *b, unsigned v)
{
	bcm_put(b, BCM_HOSTCC, ON | (v ? NOW1 << (v - 1) : NOW));
}

bool bcm_status_await(const struct bcm *b, unsigned v, uint32_t tag)
{
	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		if (b->status[v].tag == tag)
			return true;
		sleep_ms(1);
	}
	return false;
}

static void engines_on(const struct bcm *b, bool loopback)
{
	const struct {
		uint32_t off, val;
	} set[] = {
		{0x6800, 0x30034}, /* little endian, rings in our memory */
		{0x4400, 0x6},     /* buffer manager */
		{BCM_RX_MTU, BUF - FCS},
		{0x3000, ON}, /* receive list placement, completion ... */
		{0x2000, ON},
		{BCM_MAC_MODE, MAC_GMII | (loopback ? BCM_MAC_LOOPBACK : 0)},
		{0x4800, ON}, /* read DMA */
		{0x2800, ON},
		{0x1000, ON},
		{0x1c00, ON},
		{0x2c00, ON}, /* receive BDs */
		{0x2400, ON},
		{0x0c00, ON}, /* send data, send BDs */
		{0x1800, ON},
		{0x1400, ON},
		{0x045c, ON},         /* MAC: send */
		{0x0468, ON | 0x100}, /* receive, whoever it is for */
	};

	for (unsigned i = 0; i < sizeof(set) / sizeof(set[0]); i++)
		bcm_put(b, set[i].off, set[i].val);
}

/* Offer a buffer; the chip gives .opaque back. */
static void post(struct bcm *b)
{
	struct memory *m = &memory[b->fn];
	unsigned i = b->rx_posted;

	m->std[i] = (struct rx_bd){.addr_hi = hi(m->buf[i % NBUF]),
				   .addr_lo = lo(m->buf[i % NBUF]),
				   .len = BUF,
				   .opaque = i};
	b->rx_posted = (i + 1) % NSTD;
	asm volatile("" : : : "memory");
	bcm_put(b, MBOX_STD, b->rx_posted);
}

static void rcb_put(const struct bcm *b, uint32_t at, const void *ring,
		    uint32_t size)
{
	sram_put(b, at, hi(ring));
	sram_put(b, at + 4, lo(ring));
	sram_put(b, at + 8, size << 16);
}

void bcm_rings_open(struct bcm *b, bool loopback)
{
	struct memory *m = &memory[b->fn];

	b->tx_prod = b->rx_cons = b->rx_posted = 0;
	bcm_put(b, STD_RCB, hi(m->std));
	bcm_put(b, STD_RCB + 4, lo(m->std));
	bcm_put(b, STD_RCB + 8, NSTD << 16 | BUF << 2);
	bcm_put(b, JUMBO_FLAGS, RCB_OFF);
	rcb_put(b, SRAM_TX_RCB, m->tx, NTX);
	rcb_put(b, SRAM_RX_RCB, m->rx, NRX);
	engines_on(b, loopback);
	post(b);
}

void bcm_send(struct bcm *b, const void *frame, uint32_t len)
{
	struct memory *m = &memory[b->fn];

	m->tx[b->tx_prod] = (struct tx_bd){.addr_hi = hi(frame),
					   .addr_lo = lo(frame),
					   .flags_len = len << 16 | TX_END};
	b->tx_prod = (b->tx_prod + 1) % NTX;
	asm volatile("" : : : "memory");
	bcm_put(b, MBOX_TX, b->tx_prod);
}

const uint8_t *bcm_receive(struct bcm *b, uint32_t *len)
{
	struct memory *m = &memory[b->fn];
	const struct rx_bd *bd = &m->rx[b->rx_cons];

	for (unsigned ms = 0; b->status[0].rx_prod == b->rx_cons; ms++) {
		if (ms == PATIENCE_MS)
			return NULL;
		sleep_ms(1);
	}
	*len = (bd->len & 0xffff) - FCS;
	b->rx_cons = (b->rx_cons + 1) % NRX;
	bcm_put(b, MBOX_RX, b->rx_cons);
	post(b);
	return m->buf[bd->opaque % NBUF];
}
