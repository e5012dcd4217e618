/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the chip: state, and who does what.
 *
 * A BAR0 access goes  bus.c -> regs.c (table) -> hook of the block's file.
 * Each block file exports a table of struct bcm_reg; regs.c merges them into
 * an index by offset.  Plain registers live in f->reg[] and need no hook.
 *
 *   bus.c     sizes, alignment, which region        config.c  PCI config space
 *   chip.c    life, time, work                      msix.c    BAR4
 *   regs.c    table lookup, storage, masks          reset.c   reset domains
 *   sram.c    window, GENCOM, bootcode              ape.c     locks, events
 *   nvram.c   arbiter, commands; nvimage.c  image   rom.c     option ROM
 *   phy.c     MDIO, registers                       link.c    negotiation
 *   mbox.c    mailboxes      tx.c rx.c  rings       offload.c checksums, LSO
 *   filter.c  MAC, multicast, RSS                   status.c  status blocks
 *   irq.c     INTx/MSI/MSI-X  stats.c ptp.c         fault.c   what goes wrong
 */
#ifndef TWIN_MODEL_CHIP_H
#define TWIN_MODEL_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/twin/model/bcm5720.h"

enum {
	BCM_REG_END = 0x8000,     /* registers below, SRAM window above */
	BCM_SRAM_SIZE = 0x40000,  /* 256 KiB a function */
	BCM_NVRAM_SIZE = 0x20000, /* 128 KiB, shared */
	BCM_ROM_IMAGE = 512,      /* of the option ROM; behind it is blank */
	BCM_APE_LOCKS = 8,
	BCM_RX_RINGS = 4,
	BCM_TX_RINGS = 4,
	BCM_TX_SIZE = 512,      /* BDs of a send ring */
	BCM_RX_STD_SIZE = 2048, /* BDs of the standard producer ring */
	BCM_RX_JMB_SIZE = 1024,
	BCM_RX_RET_SIZE = 4096,     /* BDs of a return ring */
	BCM_STATUS_SIZE = 32,       /* bytes of a status block */
	BCM_TX_ROOM = 16,           /* before a frame, for a VLAN tag */
	BCM_TX_MAX = 0x10000 + 256, /* a large send with its headers */
	BCM_RX_AHEAD = 512,         /* bytes of BDs fetched ahead */
};

struct bcm_func;

/* Which reset puts a register back to its reset value */
enum bcm_domain {
	BCM_DOM_CORE, /* core reset, FLR, bus reset */
	BCM_DOM_FLR,  /* FLR and bus reset: survives a core reset */
	BCM_DOM_BUS,  /* only a bus reset */
};

/* A row of a register table: dwords @first to @last of BAR0 */
struct bcm_reg {
	uint16_t first;
	uint16_t last;  /* inclusive, dword aligned */
	uint32_t reset; /* value after reset */
	uint32_t wmask; /* bits that a write stores; the others keep */
	enum bcm_domain domain;
	const char *name;
	/* NULL: f->reg[] as it is */
	uint32_t (*read)(struct bcm_func *f, uint32_t off);
	/* NULL: store by @wmask.  A hook stores for itself (bcm_reg_store) */
	void (*write)(struct bcm_func *f, uint32_t off, uint32_t val);
};

/* One MDIO device, see phy.c */
struct bcm_phy {
	uint16_t reg[32];
	uint16_t aux[8];   /* AUXCTL shadows */
	uint16_t misc[32]; /* MISC (0x1c) shadows */
	uint16_t dsp[0x10000];
	uint16_t mmd[32][256]; /* low 256 registers; others read 0 */
	uint16_t mmd_addr;     /* register 0x0e with function 0 */
	uint8_t aux_sel;       /* shadow that the next read of 0x18 shows */
	uint8_t misc_sel;
	uint16_t istatus; /* 0x1a, read clears */
	/* These come and go with the link: */
	uint16_t aux_status;
	uint16_t lpa;
	uint16_t stat1000;
	uint16_t lp_eee;
	uint16_t eee;   /* MMD 7.0x803e: EEE agreed on */
	bool up;        /* LSTATUS */
	uint64_t up_at; /* ns, UINT64_MAX: no timer running */
};

/* Host rings of one function; indices are in BDs */
struct bcm_rings {
	uint32_t tx_cons[BCM_TX_RINGS];
	uint32_t std_cons;
	uint32_t jmb_cons;
	uint32_t ret_prod[BCM_RX_RINGS];
	uint32_t tx_pending; /* bit per ring: bcm_run() looks at it */
};

/* Producer BDs that were fetched ahead: the next one is at raw[at] */
struct bcm_ahead {
	uint32_t at;
	uint32_t left; /* bytes */
	uint8_t raw[BCM_RX_AHEAD];
};

