/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --stats=json: one object in one line, with the names of docs/stats.md.
 *
 * Members may be added; none changes its name, its type or its meaning without
 * another number in "stats".
 */
#include <linux/vfio.h>

#include "base/bytes.h"
#include "base/jsonout.h"
#include "vfio/irq.h"
#include "vmm/machine/stats.h"

#define VERSION 1

static void exits(const struct stats *s, struct jsonout *j)
{
	uint64_t total = s->signal;
	uint64_t other = 0;

	for (unsigned r = 0; r < VCPU_REASONS; r++)
		total += s->returns[r];
	jsonout_open(j, "exits", '{');
	jsonout_number(j, "returns", total);
	jsonout_number(j, "signal", s->signal);
	for (unsigned r = 0; r < VCPU_REASONS; r++) {
		if (!strcmp(stats_reason(r), "other"))
			other += s->returns[r];
		else if (s->returns[r])
			jsonout_number(j, stats_reason(r), s->returns[r]);
	}
	if (other)
		jsonout_number(j, "other", other);
	jsonout_close(j, '}');
}

static void kvm(const struct stats *s, struct jsonout *j)
{
	jsonout_open(j, "kvm", '{');
	for (unsigned i = 0; i < KVM_COUNTS; i++)
		if (s->kvm[i] != KVM_COUNT_UNKNOWN)
			jsonout_number(j, kvm_count_name(i), s->kvm[i]);
	jsonout_close(j, '}');
}

static void counts(uint64_t reads, uint64_t writes, struct jsonout *j)
{
	jsonout_number(j, "reads", reads);
	jsonout_number(j, "writes", writes);
	jsonout_close(j, '}');
}

static void accesses(const struct stats *s, struct jsonout *j)
{
	jsonout_open(j, "access", '[');
	for (unsigned i = 0; !s->busy && i < STATS_CLIENTS; i++) {
		const struct stats_access *c = &s->client[i];

		if (!c->reads && !c->writes)
			continue;
		jsonout_open(j, NULL, '{');
		jsonout_text(j, "name", c->name);
		counts(c->reads, c->writes, j);
	}
	jsonout_close(j, ']');
}

static void registers(const struct stats_dev *d, struct jsonout *j)
{
	char what[64];

	jsonout_open(j, "registers", '[');
	for (unsigned i = 0; i < d->ntop; i++) {
		struct tally_row r = d->top[i];

		jsonout_open(j, NULL, '{');
		jsonout_text(j, "region",
			     vfio_region_name(assign_key_region(r.key)));
		jsonout_number(j, "offset", assign_key_off(r.key));
		jsonout_text(j, "what",
			     stats_what(d, r.key, what, sizeof(what)));
		counts(r.reads, r.writes, j);
	}
	jsonout_close(j, ']');
	jsonout_open(j, "registers_other", '{');
	counts(d->rest.reads, d->rest.writes, j);
}

static void fired(uint64_t n, struct jsonout *j)
{
	if (n != FIRED_UNKNOWN)
		jsonout_number(j, "fired", n);
}

static void vectors(const struct stats_dev *d, struct jsonout *j)
{
	jsonout_open(j, "vectors", '[');
	for (unsigned i = 0; i < d->nvectors; i++) {
		const struct stats_vector *v = &d->vector[i];

		jsonout_open(j, NULL, '{');
		jsonout_number(j, "vector", v->vector);
		jsonout_number(j, "eventfd", (uint64_t)v->eventfd);
		if (v->gsi >= 0) {
			jsonout_number(j, "gsi", (uint64_t)v->gsi);
			jsonout_hex(j, "address", v->addr);
			jsonout_hex(j, "data", v->data);
		}
		jsonout_bool(j, "irqfd", v->attached);
		jsonout_bool(j, "masked", v->masked);
		jsonout_bool(j, "pending", v->pending);
		jsonout_number(j, "unmasked", v->unmasked);
		fired(v->fired, j);
		jsonout_close(j, '}');
	}
	jsonout_close(j, ']');
}

