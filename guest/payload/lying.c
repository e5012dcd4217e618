/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses the device of tests/lying in every way that it has, once, and never
 * waits for ever: the device may lie, or go away under our hands.
 *
 * One line for each way, `NAME ok` or `NAME bad`, and last what BAR 0 says
 * then: `last 4c494152`, or `last ffffffff` when the device is gone.  The
 * status says nothing of the device.  Command line: before that last read,
 * churn=N to switch and move its parts so often, wait=MS to wait, reads=N to
 * read so often; slot=N to look for the device from there on.
 */
#include "payload.h"

enum {
	COMMAND = 0x04,
	COMMAND_MEM_MASTER = 0x06,
	BAR0 = 0x10,
	BAR2 = 0x18,
	BAR4 = 0x20,
	PM_CTRL = 0x44,
	MSIX_CTRL = 0x52,
	MSIX_ENABLE = 0x8000,
	/* registers in BAR 0; see tests/lying/liar.h */
	REG_ID = 0x00,
	REG_SCRATCH = 0x04,
	REG_IOVA = 0x08,
	REG_COUNT = 0x10,
	REG_GO = 0x14,
	REG_STATUS = 0x18,
	REG_FIRE = 0x1c,
	REG_DROP = 0x20,
	REG_DATA = 0x100,
	GO_FROM_GUEST = 1,
	GO_TO_GUEST = 2,
	BUSY = 1,
	DONE = 2,
	FIRE_INTX = 0x000,
	FIRE_MSIX = 0x200,
	POLLS = 200,    /* for DMA */
	PATIENCE = 200, /* for an interrupt, in ms */
	NSLOTS = 32,
};

static unsigned slot;
static uint64_t bar0, bar2, bar4;
static volatile uint32_t buffer[16] __attribute__((aligned(64)));

/* 0: none in memory */
static uint64_t bar(unsigned off)
{
	uint32_t v = pci_get(slot, 0, off, 4);

	return v & 1 ? 0 : v & ~UINT32_C(0xf);
}

static bool find(void)
{
	for (slot = arg_u32("slot", 1); slot < NSLOTS; slot++)
		if (pci_get(slot, 0, 0, 2) != 0xffff)
			return true;
	return false;
}

static void say(const char *what, bool ok)
{
	print("%s %s\n", what, ok ? "ok" : "bad");
}

static bool keeps(uint64_t gpa, uint32_t v)
{
	mmio_put32(gpa, v);
	return mmio_get32(gpa) == v;
}

static bool run_dma(uint32_t how)
{
	uint32_t s = BUSY;

	mmio_put32(bar0 + REG_IOVA, (uint32_t)(uint64_t)buffer);
	mmio_put32(bar0 + REG_IOVA + 4, 0);
	mmio_put32(bar0 + REG_COUNT, sizeof(buffer));
	mmio_put32(bar0 + REG_GO, how);
	for (unsigned i = 0; i < POLLS && s == BUSY; i++)
		s = mmio_get32(bar0 + REG_STATUS);
	return s == DONE;
}

/* To the device and back, over other contents. */
static bool dma(void)
{
	for (unsigned i = 0; i < 16; i++)
		buffer[i] = 0x1000 + i;
	if (!run_dma(GO_FROM_GUEST))
		return false;
	for (unsigned i = 0; i < 16; i++)
		buffer[i] = 0;
	return run_dma(GO_TO_GUEST) && buffer[0] == 0x1000 &&
	       buffer[15] == 0x100f;
}

/* Sleeps, too: what raises an interrupt may need this processor's host CPU. */
static bool fire(uint32_t what)
{
	unsigned before = irq_count(0);

	mmio_put32(bar0 + REG_FIRE, what);
	for (unsigned i = 0; i < PATIENCE && irq_count(0) == before; i++) {
		if (mmio_get32(bar0 + REG_SCRATCH) == UINT32_MAX)
			break; /* it is gone */
		sleep_ms(1);
	}
	return irq_count(0) != before;
}

static bool msix(void)
{
	struct irq_message m = irq_message(0);
	bool ok;

	mmio_put32(bar4 + 0x10, (uint32_t)m.addr);
	mmio_put32(bar4 + 0x14, (uint32_t)(m.addr >> 32));
	mmio_put32(bar4 + 0x18, m.data);
	mmio_put32(bar4 + 0x1c, 0);
	pci_put(slot, 0, MSIX_CTRL, 2, MSIX_ENABLE);
	ok = fire(FIRE_MSIX | 1);
	pci_put(slot, 0, MSIX_CTRL, 2, 0);
	return ok;
}

static bool intx(void)
{
	bool ok;

	irq_route(16 + slot % 8, true);
	ok = fire(FIRE_INTX);
	mmio_put32(bar0 + REG_DROP, 1);
	return ok;
}

static bool power(void)
{
	bool gone;

	pci_put(slot, 0, PM_CTRL, 2, 3);
	gone = mmio_get32(bar0 + REG_ID) == UINT32_MAX;
	pci_put(slot, 0, PM_CTRL, 2, 0);
	return gone && mmio_get32(bar0 + REG_ID) != UINT32_MAX;
}

/* What must not be under way when the device goes: all of it, in turns */
static void churn(unsigned turn)
{
	uint64_t to = bar2 + (turn % 2 ? 0x100000 : 0);

	pci_put(slot, 0, COMMAND, 2, turn % 3 ? COMMAND_MEM_MASTER : 0);
	pci_put(slot, 0, BAR2, 4, (uint32_t)to);
	mmio_put32(to + 0x1000, turn);
	mmio_put32(to, turn);
	pci_put(slot, 0, MSIX_CTRL, 2, turn % 2 ? MSIX_ENABLE : 0);
	mmio_put32(bar4 + 0x1c, turn & 1);
	mmio_put32(bar0 + REG_FIRE, turn % 5 ? FIRE_MSIX | 1 : FIRE_INTX);
	pci_put(slot, 0, PM_CTRL, 2, turn % 4 ? 0 : 3);
	mmio_get32(to + 0x2000);
}

/* And back to where they were */
static void churns(unsigned turns)
{
	if (!turns || !bar2 || !bar4)
		return;
	while (turns--)
		churn(turns);
	pci_put(slot, 0, PM_CTRL, 2, 0);
	pci_put(slot, 0, COMMAND, 2, COMMAND_MEM_MASTER);
	mmio_put32(bar0 + REG_DROP, 1);
}

int payload_main(void)
{
	uint32_t reads = arg_u32("reads", 0);

	if (!pci_init() || !irq_init() || !find()) {
		print("no device\n");
		return 2;
	}
	pci_put(slot, 0, COMMAND, 2, COMMAND_MEM_MASTER);
	bar0 = bar(BAR0);
	bar2 = bar(BAR2);
	bar4 = bar(BAR4);
	if (!bar0) {
		print("last none\n");
		return 0;
	}
	print("id %08x\n", mmio_get32(bar0 + REG_ID));
	say("scratch", keeps(bar0 + REG_SCRATCH, 0x12345678));
	say("mapped", bar2 && keeps(bar2 + 0x1ff8, 0x600dcafe));
	say("trapped", bar2 && keeps(bar2 + 0x3004, 0xfeedbeef));
	say("dma", dma());
	say("intx", intx());
	say("msix", bar4 && msix());
	say("power", power());
	churns(arg_u32("churn", 0));
	for (uint32_t ms = arg_u32("wait", 0); ms; ms--)
		sleep_ms(1);
	while (reads--)
		mmio_get32(bar0 + REG_ID);
	print("last %08x\n", mmio_get32(bar0 + REG_ID));
	return 0;
}