/* One interrupt vector: status block and message */
struct bcm_vec {
	uint8_t tag;
	uint32_t status; /* BCM_SD_* of dword 0 that are to be told */
	bool masked;     /* by mailbox or one-shot */
	bool dirty;      /* status block to be written by bcm_run() */
	bool fire;       /* message (or level) to be sent by bcm_run() */
	bool missed;     /* status block written while masked */
};

struct bcm_func {
	struct bcm_chip *chip;
	unsigned int fn; /* 0 or 1: by strap, not by bus address */
	/* counts resets and stopped engines: work in hand compares it */
	uint32_t epoch;

	uint8_t cfg[BCM_CFG_SIZE];
	uint32_t reg[BCM_REG_END / 4];
	uint32_t sram[BCM_SRAM_SIZE / 4];
	uint32_t msix[BCM_BAR_SIZE / 4]; /* BAR4: table, PBA */

	struct bcm_phy phy;
	enum bcm_link wire;
	bool link; /* as the MAC sees it */

	struct bcm_rings ring;
	struct bcm_vec vec[BCM_VECTORS];
	enum bcm_irq wired; /* see bcm_irq_wire() */
	bool intx;          /* asserted inside; gates not yet applied */
	bool intx_level;    /* last told to the host */
	struct bcm_ahead std_ahead;
	struct bcm_ahead jmb_ahead;
	uint8_t tx_buf[BCM_TX_ROOM + BCM_TX_MAX];
	uint8_t rx_buf[BCM_FRAME_MAX + 64];

	unsigned int fault_at[BCM_FAULT_COUNT]; /* countdown, 0 is off */
	bool dead;         /* FLR that hung: reads all ones */
	uint64_t ptp_base; /* ns, see ptp.c */
	uint64_t ptp_offset;
	uint32_t ptp_correct; /* as its register */
	bool ptp_stopped;
	bool ptp_rx_held; /* a time stamp that the host has not read */
	uint64_t flap_at; /* ns, UINT64_MAX: none; see link.c */
};

/* Who has or wants an APE lock: the bit written to REQ, and by whom */
struct bcm_ape_claim {
	uint32_t bit; /* 0: nobody */
	unsigned int fn;
};

struct bcm_ape_lock {
	struct bcm_ape_claim owner;
	struct bcm_ape_claim wait[8];
	unsigned int waiting;
};

struct bcm_chip {
	struct bcm_func func[BCM_FUNCS];
	uint8_t nvram[BCM_NVRAM_SIZE];
	uint8_t rom[BCM_ROM_IMAGE];
	uint32_t nvram_owner; /* function + 1 that was granted, 0 none */
	struct bcm_ape_lock ape_lock[BCM_APE_LOCKS];
	uint32_t ape[BCM_BAR_SIZE / 4];
	volatile uint32_t *shm; /* for its dwords from BCM_SHM_AT on */
	const struct bcm_reg *index[BCM_REG_END / 4]; /* by regs.c */
	struct bcm_options opt;
	char partno[17];
	char vpd_v0[13];
	const struct bcm_ops *ops;
	void *ctx;
	uint32_t unknown_logged[2][BCM_REG_END / 4 / 32]; /* read, write */
};

/* ---- registers: regs.c ------------------------------------------------ */

/** bcm_regs_index - merge every block's table into @chip->index */
void bcm_regs_index(struct bcm_chip *chip);

/** bcm_regs_reset - back to reset values, domains up to and with @d */
void bcm_regs_reset(struct bcm_func *f, enum bcm_domain d);

/** bcm_reg_read - dword at @off < BCM_REG_END; unknown reads 0, logged once */
uint32_t bcm_reg_read(struct bcm_func *f, uint32_t off);

/** bcm_reg_write - likewise a write */
void bcm_reg_write(struct bcm_func *f, uint32_t off, uint32_t val);

/** bcm_reg_store - store @val by the write mask of @off's row, no hook */
void bcm_reg_store(struct bcm_func *f, uint32_t off, uint32_t val);

/** bcm_reg - the stored value, no hook */
static inline uint32_t bcm_reg(const struct bcm_func *f, uint32_t off)
{
	return f->reg[off / 4];
}

