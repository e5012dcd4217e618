/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The link: autonegotiation by a timer, and how the MAC hears of it.
 *
 * Whatever changes the terms (restart, reset, power, another cable) drops the
 * link at once; it comes back opt.link_ns later if both sides have a mode in
 * common.  The other side does everything its cable can.  A change sets a bit
 * in MAC_STATUS; the event that follows from it is a level: it is looked at
 * again when a driver arms MAC_EVENT late.  From down to down is no change.
 */
#include "base/bytes.h"
#include "tests/twin/model/chip.h"
#include "tests/twin/model/phy.h"

enum {
	MAC_MODE = 0x400,
	MAC_MODE_RXSTAT_CLEAR = 0x1000,
	MAC_MODE_TXSTAT_CLEAR = 0x8000,
	MAC_MODE_WMASK = 0x1fff6ffe,
	MAC_STATUS = 0x404,
	MAC_STATUS_IDLE = 0x400000,
	MAC_STATUS_W1C = 0x0fc01418,
	MAC_EVENT = 0x408,
	MAC_LINK_CHANGED = 0x1000,
	MAC_TX_STATUS = 0x460,
	TX_STATUS_LINK_UP = 8,
	GRC_MODE = 0x6800,
	GRC_MODE_IRQ_ON_MAC = 0x04000000,
	STATS_TX = 0x800,
	STATS_RX = 0x880,
	STATS_END = 0x900,
	ISTATUS_LINK = 0x2,
};

/* AUX_STATUS bits 10:8: speed and duplex that were agreed on */
enum {
	AUX_10HD = 0x100,
	AUX_10FD = 0x200,
	AUX_100HD = 0x300,
	AUX_100FD = 0x500,
	AUX_1000HD = 0x600,
	AUX_1000FD = 0x700,
};

/* Modes in the order of preference: advertised by which bit of where */
static const struct {
	uint8_t reg;
	uint16_t bit;
	uint16_t aux;
} modes[] = {
	{PHY_CTRL1000, 0x200, AUX_1000FD}, {PHY_CTRL1000, 0x100, AUX_1000HD},
	{PHY_ADV, 0x100, AUX_100FD},       {PHY_ADV, 0x080, AUX_100HD},
	{PHY_ADV, 0x040, AUX_10FD},        {PHY_ADV, 0x020, AUX_10HD},
};

static bool gigabit(uint16_t aux)
{
	return aux >= AUX_1000HD;
}

static uint16_t negotiate(const struct bcm_func *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (gigabit(modes[i].aux) && f->wire != BCM_LINK_1000)
			continue;
		if (f->phy.reg[modes[i].reg] & modes[i].bit)
			return modes[i].aux;
	}
	return 0;
}

static uint16_t forced(const struct bcm_func *f)
{
	uint16_t bmcr = f->phy.reg[PHY_BMCR];
	bool full = bmcr & BMCR_FULLDPLX;

	if (bmcr & BMCR_SPEED1000 && f->wire != BCM_LINK_1000)
		return 0;
	if (bmcr & BMCR_SPEED1000)
		return full ? AUX_1000FD : AUX_1000HD;
	if (bmcr & BMCR_SPEED100)
		return full ? AUX_100FD : AUX_100HD;
	return full ? AUX_10FD : AUX_10HD;
}

/* The mode that a link would have now, 0 if there can be none */
static uint16_t resolve(const struct bcm_func *f)
{
	uint16_t bmcr = f->phy.reg[PHY_BMCR];

	if (f->wire == BCM_LINK_DOWN || bmcr & (BMCR_LOOPBACK | BMCR_PDOWN))
		return 0;
	return bmcr & BMCR_ANENABLE ? negotiate(f) : forced(f);
}

/* Everything that appears and disappears together with the link */
static void link_state(struct bcm_func *f, uint16_t aux)
{
	struct bcm_phy *p = &f->phy;
	bool partner = aux && p->reg[PHY_BMCR] & BMCR_ANENABLE;
	bool giga = partner && f->wire == BCM_LINK_1000;

	p->up = aux != 0;
	p->aux_status = aux;
	p->lpa = partner ? (giga ? 0xcde1 : 0x4de1) : 0;
	p->stat1000 = giga ? 0x3c00 : 0;
	p->lp_eee = partner ? (giga ? EEE_1000T | EEE_100TX : EEE_100TX) : 0;
	p->eee = 0;
	if (partner && (aux == AUX_1000FD || aux == AUX_100FD))
		p->eee = p->mmd[MMD_AN][MMD_AN_EEE_ADV] &
			 (gigabit(aux) ? EEE_1000T : EEE_100TX);
}

