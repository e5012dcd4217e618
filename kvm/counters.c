/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file is a header, a table of descriptions that never changes, and the
 * numbers: each description has its name and where its numbers are.
 */
#include "kvm/counters.h"

#include <linux/kvm.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "kvm/sys.h"

#define NAME_MAX_LEN 256  /* bytes of a name that are believed */
#define DESC_MAX     1024 /* descriptions */

static const char *const names[KVM_COUNTS] = {
	[KVM_COUNT_EXITS] = "exits",
	[KVM_COUNT_IO] = "io_exits",
	[KVM_COUNT_MMIO] = "mmio_exits",
	[KVM_COUNT_HALT] = "halt_exits",
	[KVM_COUNT_HOST_IRQ] = "irq_exits",
	[KVM_COUNT_WINDOW] = "irq_window_exits",
	[KVM_COUNT_SIGNAL] = "signal_exits",
	[KVM_COUNT_EMULATED] = "insn_emulation",
	[KVM_COUNT_INJECTED] = "irq_injections",
};

const char *kvm_count_name(enum kvm_count which)
{
	return names[which];
}

static bool get(int fd, void *buf, size_t n, uint64_t at)
{
	return pread(fd, buf, n, (off_t)at) == (ssize_t)n;
}

/* Is it one of ours, and one number? */
static void learn(struct kvm_counters *c, const struct kvm_stats_header *h,
		  const struct kvm_stats_desc *d)
{
	for (unsigned i = 0; i < KVM_COUNTS; i++)
		if (d->size == 1 && !strcmp(d->name, names[i]))
			c->at[i] = (uint64_t)h->data_offset + d->offset;
}

static bool learn_all(struct kvm_counters *c)
{
	union {
		struct kvm_stats_desc d;
		char bytes[sizeof(struct kvm_stats_desc) + NAME_MAX_LEN + 1];
	} one;
	struct kvm_stats_header h;
	size_t len;

	if (!get(c->fd, &h, sizeof(h), 0) || h.name_size > NAME_MAX_LEN ||
	    h.num_desc > DESC_MAX)
		return false;
	len = sizeof(one.d) + h.name_size;
	for (uint32_t i = 0; i < h.num_desc; i++) {
		if (!get(c->fd, &one, len, h.desc_offset + (uint64_t)i * len))
			return false;
		one.bytes[len] = '\0';
		learn(c, &h, &one.d);
	}
	return true;
}

void kvm_counters_open(struct kvm_counters *c, int vcpu_fd)
{
	*c = (struct kvm_counters){.fd = -1};
	if (vcpu_fd < 0)
		return;
	c->fd = kvm_sys_get_stats_fd(vcpu_fd);
	if (c->fd >= 0 && !learn_all(c))
		kvm_counters_close(c);
}

uint64_t kvm_counters_get(const struct kvm_counters *c, enum kvm_count which)
{
	uint64_t n;

	if (c->fd < 0 || !c->at[which] ||
	    !get(c->fd, &n, sizeof(n), c->at[which]))
		return KVM_COUNT_UNKNOWN;
	return n;
}

void kvm_counters_close(struct kvm_counters *c)
{
	fd_close(&c->fd);
}
