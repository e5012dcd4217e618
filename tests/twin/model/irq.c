/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: mailbox masks and tags, one-shot, INTx, MSI and MSI-X.
 *
 * A vector's message leaves in one of two ways.  As on a bus, configuration
 * space and the MSI-X table decide; a masked entry leaves its pending bit.  Or
 * the host has wired the vectors itself, and then it masks, not we.
 */
#include "tests/twin/model/rings.h"

enum {
	CFG_COMMAND = 0x04,
	CMD_INTX_OFF = 0x400,
	CFG_MSI_CTL = 0x5a,
	MSI_ON = 1,
	CFG_MSIX_CTL = 0xa2,
	MSIX_ON = 0x8000,
	MSIX_ALL_MASKED = 0x4000,
	MSIX_PBA = 0x1000,
	HOST_CTRL_MASK_INT = 2, /* MISC_HOST_CTRL */
	HOST_CTRL_TAGGED = 0x200,
	MODE_RESET = 1,
	MODE_ONE_SHOT_OFF = 0x20,
	MODE_MULTIVEC = 0x80,
};

/* clang-format off */
const struct bcm_reg bcm_irq_regs[] = {
	{ BCM_MSGINT_MODE, BCM_MSGINT_MODE, BCM_ENABLE,
	  ~(uint32_t)MODE_RESET, BCM_DOM_CORE, "MSGINT_MODE", NULL, NULL },
	{ BCM_MSGINT_STATUS, BCM_MSGINT_STATUS, 0, 0, BCM_DOM_CORE,
	  "MSGINT_STATUS", NULL, bcm_w1c_write },
	{ 0x6008, 0x6008, 0, 0xffffffff, BCM_DOM_CORE,
	  "MSGINT_FIFO", NULL, NULL },
	{ .name = NULL },
};
/* clang-format on */

static uint16_t cfg16(const struct bcm_func *f, uint32_t off)
{
	return (uint16_t)le_get(f->cfg + off, 2);
}

/* What configuration space says */
static enum bcm_irq bus_mode(const struct bcm_func *f)
{
	if (cfg16(f, CFG_MSIX_CTL) & MSIX_ON)
		return BCM_IRQ_MSIX;
	return cfg16(f, CFG_MSI_CTL) & MSI_ON ? BCM_IRQ_MSI : BCM_IRQ_INTX;
}

/* What goes for now: an unwired message has nowhere to go, a level stays */
static enum bcm_irq mode(const struct bcm_func *f)
{
	if (f->wired == BCM_IRQ_BUS)
		return bus_mode(f);
	if (f->wired == BCM_IRQ_NONE && bus_mode(f) == BCM_IRQ_INTX)
		return BCM_IRQ_INTX;
	return f->wired;
}

bool bcm_irq_ready(const struct bcm_func *f)
{
	enum bcm_irq how = mode(f);

	if (how == BCM_IRQ_INTX)
		return true;
	return how != BCM_IRQ_NONE && bcm_enabled(f, BCM_MSGINT_MODE) &&
	       bcm_bus_master(f); /* a message is a memory write */
}

/* Vectors beyond what the host enabled share message 0. */
static unsigned int message_of(const struct bcm_func *f, enum bcm_irq how,
			       unsigned int v)
{
	unsigned int granted = 1u << (cfg16(f, CFG_MSI_CTL) >> 4 & 7);

	if (!(bcm_reg(f, BCM_MSGINT_MODE) & MODE_MULTIVEC))
		return 0;
	if (how == BCM_IRQ_MSI && f->wired == BCM_IRQ_BUS && v >= granted)
		return 0;
	return v;
}

static bool entry_masked(const struct bcm_func *f, unsigned int v)
{
	return cfg16(f, CFG_MSIX_CTL) & MSIX_ALL_MASKED ||
	       f->msix[4 * v + 3] & 1;
}

static void message_send(struct bcm_func *f, enum bcm_irq how, unsigned int v)
{
	const struct bcm_chip *chip = f->chip;

	if (how == BCM_IRQ_MSIX && f->wired == BCM_IRQ_BUS &&
	    entry_masked(f, v)) {
		f->msix[MSIX_PBA / 4] |= 1u << v;
		return;
	}
	chip->ops->irq(chip->ctx, f->fn, how, v, true);
}

void bcm_irq_message(struct bcm_func *f, unsigned int v)
{
	enum bcm_irq how = mode(f);
	bool lost =
		bcm_fault_hit(f, BCM_FAULT_LOST_IRQ) ||
		(how == BCM_IRQ_MSI && bcm_fault_hit(f, BCM_FAULT_LOST_MSI));

	if (how == BCM_IRQ_INTX) {
		f->intx = f->intx || !lost;
		bcm_irq_update(f);
		return;
	}
	/* Masked first: the host may unmask as soon as it has the message. */
	if (!(bcm_reg(f, BCM_MSGINT_MODE) & MODE_ONE_SHOT_OFF))
		f->vec[v].masked = true;
	if (!lost)
		message_send(f, how, message_of(f, how, v));
}

bool bcm_intx_asserted(const struct bcm_func *f)
{
	return f->intx && mode(f) == BCM_IRQ_INTX &&
	       !(f->cfg[BCM_MISC_HOST_CTRL] & HOST_CTRL_MASK_INT);
}

static void line_update(struct bcm_func *f)
{
	const struct bcm_chip *chip = f->chip;
	bool level = bcm_intx_asserted(f) && f->wired != BCM_IRQ_NONE &&
		     !(cfg16(f, CFG_COMMAND) & CMD_INTX_OFF);

	if (level == f->intx_level)
		return;
	f->intx_level = level;
	chip->ops->irq(chip->ctx, f->fn, BCM_IRQ_INTX, 0, level);
}

static void pending_send(struct bcm_func *f)
{
	uint32_t *pba = &f->msix[MSIX_PBA / 4];

	if (f->wired != BCM_IRQ_BUS || bus_mode(f) != BCM_IRQ_MSIX)
		return;
	for (unsigned int v = 0; v < BCM_VECTORS; v++)
		if (*pba & 1u << v && !entry_masked(f, v)) {
			*pba &= ~(1u << v);
			message_send(f, BCM_IRQ_MSIX, v);
		}
}

void bcm_irq_update(struct bcm_func *f)
{
	line_update(f);
	if (f->msix[MSIX_PBA / 4])
		pending_send(f);
}

void bcm_irq_wire(struct bcm_chip *chip, unsigned int fn, enum bcm_irq how)
{
	struct bcm_func *f;

	if (fn >= BCM_FUNCS)
		return;
	f = &chip->func[fn];
	f->wired = how;
	f->intx_level = false; /* the new wire has not been told */
	bcm_irq_update(f);
}

/* Has the host not seen the last status block, going by the tag it gives? */
static bool news(const struct bcm_func *f, const struct bcm_vec *vec,
		 uint32_t val)
{
	if (!(le_get(f->cfg + BCM_MISC_HOST_CTRL, 4) & HOST_CTRL_TAGGED))
		return vec->missed;
	return val >> 24 != vec->tag;
}

void bcm_mbox_irq_write(struct bcm_func *f, unsigned int v, uint32_t val)
{
	struct bcm_vec *vec = &f->vec[v];

	vec->masked = val & 0xffffff;
	vec->missed = vec->missed || (vec->masked && vec->fire);
	vec->fire = !vec->masked && (vec->fire || news(f, vec, val));
	if (!vec->masked)
		vec->missed = false;
	if (!v) {
		f->intx = false;
		bcm_irq_update(f);
	}
}
