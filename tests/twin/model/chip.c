/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A chip's life, and whose turn it is.
 *
 * Knows how a chip is made and that links, send rings and status blocks each
 * get their share of bcm_run(); what they do there is their own business.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/model/chip.h"

enum {
	TX_BUDGET = 64, /* frames a function may send in one bcm_run() */
	LINK_MS = 100,
};

struct bcm_options bcm_options_default(void)
{
	struct bcm_options o = {
		.mac = {{0x34, 0x17, 0xeb, 0xf0, 0xdc, 0xe3},
			{0x34, 0x17, 0xeb, 0xf0, 0xdc, 0xe4}},
		.link = BCM_LINK_1000,
		.partno = "BCM95720",
		.vpd_v0 = "FFV21.40.21",
		.link_ns = LINK_MS * UINT64_C(1000000),
	};

	return o;
}

static void options_copy(struct bcm_chip *chip, const struct bcm_options *o)
{
	chip->opt = *o;
	snprintf(chip->partno, sizeof(chip->partno), "%s",
		 o->partno ? o->partno : "");
	snprintf(chip->vpd_v0, sizeof(chip->vpd_v0), "%s",
		 o->vpd_v0 ? o->vpd_v0 : "");
	chip->opt.partno = chip->partno;
	chip->opt.vpd_v0 = chip->vpd_v0;
}

struct bcm_chip *bcm_create(const struct bcm_ops *ops, void *ctx,
			    const struct bcm_options *o)
{
	struct bcm_chip *chip = calloc(1, sizeof(*chip));

	if (!chip)
		return NULL;
	chip->ops = ops;
	chip->ctx = ctx;
	options_copy(chip, o);
	chip->shm = o->shm ? o->shm : &chip->ape[BCM_SHM_AT / 4];
	bcm_regs_index(chip);
	bcm_nvimage_build(chip);
	bcm_rom_build(chip);
	bcm_ape_init(chip);
	for (unsigned int fn = 0; fn < BCM_FUNCS; fn++) {
		chip->func[fn].chip = chip;
		chip->func[fn].fn = fn;
		chip->func[fn].wire = o->link;
		chip->func[fn].flap_at = UINT64_MAX;
	}
	bcm_bus_reset(chip);
	return chip;
}

void bcm_destroy(struct bcm_chip *chip)
{
	free(chip);
}

void bcm_run(struct bcm_chip *chip)
{
	uint64_t now = chip->ops->now_ns(chip->ctx);

	for (unsigned int fn = 0; fn < BCM_FUNCS; fn++) {
		bcm_link_run(&chip->func[fn], now);
		bcm_tx_run(&chip->func[fn], TX_BUDGET);
		bcm_status_run(&chip->func[fn]);
	}
}

static uint64_t func_deadline(const struct bcm_func *f)
{
	if (f->dead)
		return UINT64_MAX;
	if (f->ring.tx_pending || bcm_status_pending(f))
		return 0;
	return bcm_link_timer(f);
}

uint64_t bcm_deadline(const struct bcm_chip *chip)
{
	uint64_t first = UINT64_MAX;

	for (unsigned int fn = 0; fn < BCM_FUNCS; fn++) {
		first = min_u64(first, func_deadline(&chip->func[fn]));
	}
	return first;
}
