/* SPDX-License-Identifier: BSD-2-Clause */
/* Two tables of bits, and the line made of them. */
#include "vmm/pci/aer.h"

#include <stdio.h>

/* clang-format off */
static const char *const uncor_name[32] = {
	[4]  = "Data Link Protocol Error",
	[5]  = "Surprise Down Error",
	[12] = "Poisoned TLP Received",
	[13] = "Flow Control Protocol Error",
	[14] = "Completion Timeout",
	[15] = "Completer Abort",
	[16] = "Unexpected Completion",
	[17] = "Receiver Overflow",
	[18] = "Malformed TLP",
	[19] = "ECRC Error",
	[20] = "Unsupported Request Error",
	[21] = "ACS Violation",
	[22] = "Uncorrectable Internal Error",
	[23] = "MC Blocked TLP",
	[24] = "AtomicOp Egress Blocked",
	[25] = "TLP Prefix Blocked Error",
	[26] = "Poisoned TLP Egress Blocked",
};

static const char *const cor_name[32] = {
	[0]  = "Receiver Error",
	[6]  = "Bad TLP",
	[7]  = "Bad DLLP",
	[8]  = "REPLAY_NUM Rollover",
	[12] = "Replay Timer Timeout",
	[13] = "Advisory Non-Fatal Error",
	[14] = "Corrected Internal Error",
	[15] = "Header Log Overflow",
};
/* clang-format on */

/* Text that grows until the buffer is full */
struct line {
	char *buf;
	size_t cap;
	size_t n;
};

static void add(struct line *l, const char *text)
{
	for (; *text && l->n + 1 < l->cap; text++)
		l->buf[l->n++] = *text;
	if (l->cap)
		l->buf[l->n] = '\0';
}

static void add_register(struct line *l, const char *what, uint32_t val,
			 const char *const name[32])
{
	const char *before = " (";
	char number[16];

	snprintf(number, sizeof(number), " 0x%08x", (unsigned)val);
	add(l, what);
	add(l, val ? number : " 0");
	for (unsigned i = 0; i < 32; i++) {
		if (!(val >> i & 1) || !name[i])
			continue;
		add(l, before);
		add(l, name[i]);
		before = ", ";
	}
	if (before[0] == ',')
		add(l, ")");
}

void pci_aer_print(struct pci_aer a, char *buf, size_t cap)
{
	struct line l = {buf, cap, 0};

	add_register(&l, "uncorrectable", a.uncor, uncor_name);
	add_register(&l, ", correctable", a.cor, cor_name);
}