/** bcm_log - one formatted line to the log callback */
void bcm_log(const struct bcm_func *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Tables of the blocks, each ended by a row with a NULL name */
extern const struct bcm_reg bcm_core_regs[];   /* regs_core.c: plain ones */
extern const struct bcm_reg bcm_reset_regs[];  /* reset.c: 0x6804 */
extern const struct bcm_reg bcm_nvram_regs[];  /* nvram.c: 0x7000.. */
extern const struct bcm_reg bcm_phy_regs[];    /* phy.c: 0x44c.. */
extern const struct bcm_reg bcm_link_regs[];   /* link.c: 0x404 0x408 0x460 */
extern const struct bcm_reg bcm_mbox_regs[];   /* mbox.c: 0x200.. 0x5800.. */
extern const struct bcm_reg bcm_status_regs[]; /* status.c: 0x3c00..0x3dff */
extern const struct bcm_reg bcm_tx_regs[];     /* tx.c: 0x45c, SND*, RDMAC */
extern const struct bcm_reg bcm_rx_regs[];     /* rx.c: 0x468, RCV*, WDMAC */
extern const struct bcm_reg bcm_filter_regs[]; /* filter.c: MACs, hash, RSS */
extern const struct bcm_reg bcm_irq_regs[];    /* irq.c: 0x6000.. */
extern const struct bcm_reg bcm_stats_regs[];  /* stats.c: 0x800.. 0x224c.. */
extern const struct bcm_reg bcm_ptp_regs[];    /* ptp.c: 0x6900.. 0x5c0 0x6b0 */

/* ---- configuration space: config.c ------------------------------------ */

/** bcm_cfg_init - the image of function @f->fn, all reset values */
void bcm_cfg_init(struct bcm_func *f);

/** bcm_cfg_reset - what FLR clears; sticky bits stay */
void bcm_cfg_reset(struct bcm_func *f);

/** bcm_cfg_read - @len 1, 2 or 4 at aligned @off, live bits made up */
uint32_t bcm_cfg_read(struct bcm_func *f, uint32_t off, unsigned int len);

/** bcm_cfg_write - by write mask; acts (FLR, VPD, windows) */
void bcm_cfg_write(struct bcm_func *f, uint32_t off, uint32_t val,
		   unsigned int len);

/** bcm_cfg_decodes - do BARs answer? (D0, command bit 1) */
bool bcm_cfg_decodes(const struct bcm_func *f);

/** bcm_bus_master - may this function do DMA? (D0, command bit 2, alive) */
bool bcm_bus_master(const struct bcm_func *f);

/** bcm_msix_read - BAR4 dword: table, PBA; msix.c */
uint32_t bcm_msix_read(const struct bcm_func *f, uint32_t off);

/** bcm_msix_write - likewise; the table is writable, the PBA is not */
void bcm_msix_write(struct bcm_func *f, uint32_t off, uint32_t val);

/** bcm_msix_reset - every entry 0 and masked, nothing pending */
void bcm_msix_reset(struct bcm_func *f);

/* ---- SRAM, bootcode: sram.c; resets: reset.c -------------------------- */

/** bcm_sram_read - dword at byte address @addr; 0 outside */
uint32_t bcm_sram_read(const struct bcm_func *f, uint32_t addr);

/** bcm_sram_write - likewise */
void bcm_sram_write(struct bcm_func *f, uint32_t addr, uint32_t val);

/** bcm_window_read - dword at @x < 0x8000 of the window in BAR0 */
uint32_t bcm_window_read(const struct bcm_func *f, uint32_t x);

/** bcm_window_write - likewise */
void bcm_window_write(struct bcm_func *f, uint32_t x, uint32_t val);

/** bcm_boot - what the bootcode leaves in SRAM after a reset of @f */
void bcm_boot(struct bcm_func *f);

/** bcm_core_reset - reg 0x6804 bit 0 */
void bcm_core_reset(struct bcm_func *f);

/* ---- APE: ape.c; NVRAM: nvram.c, nvimage.c ---------------------------- */

/** bcm_ape_read - BAR2 dword */
uint32_t bcm_ape_read(struct bcm_func *f, uint32_t off);

/** bcm_ape_write - BAR2 dword */
void bcm_ape_write(struct bcm_func *f, uint32_t off, uint32_t val);

/** bcm_ape_init - power-on: shared memory as management firmware leaves it */
void bcm_ape_init(struct bcm_chip *chip);

/** bcm_ape_release - give up every lock that function @f holds or awaits */
void bcm_ape_release(struct bcm_func *f);

/** bcm_nvram_release - give up what @f holds or asked of the arbiter */
void bcm_nvram_release(struct bcm_func *f);

/** bcm_nvimage_build - fill @chip->nvram from @chip->opt, CRCs and all */
void bcm_nvimage_build(struct bcm_chip *chip);

/** bcm_rom_build - the option ROM's image; rom.c */
void bcm_rom_build(struct bcm_chip *chip);

/** bcm_rom_read - dword at @off of the option ROM */
uint32_t bcm_rom_read(const struct bcm_chip *chip, uint32_t off);

/** bcm_vpd_read - dword at @addr of the VPD as the PCI capability shows it */
uint32_t bcm_vpd_read(const struct bcm_chip *chip, uint32_t addr);

/* ---- PHY and link: phy.c, link.c -------------------------------------- */

/** bcm_phy_reset - power-on state; link comes after opt.link_ns */
void bcm_phy_reset(struct bcm_func *f);

/** bcm_link_timer - when the link wants bcm_link_run(), UINT64_MAX never */
uint64_t bcm_link_timer(const struct bcm_func *f);

/** bcm_link_run - timers that are due by @now */
void bcm_link_run(struct bcm_func *f, uint64_t now);

/** bcm_link_update - PHY or wire have changed: tell the MAC, event if armed */
void bcm_link_update(struct bcm_func *f);

/** bcm_link_restart - PHY settings or wire changed: down, then up by timer */
void bcm_link_restart(struct bcm_func *f);

/** bcm_link_flap - a link flap was armed: it may be due at once */
void bcm_link_flap(struct bcm_func *f);

/** bcm_phy_loopback - BMCR bit 14 */
bool bcm_phy_loopback(const struct bcm_func *f);

/** bcm_link_speed - negotiated: BCM_LINK_DOWN while there is no link */
enum bcm_link bcm_link_speed(const struct bcm_func *f);

/* ---- rings: mbox.c tx.c rx.c ------------------------------------------ */

/* rx.c has bcm_rx_room() of bcm5720.h too */

/** bcm_rings_reset - indices to 0, engines empty (core reset) */
void bcm_rings_reset(struct bcm_func *f);

/** bcm_tx_kick - send ring @ring may have work; only marks */
void bcm_tx_kick(struct bcm_func *f, unsigned int ring);

/**
 * bcm_tx_kick_all - an engine or bus mastering was enabled (config.c: command
 * register, power state): look at every send ring
 */
void bcm_tx_kick_all(struct bcm_func *f);

/** bcm_tx_run - take up to @budget frames; true: more to do */
bool bcm_tx_run(struct bcm_func *f, unsigned int budget);

/** bcm_rx_frame - bcm_frame_in() after its checks; loopback comes here too */
void bcm_rx_frame(struct bcm_func *f, const uint8_t *frame, size_t len,
		  bool loopback);

/* ---- DMA: dma.c -------------------------------------------------------- */

/**
 * bcm_dma_read - DMA from memory, with every check
 *
 * Return: 0; -EACCES without bus mastering (nothing happens); -ECANCELED when
 *         a reset came meanwhile: drop the work, touch nothing; other errnos
 *         of the callback or a fault: SD_ERROR and cause registers are set.
 */
int bcm_dma_read(struct bcm_func *f, uint64_t iova, void *buf, size_t len);

/** bcm_dma_write - likewise to memory */
int bcm_dma_write(struct bcm_func *f, uint64_t iova, const void *buf,
		  size_t len);

/* ---- status blocks and interrupts: status.c, irq.c -------------------- */

enum { BCM_SD_UPDATED = 1, BCM_SD_LINK = 2, BCM_SD_ERROR = 4 };

/** bcm_vec_reset - tags, masks (core reset) */
void bcm_vec_reset(struct bcm_func *f);

/** bcm_dirty - vector @v has news: status block and interrupt by bcm_run() */
void bcm_dirty(struct bcm_func *f, unsigned int v, uint32_t status);

/** bcm_status_run - write dirty status blocks, then send interrupts */
void bcm_status_run(struct bcm_func *f);

/** bcm_status_pending - has bcm_status_run() work? */
bool bcm_status_pending(const struct bcm_func *f);

/** bcm_mbox_irq_write - interrupt mailbox of vector @v is written */
void bcm_mbox_irq_write(struct bcm_func *f, unsigned int v, uint32_t val);

/** bcm_irq_message - vector @v fires: MSI-X, MSI or the INTx line */
void bcm_irq_message(struct bcm_func *f, unsigned int v);

/** bcm_irq_update - recompute the INTx line and pending MSI-X messages */
void bcm_irq_update(struct bcm_func *f);

/** bcm_intx_asserted - PCISTATE bit 1 is the inverse, status bit 3 the same */
bool bcm_intx_asserted(const struct bcm_func *f);

/* ---- counters, clock, faults: stats.c ptp.c fault.c ------------------- */

/** bcm_stat_add - counter register @off (0x800..) += @n */
void bcm_stat_add(struct bcm_func *f, uint32_t off, uint32_t n);

/** bcm_ptp_now - the PTP clock, ns */
uint64_t bcm_ptp_now(struct bcm_func *f);

/** bcm_fault_hit - count an occasion of @what; true: now */
bool bcm_fault_hit(struct bcm_func *f, enum bcm_fault what);

#endif
