/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --stats as lines for people, grep and awk: each begins with "stats: ", so
 * that they can be told from what the guest says on the same descriptor.
 */
#include <inttypes.h>
#include <linux/vfio.h>

#include "base/bytes.h"
#include "vfio/irq.h"
#include "vmm/machine/stats.h"

#define BAR_COLS  40 /* of the picture of the start */
#define TEXT_COLS 34 /* before it */

const char *stats_reason(unsigned reason)
{
	static const char *const name[] = {
		[KVM_EXIT_IO] = "io",
		[KVM_EXIT_HLT] = "hlt",
		[KVM_EXIT_MMIO] = "mmio",
		[KVM_EXIT_SHUTDOWN] = "shutdown",
		[KVM_EXIT_FAIL_ENTRY] = "fail_entry",
		[KVM_EXIT_INTR] = "intr",
		[KVM_EXIT_INTERNAL_ERROR] = "internal_error",
		[KVM_EXIT_SYSTEM_EVENT] = "system_event",
	};

	if (reason < ARRAY_SIZE(name) && name[reason])
		return name[reason];
	return "other";
}

const char *stats_phase(enum machine_phase p)
{
	static const char *const name[MACHINE_PHASES] = {
		[MACHINE_BEGIN] = "begin",
		[MACHINE_VM] = "vm",
		[MACHINE_GROUPS] = "groups",
		[MACHINE_PINNED] = "pin+map",
		[MACHINE_DEVICES_OPEN] = "devices",
		[MACHINE_LOADED] = "load",
	};

	return p < MACHINE_PHASES ? name[p] : "";
}

static bool at(const struct stats_dev *d, unsigned bar, struct range r,
	       uint64_t key)
{
	return d->has_msix && assign_key_region(key) == bar &&
	       range_in((struct range){assign_key_off(key), 1}, r);
}

const char *stats_what(const struct stats_dev *d, uint64_t key, char *buf,
		       size_t cap)
{
	uint64_t off = assign_key_off(key);
	unsigned region = assign_key_region(key);
	char name[PCI_NAME_MAX];

	*buf = '\0';
	if (at(d, d->table_bar, d->msix_table, key))
		snprintf(buf, cap, "MSI-X table, vector %" PRIu64,
			 (off - d->msix_table.start) / PCI_MSIX_ENTRY);
	else if (at(d, d->pba_bar, d->msix_pba, key))
		snprintf(buf, cap, "MSI-X PBA");
	else if (region == VFIO_PCI_CONFIG_REGION_INDEX)
		snprintf(buf, cap, "%s",
			 pci_name_word(d->names, (unsigned)off, name));
	else
		snprintf(buf, cap, "%s",
			 pci_name_bar(d->names, region, off, name));
	if (*buf == '-')
		*buf = '\0';
	return buf;
}

static void print_returns(const struct stats *s, FILE *f)
{
	uint64_t total = s->signal;

	for (unsigned r = 0; r < VCPU_REASONS; r++)
		total += s->returns[r];
	fprintf(f, "stats: kvm_run.returns %" PRIu64 "\n", total);
	fprintf(f, "stats: kvm_run.signal %" PRIu64 "\n", s->signal);
	for (unsigned r = 0; r < VCPU_REASONS; r++)
		if (s->returns[r])
			fprintf(f, "stats: kvm_run.%s %" PRIu64 "\n",
				stats_reason(r), s->returns[r]);
}

/* All exits and injections, of which ours are a part */
static void print_kvm(const struct stats *s, FILE *f)
{
	for (unsigned i = 0; i < KVM_COUNTS; i++)
		if (s->kvm[i] != KVM_COUNT_UNKNOWN)
			fprintf(f, "stats: kvm.%s %" PRIu64 "\n",
				kvm_count_name(i), s->kvm[i]);
}

static void print_access(const char *name, uint64_t reads, uint64_t writes,
			 FILE *f)
{
	if (reads || writes)
		fprintf(f,
			"stats: access \"%s\" reads %" PRIu64 " writes %" PRIu64
			"\n",
			name, reads, writes);
}

static void print_clients(const struct stats *s, FILE *f)
{
	const struct stats_access *c = s->client;

	if (s->busy) {
		fputs("stats: busy: a vCPU has the lock, so no accesses; is "
		      "the guest's output read?\n",
		      f);
		return;
	}
	for (unsigned i = 0; i < LEGACY_CLIENTS; i++)
		print_access(c[i].name, c[i].reads, c[i].writes, f);
	for (unsigned i = 0; i < s->ndev; i++)
		for (unsigned b = 0; b < PCI_BARS; b++)
			print_access(s->dev[i].name, s->dev[i].bar_reads[b],
				     s->dev[i].bar_writes[b], f);
	for (unsigned i = LEGACY_CLIENTS; i < STATS_CLIENTS; i++)
		print_access(c[i].name, c[i].reads, c[i].writes, f);
}

static void print_register(const struct stats_dev *d, struct tally_row r,
			   FILE *f)
{
	char what[64];

	stats_what(d, r.key, what, sizeof(what));
	fprintf(f,
		"stats: register \"%s\" %s+0x%03" PRIx64 " reads %" PRIu64
		" writes %" PRIu64 "%s%s\n",
		d->name, vfio_region_name(assign_key_region(r.key)),
		assign_key_off(r.key), r.reads, r.writes, *what ? "  # " : "",
		what);
}