static void interrupts(const struct stats_dev *d, struct jsonout *j)
{
	jsonout_open(j, "interrupts", '{');
	jsonout_text(j, "mode", assign_irq_mode_name(d->mode));
	jsonout_number(j, "armed", d->armed);
	jsonout_number(j, "modes", d->modes);
	jsonout_text(j, "stuck",
		     d->stuck < 0 ? NULL : vfio_irq_name((uint32_t)d->stuck));
	if (d->mode == ASSIGN_INTX) {
		jsonout_open(j, "intx", '{');
		if (d->intx_fd >= 0)
			jsonout_number(j, "eventfd", (uint64_t)d->intx_fd);
		jsonout_number(j, "gsi", (uint64_t)d->intx_gsi);
		jsonout_bool(j, "irqfd", d->intx_attached);
		if (d->intx_line >= 0)
			jsonout_bool(j, "asserted", d->intx_line);
		fired(d->intx_fired, j);
		jsonout_close(j, '}');
	}
	vectors(d, j);
	jsonout_close(j, '}');
}

/* Of each BAR that was trapped at least once */
static void bars(const struct stats_dev *d, struct jsonout *j)
{
	jsonout_open(j, "trapped", '[');
	for (unsigned b = 0; b < PCI_BARS; b++) {
		if (!d->bar_reads[b] && !d->bar_writes[b])
			continue;
		jsonout_open(j, NULL, '{');
		jsonout_text(j, "region", vfio_region_name(b));
		counts(d->bar_reads[b], d->bar_writes[b], j);
	}
	jsonout_close(j, ']');
}

static void device(const struct stats_dev *d, struct jsonout *j)
{
	char place[16];

	snprintf(place, sizeof(place), "%02x.%u", d->slot & 0x1f, d->fn & 7);
	jsonout_open(j, NULL, '{');
	jsonout_text(j, "name", d->name);
	jsonout_text(j, "at", place);
	jsonout_bool(j, "busy", d->busy);
	if (!d->busy) {
		jsonout_bool(j, "lost", d->lost);
		bars(d, j);
		registers(d, j);
		interrupts(d, j);
	}
	jsonout_close(j, '}');
}

static void mappings(const struct stats *s, struct jsonout *j)
{
	jsonout_open(j, "dma", '[');
	for (unsigned i = 0; i < s->nmap; i++) {
		const struct stats_mapping *m = &s->map[i];

		jsonout_open(j, NULL, '{');
		jsonout_number(j, "iova", m->iova.start);
		jsonout_number(j, "bytes", m->iova.len);
		jsonout_text(j, "by", m->backend);
		jsonout_text(j, "device",
			     m->dev < 0 ? NULL : s->dev[m->dev].name);
		if (m->dev >= 0)
			jsonout_text(j, "region", vfio_region_name(m->bar));
		jsonout_close(j, '}');
	}
	jsonout_close(j, ']');
}

static void start(const struct stats *s, struct jsonout *j)
{
	jsonout_open(j, "start_ms", '{');
	for (unsigned p = MACHINE_VM; p < MACHINE_PHASES; p++)
		jsonout_ms(j, stats_phase(p),
			   s->phase_ns[p] - s->phase_ns[p - 1]);
	jsonout_ms(j, "total", s->phase_ns[MACHINE_LOADED]);
	jsonout_close(j, '}');
}

static void vcpus(const struct stats *s, struct jsonout *j)
{
	jsonout_open(j, "vcpus", '[');
	for (unsigned i = 0; i < s->nvcpu; i++) {
		jsonout_open(j, NULL, '{');
		jsonout_hex(j, "rip", s->vcpu[i].rip);
		jsonout_hex(j, "rflags", s->vcpu[i].rflags);
		jsonout_close(j, '}');
	}
	jsonout_close(j, ']');
}

void stats_json(const struct stats *s, FILE *f)
{
	struct jsonout j = {.f = f};

	jsonout_open(&j, NULL, '{');
	jsonout_number(&j, "stats", VERSION);
	jsonout_bool(&j, "running", s->running);
	jsonout_bool(&j, "busy", s->busy);
	exits(s, &j);
	kvm(s, &j);
	accesses(s, &j);
	jsonout_open(&j, "devices", '[');
	for (unsigned i = 0; i < s->ndev; i++)
		device(&s->dev[i], &j);
	jsonout_close(&j, ']');
	mappings(s, &j);
	start(s, &j);
	vcpus(s, &j);
	jsonout_close(&j, '}');
	fputc('\n', f);
}