static uint64_t now(const struct bcm_func *f)
{
	return f->chip->ops->now_ns(f->chip->ctx);
}

void bcm_link_restart(struct bcm_func *f)
{
	f->phy.up_at = resolve(f) ? now(f) + f->chip->opt.link_ns : UINT64_MAX;
	link_state(f, 0);
	bcm_link_update(f);
}

void bcm_link_flap(struct bcm_func *f)
{
	if (f->phy.up && bcm_fault_hit(f, BCM_FAULT_LINK_FLAP))
		f->flap_at = now(f);
}

uint64_t bcm_link_timer(const struct bcm_func *f)
{
	return min_u64(f->phy.up_at, f->flap_at);
}

static void come_up(struct bcm_func *f, uint64_t at)
{
	f->phy.up_at = UINT64_MAX;
	link_state(f, resolve(f));
	bcm_link_update(f);
	if (f->phy.up && bcm_fault_hit(f, BCM_FAULT_LINK_FLAP))
		f->flap_at = at + f->chip->opt.link_ns;
}

void bcm_link_run(struct bcm_func *f, uint64_t at)
{
	if (at >= f->phy.up_at)
		come_up(f, at);
	if (at >= f->flap_at) {
		f->flap_at = UINT64_MAX;
		bcm_link_restart(f);
	}
}

void bcm_link_set(struct bcm_chip *chip, unsigned int fn, enum bcm_link l)
{
	if (fn >= BCM_FUNCS || chip->func[fn].wire == l)
		return;
	chip->func[fn].wire = l;
	bcm_link_restart(&chip->func[fn]);
}

enum bcm_link bcm_link_speed(const struct bcm_func *f)
{
	if (!f->phy.up)
		return BCM_LINK_DOWN;
	return gigabit(f->phy.aux_status) ? BCM_LINK_1000 : BCM_LINK_100;
}

/* ---- what the MAC makes of it ----------------------------------------- */

static void link_event(struct bcm_func *f)
{
	uint32_t armed = bcm_reg(f, MAC_STATUS) & bcm_reg(f, MAC_EVENT);

	if ((armed & MAC_LINK_CHANGED) &&
	    (bcm_reg(f, GRC_MODE) & GRC_MODE_IRQ_ON_MAC))
		bcm_dirty(f, 0, BCM_SD_LINK);
}

void bcm_link_update(struct bcm_func *f)
{
	if (f->link == f->phy.up)
		return;
	f->link = f->phy.up;
	f->phy.istatus |= ISTATUS_LINK;
	f->reg[MAC_STATUS / 4] |= MAC_LINK_CHANGED;
	link_event(f);
}

static void stats_clear(struct bcm_func *f, uint32_t first, uint32_t end)
{
	for (uint32_t off = first; off < end; off += 4)
		f->reg[off / 4] = 0;
}

static void mac_mode_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	if (val & MAC_MODE_TXSTAT_CLEAR)
		stats_clear(f, STATS_TX, STATS_RX);
	if (val & MAC_MODE_RXSTAT_CLEAR)
		stats_clear(f, STATS_RX, STATS_END);
	bcm_reg_store(f, off, val);
}

static void mac_status_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	f->reg[off / 4] &= ~(val & MAC_STATUS_W1C);
}

/* MAC_EVENT or GRC_MODE: a change may have come before it was armed */
static void arm_write(struct bcm_func *f, uint32_t off, uint32_t val)
{
	bcm_reg_store(f, off, val);
	link_event(f);
}

static uint32_t tx_status_read(struct bcm_func *f, uint32_t off)
{
	bool up = f->link || bcm_phy_loopback(f);

	return bcm_reg(f, off) | (up ? TX_STATUS_LINK_UP : 0);
}

/* clang-format off */
const struct bcm_reg bcm_link_regs[] = {
	{ MAC_MODE, MAC_MODE, 0, MAC_MODE_WMASK, BCM_DOM_CORE,
	  "MAC_MODE", NULL, mac_mode_write },
	{ MAC_STATUS, MAC_STATUS, MAC_STATUS_IDLE, 0, BCM_DOM_CORE,
	  "MAC_STATUS", NULL, mac_status_write },
	{ MAC_EVENT, MAC_EVENT, 0, 0xffffffff, BCM_DOM_CORE,
	  "MAC_EVENT", NULL, arm_write },
	{ MAC_TX_STATUS, MAC_TX_STATUS, 0, 0, BCM_DOM_CORE,
	  "MAC_TX_STATUS", tx_status_read, NULL },
	{ GRC_MODE, GRC_MODE, 0, 0xffffffff, BCM_DOM_CORE,
	  "GRC_MODE", NULL, arm_write },
	{ 0 },
};
/* clang-format on */
