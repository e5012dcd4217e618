/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BAR2: the management processor (APE), as far as a driver meets it.
 *
 * Its locks keep drivers of both functions and management firmware apart: who
 * writes a bit to REQ finds exactly that bit in GRANT when the lock is his;
 * others wait in the order of asking.  Writing the bit to GRANT gives the lock
 * back, or the wish for it; so does an FLR, for whoever wrote it.  In shared
 * memory firmware introduces itself (only with the asf option) and drivers
 * leave their state; an event is taken notice of at once.  The functions share
 * all of it, and the memory outlives every reset.  The shared memory may lie
 * where drivers write to it unseen: nothing follows from such a write, and
 * every dword is looked at when it is wanted.
 */
#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	APE_EVENT = 0x000c,
	EVENT_1 = 1,
	SEG_SIG = 0x4000,
	SEG_SIG_MAGIC = 0x41504521,
	FW_STATUS = 0x400c,
	FW_READY = 0x100,
	FW_VERSION = 0x4018,
	FW_1_2_3_4 = 0x01020304,
	HOST_SEG = 0x4200, /* from here drivers may write */
	EVENT_STATUS = 0x4300,
	HOST_SEG_END = BCM_SHM_AT + BCM_SHM_SIZE,
	LOCK_REQ = 0x8400,
	LOCK_GRANT = 0x8420,
	LOCK_END = 0x8440,
};

static const uint32_t EVENT_PENDING = UINT32_C(1) << 31;

/* Where the dword at @off of BAR2 lies */
static volatile uint32_t *dword(struct bcm_chip *chip, uint32_t off)
{
	if (off >= BCM_SHM_AT && off < BCM_SHM_AT + BCM_SHM_SIZE)
		return &chip->shm[(off - BCM_SHM_AT) / 4];
	return &chip->ape[off / 4];
}

void bcm_ape_init(struct bcm_chip *chip)
{
	if (!chip->opt.asf)
		return;
	*dword(chip, SEG_SIG) = SEG_SIG_MAGIC;
	*dword(chip, FW_STATUS) = FW_READY;
	*dword(chip, FW_VERSION) = FW_1_2_3_4;
}

/* Take out of the line: every wish for @bit, or (@bit 0) of function @fn */
static void unwait(struct bcm_ape_lock *l, uint32_t bit, unsigned int fn)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < l->waiting; i++)
		if (bit ? l->wait[i].bit != bit : l->wait[i].fn != fn)
			l->wait[kept++] = l->wait[i];
	l->waiting = kept;
}

static void pass_on(struct bcm_ape_lock *l)
{
	l->owner = l->waiting ? l->wait[0] : (struct bcm_ape_claim){0};
	if (l->owner.bit)
		unwait(l, l->owner.bit, 0);
}

/* A bit is all there is to see: whoever asks with the owner's has the lock. */
static void request(struct bcm_ape_lock *l, uint32_t bit, unsigned int fn)
{
	struct bcm_ape_claim claim = {bit, fn};

	if (!bit)
		return;
	unwait(l, bit, 0);
	if (!l->owner.bit || l->owner.bit == bit)
		l->owner = claim;
	else if (l->waiting < ARRAY_SIZE(l->wait))
		l->wait[l->waiting++] = claim;
}

static void release(struct bcm_ape_lock *l, uint32_t bit, unsigned int fn)
{
	if (!bit)
		return;
	unwait(l, bit, 0);
	if (l->owner.bit == bit && l->owner.fn == fn)
		pass_on(l);
}

void bcm_ape_release(struct bcm_func *f)
{
	struct bcm_ape_lock *l = f->chip->ape_lock;

	for (unsigned int i = 0; i < BCM_APE_LOCKS; i++, l++) {
		unwait(l, 0, f->fn);
		if (l->owner.bit && l->owner.fn == f->fn)
			pass_on(l);
	}
}

uint32_t bcm_ape_read(struct bcm_func *f, uint32_t off)
{
	if (off >= LOCK_GRANT && off < LOCK_END)
		return f->chip->ape_lock[(off - LOCK_GRANT) / 4].owner.bit;
	return *dword(f->chip, off);
}

void bcm_ape_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	struct bcm_chip *chip = f->chip;

	if (off >= LOCK_REQ && off < LOCK_GRANT)
		request(&chip->ape_lock[(off - LOCK_REQ) / 4], val, f->fn);
	else if (off >= LOCK_GRANT && off < LOCK_END)
		release(&chip->ape_lock[(off - LOCK_GRANT) / 4], val, f->fn);
	else if (off >= HOST_SEG && off < HOST_SEG_END)
		*dword(chip, off) = val;
	else if (off == APE_EVENT && (val & EVENT_1) && chip->opt.asf)
		*dword(chip, EVENT_STATUS) &= ~EVENT_PENDING;
}
