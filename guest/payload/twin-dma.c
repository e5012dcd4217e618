/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA of a BCM5720 at slot=N, out of guest memory and into it: status blocks,
 * frames that come back from its own MAC, frames to and from the wire, where a
 * host 10.0.2.2 answers ARP.  With times=N on the command line, all of it so
 * often.  end=N says where RAM ends, in MiB (64).
 */
#include "bcm.h"

#define MIB         UINT64_C(0x100000)
#define HIGH        UINT64_C(0x100000000)
#define HOLE        UINT64_C(0xc0000000)
#define ERROR       4 /* in a status block */
#define PATIENCE_MS 1000
#define FRAME       1000
#define ARP_LEN     42
#define OFF_KIND    20 /* in an ARP frame: low byte of request or reply */
#define OFF_FROM    28 /* protocol address of who sends it */
#define REPLY       2
#define ROUNDS      5 /* more frames than there are buffers */

static uint8_t frame[FRAME];

static bool same(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	while (len && *a == *b)
		a++, b++, len--;
	return !len;
}

static void statuses(struct bcm *b)
{
	bool good = true;

	bcm_status_open(b);
	for (unsigned v = 0; v < BCM_VECTORS; v++)
		for (uint32_t tag = 1; tag <= 2; tag++) {
			bcm_status_now(b, v);
			good &= bcm_status_await(b, v, tag);
			good &= b->status[v].updated & 1;
		}
	report(good, "a status block for each vector, and its next");
	pci_put(b->slot, b->fn, BCM_COMMAND, 2, BCM_COMMAND_ON & ~4);
	bcm_status_now(b, 0);
	sleep_ms(20);
	report(b->status[0].tag == 2, "none without bus mastering");
	pci_put(b->slot, b->fn, BCM_COMMAND, 2, BCM_COMMAND_ON);
	report(bcm_status_await(b, 0, 3), "it comes when that is on again");
}

/* A block for vector 1 to memory at @gpa */
static bool reaches(struct bcm *b, uint64_t gpa)
{
	volatile struct bcm_status *there = (void *)page_map(gpa);
	uint32_t tag = b->status[1].tag;

	there->tag = 0;
	bcm_status_at(b, 1, gpa);
	bcm_status_now(b, 1);
	for (unsigned ms = 0; !there->tag && ms < PATIENCE_MS; ms++)
		sleep_ms(1);
	return there->tag && there->updated & 1 && b->status[1].tag == tag;
}

/* Between RAM and the devices nothing is mapped. */
static void beyond(struct bcm *b)
{
	uint32_t tag = b->status[0].tag;

	bcm_status_at(b, 1, HOLE);
	bcm_status_now(b, 1);
	report(bcm_status_await(b, 0, tag + 1) && b->status[0].updated & ERROR,
	       "DMA beyond RAM is an error, and told of");
	report(bcm_get(b, BCM_DMA_ERROR), "a register has it");
	bcm_put(b, BCM_DMA_ERROR, bcm_get(b, BCM_DMA_ERROR));
	bcm_status_now(b, 0);
	report(bcm_status_await(b, 0, tag + 2) &&
		       !(b->status[0].updated & ERROR),
	       "and then it goes on");
	bcm_status_at(b, 1, (uint64_t)&b->status[1]);
}

/* Ends of RAM: above 4 GiB it is another piece, in its file somewhere else */
static void everywhere(struct bcm *b, uint64_t ram_end)
{
	if (ram_end > HIGH)
		report(reaches(b, HIGH), "DMA to 4 GiB");
	report(reaches(b, ram_end - sizeof(struct bcm_status)),
	       "DMA to the last bytes of RAM");
}

/* Frames that can be told apart */
static void fill(uint8_t seed)
{
	for (uint32_t i = 0; i < FRAME; i++)
		frame[i] = (uint8_t)(i * 7 + seed);
	frame[0] = 0x02;
	frame[12] = 0x88; /* of no protocol that anybody knows */
	frame[13] = 0xb5;
}

static void loopback(struct bcm *b)
{
	const uint8_t *got;
	uint32_t len = 0;
	bool good = true;

	bcm_rings_open(b, true);
	for (uint8_t i = 0; i < ROUNDS; i++) {
		fill((uint8_t)(i + b->fn));
		bcm_send(b, frame, FRAME);
		got = bcm_receive(b, &len);
		good &= got && len == FRAME && same(got, frame, len);
	}
	report(good, "frames of our memory come back into our memory");
	report(b->status[0].tx_cons == ROUNDS, "and were all taken");
}

static bool link(const struct bcm *b)
{
	for (unsigned i = 0; i < 100; i++) {
		if (bcm_get(b, BCM_TX_STATUS) & BCM_TX_STATUS_LINK)
			return true;
		sleep_ms(10);
	}
	return false;
}

/* Who has 10.0.2.2?  Tell 10.0.2.15. */
static void ask(const struct bcm *b)
{
	static const uint8_t arp[] = {8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
	static const uint8_t from[] = {10, 0, 2, 15}, who[] = {10, 0, 2, 2};
	uint32_t hi = bcm_get(b, BCM_MAC_ADDR);
	uint32_t lo = bcm_get(b, BCM_MAC_ADDR + 4);
	uint8_t mac[] = {(uint8_t)(hi >> 8),  (uint8_t)hi,
			 (uint8_t)(lo >> 24), (uint8_t)(lo >> 16),
			 (uint8_t)(lo >> 8),  (uint8_t)lo};

	for (unsigned i = 0; i < ARP_LEN; i++)
		frame[i] = i < 6 ? 0xff : 0;
	for (unsigned i = 0; i < 6; i++)
		frame[6 + i] = frame[22 + i] = mac[i];
	for (unsigned i = 0; i < sizeof(arp); i++)
		frame[12 + i] = arp[i];
	for (unsigned i = 0; i < 4; i++) {
		frame[OFF_FROM + i] = from[i];
		frame[38 + i] = who[i];
	}
}

static void wire(struct bcm *b)
{
	const uint8_t *got;
	uint32_t len;

	bcm_rings_open(b, false);
	if (!report(link(b), "the link is up"))
		return;
	ask(b);
	bcm_send(b, frame, ARP_LEN);
	got = bcm_receive(b, &len);
	report(got && len == 60, "an answer from the wire");
	report(got && got[OFF_KIND + 1] == REPLY && same(got, frame + 6, 6) &&
		       same(got + OFF_FROM, frame + 38, 4),
	       "which is an ARP reply of 10.0.2.2 to us");
}

static bool both(void)
{
	struct bcm b;

	for (unsigned fn = 0; fn < 2; fn++) {
		if (!report(bcm_find(&b, fn), "a BCM5720 at slot=N"))
			return false;
		statuses(&b);
		everywhere(&b, arg_u32("end", 64) * MIB);
		beyond(&b);
		loopback(&b);
		bcm_put(&b, BCM_CORE_RESET, 1);
		bcm_on(&b);
		bcm_status_open(&b);
		wire(&b);
		bcm_put(&b, BCM_CORE_RESET, 1);
	}
	return true;
}

int payload_main(void)
{
	uint32_t left = arg_u32("times", 1);

	if (!report(irq_init(), "APICs in the device tree"))
		return 1;
	while (left && both())
		left--;
	return 0;
}
