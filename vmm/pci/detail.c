/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One function for each capability that has something to say, and a table of
 * them.  Fields that do not matter for passthrough are lspci's to show.
 */
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/bytes.h"
#include "vmm/pci/describe.h"

/* A capability, read within its space, and the text about it */
struct said {
	const uint8_t *raw;
	unsigned at;
	char *buf;
	size_t len;
};

static uint32_t reg(const struct said *s, unsigned off, unsigned size)
{
	unsigned at = s->at + off;

	return at + size > PCI_CFG_MAX ? 0
				       : (uint32_t)le_get(s->raw + at, size);
}

static void say(struct said *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Each piece behind the one before, with a comma */
static void say(struct said *s, const char *fmt, ...)
{
	size_t left = PCI_DETAIL_MAX - s->len;
	va_list ap;
	int n;

	if (s->len && left > 2) {
		memcpy(s->buf + s->len, ", ", 3);
		s->len += 2;
		left -= 2;
	}
	va_start(ap, fmt);
	n = vsnprintf(s->buf + s->len, left, fmt, ap);
	va_end(ap);
	if (n > 0)
		s->len += min_u64((uint64_t)n, left - 1);
}

static void say_if(struct said *s, bool yes, const char *what)
{
	if (yes)
		say(s, "%s", what);
}

static void power(struct said *s)
{
	uint32_t cap = reg(s, PCI_PM_PMC, 2);
	uint32_t ctrl = reg(s, PCI_PM_CTRL, 2);

	say(s, "now D%u", ctrl & PCI_PM_CTRL_STATE_MASK);
	say(s, "D3hot to D0 %s",
	    ctrl & PCI_PM_CTRL_NO_SOFT_RESET ? "keeps the state" : "resets");
	say_if(s, cap & PCI_PM_CAP_D1, "has D1");
	say_if(s, cap & PCI_PM_CAP_D2, "has D2");
	say_if(s, cap & PCI_PM_CAP_PME_MASK, "can wake");
}

static void msi(struct said *s)
{
	uint32_t flags = reg(s, PCI_MSI_FLAGS, 2);
	unsigned log = flags >> 1 & 7;

	say(s, "%u vectors at most", 1U << (log > 5 ? 5 : log));
	say(s, "%s-bit address", flags & PCI_MSI_FLAGS_64BIT ? "64" : "32");
	say_if(s, flags & PCI_MSI_FLAGS_MASKBIT, "each can be masked");
	say_if(s, flags & PCI_MSI_FLAGS_ENABLE, "on");
}

static void msix(struct said *s)
{
	uint32_t flags = reg(s, PCI_MSIX_FLAGS, 2);
	uint32_t table = reg(s, PCI_MSIX_TABLE, 4);
	uint32_t pba = reg(s, PCI_MSIX_PBA, 4);

	say(s, "%u vectors", (flags & PCI_MSIX_FLAGS_QSIZE) + 1);
	say(s, "table BAR%u+0x%x", table & PCI_MSIX_TABLE_BIR,
	    table & PCI_MSIX_TABLE_OFFSET);
	say(s, "PBA BAR%u+0x%x", pba & PCI_MSIX_PBA_BIR,
	    pba & PCI_MSIX_PBA_OFFSET);
	say_if(s, flags & PCI_MSIX_FLAGS_ENABLE, "on");
}

static const char *port_type(uint32_t type)
{
	switch (type) {
	case PCI_EXP_TYPE_ENDPOINT:
		return "endpoint";
	case PCI_EXP_TYPE_LEG_END:
		return "legacy endpoint";
	case PCI_EXP_TYPE_RC_END:
		return "root complex endpoint";
	default:
		return "no endpoint";
	}
}

/* Of generations 1 to 6; PCI Express 6.0, 7.5.3.6 */
static const char *speed(uint32_t link)
{
	static const char *const name[] = {"?",  "2.5", "5", "8",
					   "16", "32",  "64"};
	unsigned i = link & PCI_EXP_LNKSTA_CLS;

	return i < ARRAY_SIZE(name) ? name[i] : "?";
}

static void express(struct said *s)
{
	uint32_t flags = reg(s, PCI_EXP_FLAGS, 2);
	uint32_t cap = reg(s, PCI_EXP_DEVCAP, 4);
	uint32_t ctl = reg(s, PCI_EXP_DEVCTL, 2);
	uint32_t link = reg(s, PCI_EXP_LNKCAP, 4);
	uint32_t now = reg(s, PCI_EXP_LNKSTA, 2);

	say(s, "%s v%u", port_type((flags & PCI_EXP_FLAGS_TYPE) >> 4),
	    flags & PCI_EXP_FLAGS_VERS);
	say(s, "%s", cap & PCI_EXP_DEVCAP_FLR ? "FLR" : "no FLR");
	say(s, "payload %u of %u", 128U << (ctl >> 5 & 7), 128U << (cap & 7));
	say(s, "link %s GT/s x%u of %s GT/s x%u", speed(now),
	    (now & PCI_EXP_LNKSTA_NLW) >> 4, speed(link),
	    (link & PCI_EXP_LNKCAP_MLW) >> 4);
}

static void af(struct said *s)
{
	say(s, "%s", reg(s, PCI_AF_CAP, 1) & PCI_AF_CAP_FLR ? "FLR" : "no FLR");
}

static void vendor(struct said *s)
{
	say(s, "%u bytes", reg(s, 2, 1));
}

static void vpd(struct said *s)
{
	say(s, "read through an address register");
}

static void aer(struct said *s)
{
	say(s, "uncorrectable 0x%x, correctable 0x%x",
	    reg(s, PCI_ERR_UNCOR_STATUS, 4), reg(s, PCI_ERR_COR_STATUS, 4));
}

static void serial(struct said *s)
{
	say(s, "%08x%08x", reg(s, 8, 4), reg(s, 4, 4));
}

static void acs(struct said *s)
{
	uint32_t cap = reg(s, PCI_ACS_CAP, 2);

	say_if(s, cap & PCI_ACS_SV, "source validation");
	say_if(s, cap & PCI_ACS_RR, "request redirect");
	say_if(s, cap & PCI_ACS_CR, "completion redirect");
	say_if(s, cap & PCI_ACS_DT, "direct translated");
}

static void ari(struct said *s)
{
	say(s, "next function %u", reg(s, PCI_ARI_CAP, 2) >> 8);
}

static void ats(struct said *s)
{
	say_if(s, reg(s, PCI_ATS_CTRL, 2) & PCI_ATS_CTRL_ENABLE, "on");
}

static void sriov(struct said *s)
{
	say(s, "%u of %u virtual functions", reg(s, PCI_SRIOV_NUM_VF, 2),
	    reg(s, PCI_SRIOV_TOTAL_VF, 2));
	say(s, "device %04x", reg(s, PCI_SRIOV_VF_DID, 2));
}

static void rebar(struct said *s)
{
	say(s, "%u BARs",
	    (reg(s, PCI_REBAR_CTRL, 4) & PCI_REBAR_CTRL_NBAR_MASK) >>
		    PCI_REBAR_CTRL_NBAR_SHIFT);
}

static void pasid(struct said *s)
{
	say(s, "%u bits", reg(s, PCI_PASID_CAP, 2) >> 8 & 0x1f);
}

/* clang-format off */
static const struct {
	enum pci_rule_place place;
	unsigned id;
	void (*tell)(struct said *s);
} teller[] = {
	{PCI_IN_CAP, PCI_CAP_ID_PM,          power},
	{PCI_IN_CAP, PCI_CAP_ID_VPD,         vpd},
	{PCI_IN_CAP, PCI_CAP_ID_MSI,         msi},
	{PCI_IN_CAP, PCI_CAP_ID_VNDR,        vendor},
	{PCI_IN_CAP, PCI_CAP_ID_EXP,         express},
	{PCI_IN_CAP, PCI_CAP_ID_MSIX,        msix},
	{PCI_IN_CAP, PCI_CAP_ID_AF,          af},
	{PCI_IN_EXT, PCI_EXT_CAP_ID_ERR,     aer},
	{PCI_IN_EXT, PCI_EXT_CAP_ID_DSN,     serial},
	{PCI_IN_EXT, PCI_EXT_CAP_ID_ACS,     acs},
	{PCI_IN_EXT, PCI_EXT_CAP_ID_ARI,     ari},
	{PCI_IN_EXT, PCI_EXT_CAP_ID_ATS,     ats},
	{PCI_IN_EXT, PCI_EXT_CAP_ID_SRIOV,   sriov},
	{PCI_IN_EXT, PCI_EXT_CAP_ID_REBAR,   rebar},
	{PCI_IN_EXT, PCI_EXT_CAP_ID_PASID,   pasid},
};
/* clang-format on */

void pci_describe_cap(const uint8_t *raw, const struct pci_cap_at *c, char *buf)
{
	struct said s = {raw, c->at, buf, 0};

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(teller); i++)
		if (teller[i].place == c->place && teller[i].id == c->id)
			teller[i].tell(&s);
}