static void print_registers(const struct stats_dev *d, FILE *f)
{
	for (unsigned i = 0; i < d->ntop; i++)
		print_register(d, d->top[i], f);
	if (d->rest.reads || d->rest.writes)
		fprintf(f,
			"stats: register \"%s\" others reads %" PRIu64
			" writes %" PRIu64 "\n",
			d->name, d->rest.reads, d->rest.writes);
}

/* Ends the line */
static void print_fired(uint64_t n, FILE *f)
{
	if (n != FIRED_UNKNOWN)
		fprintf(f, " fired %" PRIu64, n);
	fputc('\n', f);
}

static void print_vector(const struct stats_dev *d,
			 const struct stats_vector *v, FILE *f)
{
	fprintf(f, "stats: irq \"%s\" vector %u eventfd %d ", d->name,
		v->vector, v->eventfd);
	if (v->gsi >= 0)
		fprintf(f, "gsi %d message 0x%" PRIx64 "/0x%x ", v->gsi,
			v->addr, v->data);
	fprintf(f, "%s%s unmasked %" PRIu64,
		v->attached ? "by irqfd"
		: v->masked ? "masked"
			    : "not attached",
		v->pending ? ", pending" : "", v->unmasked);
	print_fired(v->fired, f);
}

static void print_intx(const struct stats_dev *d, FILE *f)
{
	static const char *const level[] = {"", " line low", " line asserted"};

	if (d->mode != ASSIGN_INTX)
		return;
	fprintf(f, "stats: irq \"%s\" INTx eventfd %d gsi %d %s%s", d->name,
		d->intx_fd, d->intx_gsi,
		d->intx_attached ? "by irqfd" : "not attached",
		level[d->intx_line + 1]);
	print_fired(d->intx_fired, f);
}

static void print_device(const struct stats_dev *d, FILE *f)
{
	if (d->busy) {
		fprintf(f, "stats: busy: \"%s\": a vCPU waits for its answer\n",
			d->name);
		return;
	}
	print_registers(d, f);
	fprintf(f, "stats: irq \"%s\" mode %s armed %u modes %" PRIu64 "%s\n",
		d->name, assign_irq_mode_name(d->mode), d->armed, d->modes,
		d->lost ? " lost" : "");
	if (d->stuck >= 0)
		fprintf(f,
			"stats: irq \"%s\" stuck: %s could not be switched "
			"off\n",
			d->name, vfio_irq_name((uint32_t)d->stuck));
	print_intx(d, f);
	for (unsigned i = 0; i < d->nvectors; i++)
		print_vector(d, &d->vector[i], f);
}

static void print_mapping(const struct stats *s, const struct stats_mapping *m,
			  FILE *f)
{
	fprintf(f, "stats: dma 0x%" PRIx64 " bytes 0x%" PRIx64 " by \"%s\" ",
		m->iova.start, m->iova.len, m->backend);
	if (m->dev < 0)
		fputs("ram\n", f);
	else
		fprintf(f, "bar \"%s\" BAR%u\n", s->dev[m->dev].name, m->bar);
}

/* From where in the whole start to where, at least one mark */
static void picture(const struct stats *s, enum machine_phase p, FILE *f)
{
	uint64_t all = max_u64(s->phase_ns[MACHINE_LOADED], 1);
	uint64_t from = s->phase_ns[p - 1] * BAR_COLS / all;
	uint64_t to = s->phase_ns[p] * BAR_COLS / all;

	from = min_u64(from, BAR_COLS - 1);
	to = max_u64(to, from + 1);
	for (unsigned i = 0; i < BAR_COLS; i++)
		fputc(i >= from && i < to ? '#' : ' ', f);
}

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void print_phases(const struct stats *s, FILE *f)
{
	for (unsigned p = MACHINE_VM; p < MACHINE_PHASES; p++) {
		int n = fprintf(f, "stats: start.%s %.1f ms", stats_phase(p),
				ms(s->phase_ns[p] - s->phase_ns[p - 1]));

		fprintf(f, "%*s|", n < TEXT_COLS ? TEXT_COLS - n : 1, "");
		picture(s, p, f);
		fputs("|\n", f);
	}
	fprintf(f, "stats: start.total %.1f ms\n",
		ms(s->phase_ns[MACHINE_LOADED]));
}

void stats_text(const struct stats *s, FILE *f)
{
	print_returns(s, f);
	print_kvm(s, f);
	print_clients(s, f);
	for (unsigned i = 0; i < s->ndev; i++)
		print_device(&s->dev[i], f);
	for (unsigned i = 0; i < s->nmap; i++)
		print_mapping(s, &s->map[i], f);
	print_phases(s, f);
	for (unsigned i = 0; i < s->nvcpu; i++)
		fprintf(f,
			"stats: vcpu.%u rip 0x%" PRIx64 " rflags 0x%" PRIx64
			"\n",
			i, s->vcpu[i].rip, s->vcpu[i].rflags);
}
