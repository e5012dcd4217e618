/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resets of a BCM5720 at slot=N: by function level reset, and by the chip's
 * own; and its sleep, which is none (it says so: No_Soft_Reset).  Afterwards
 * it works as before, and the other function has noticed nothing.
 */
#include "bcm.h"

#define CAP_PM      0x01
#define CAP_EXPRESS 0x10
#define PM_CONTROL  4
#define PM_D3       0x3
#define PM_KEEPS    0x8 /* No_Soft_Reset */
#define DEV_CONTROL 8
#define FLR         0x8000
#define FLR_MS      100
#define D3_MS       10
#define CLOCK       0x3608 /* a register that outlives the chip's own reset */
#define ALL_ONES    UINT32_MAX
#define PATTERN     0x555

static struct bcm b[2];
static struct msix m[2];
static unsigned seen[2];

static void set(const struct bcm *c)
{
	bcm_put(c, BCM_RX_MTU, PATTERN + c->fn);
	bcm_put(c, CLOCK, PATTERN + c->fn);
}

static bool kept(const struct bcm *c)
{
	return bcm_get(c, BCM_RX_MTU) == PATTERN + c->fn &&
	       bcm_get(c, CLOCK) == PATTERN + c->fn;
}

/* Both BARs, of which one may be mapped */
static bool away(const struct bcm *c)
{
	return bcm_get(c, BCM_RX_MTU) == ALL_ONES &&
	       mmio_get32(c->ape + BCM_APE_SHM) == ALL_ONES;
}

static void arm(unsigned fn)
{
	bcm_status_open(&b[fn]);
	bcm_put(&b[fn], BCM_MSG_MODE,
		BCM_MSG_ON | BCM_MSG_MANY | BCM_MSG_NO_ONE_SHOT);
	msix_set(&m[fn], 0, fn + 1, false);
	msix_control(&m[fn], true, false);
}

/* DMA and an interrupt, as nothing had been */
static bool works(unsigned fn)
{
	uint32_t next = b[fn].status[0].tag + 1;

	bcm_status_now(&b[fn], 0);
	return bcm_status_await(&b[fn], 0, next) &&
	       irq_await(fn + 1, ++seen[fn]);
}

static void flr(struct bcm *c)
{
	unsigned cap = pci_cap(c->slot, c->fn, CAP_EXPRESS);
	uint32_t v = pci_get(c->slot, c->fn, cap + DEV_CONTROL, 2);
	uint64_t bar = pci_bar(c->slot, c->fn, BCM_BAR_REG);

	set(c);
	report(kept(c), "registers are set");
	pci_put(c->slot, c->fn, cap + DEV_CONTROL, 2, v | FLR);
	sleep_ms(FLR_MS);
	report(pci_get(c->slot, c->fn, 0, 4) == BCM_ID, "it is back");
	report(!(pci_get(c->slot, c->fn, BCM_COMMAND, 2) & 7),
	       "FLR: decoding and DMA are off");
	report(away(c), "its registers and its memory are away");
	pci_bar_move(c->slot, c->fn, BCM_BAR_REG, bar);
	bcm_on(c);
	report(!bcm_get(c, BCM_RX_MTU), "and have their reset value then");
	report(bcm_get(c, BCM_MSG_MODE) == BCM_MSG_ON, "whatever that is");
}

static void own_reset(struct bcm *c)
{
	set(c);
	bcm_put(c, BCM_CORE_RESET, 1);
	report(!bcm_get(c, BCM_RX_MTU), "its own reset: registers are reset");
	report(bcm_get(c, CLOCK) == PATTERN + c->fn, "but not its clocks'");
	report(pci_get(c->slot, c->fn, BCM_COMMAND, 2) == BCM_COMMAND_ON,
	       "nor configuration space");
}

static void doze(struct bcm *c)
{
	unsigned at = pci_cap(c->slot, c->fn, CAP_PM) + PM_CONTROL;

	set(c);
	report(pci_get(c->slot, c->fn, at, 2) & PM_KEEPS,
	       "it says that sleep is no reset");
	pci_put(c->slot, c->fn, at, 2, PM_D3);
	sleep_ms(D3_MS);
	report((pci_get(c->slot, c->fn, at, 2) & PM_D3) == PM_D3, "asleep");
	report(away(c), "its registers and its memory are away");
	pci_put(c->slot, c->fn, at, 2, 0);
	sleep_ms(D3_MS);
	report(kept(c), "awake: they are as they were");
}

static void both_work(const char *after)
{
	print("after %s:\n", after);
	report(works(0) && works(1), "both functions work");
}

int payload_main(void)
{
	if (!report(irq_init(), "APICs in the device tree"))
		return 1;
	for (unsigned fn = 0; fn < 2; fn++) {
		if (!report(bcm_find(&b[fn], fn), "a BCM5720 at slot=N"))
			return 1;
		m[fn] = msix_find(b[fn].slot, fn);
		arm(fn);
	}
	both_work("nothing");
	for (unsigned fn = 0; fn < 2; fn++) {
		set(&b[!fn]);
		flr(&b[fn]);
		report(kept(&b[!fn]), "the other function is as it was");
		arm(fn);
		both_work("a function level reset");
		own_reset(&b[fn]);
		arm(fn);
		both_work("the chip's own");
		doze(&b[fn]);
		both_work("sleep");
	}
	return 0;
}
