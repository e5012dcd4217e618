/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes the picture: sums over the vCPUs, a walk over buses and devices, each
 * under its lock and none with another.
 *
 * A lock that is not to be had in time belongs to somebody who waits: for a
 * server's answer, for a reader of the guest's output.  The picture then says
 * so; it is most wanted when something hangs.
 */
#include "vmm/machine/stats.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"

#define LOCK_NS   (20 * CLOCK_MS)
#define READER_MS 1000 /* nobody reads: then it is not told */

static bool try_lock(pthread_mutex_t *lock)
{
	uint64_t until = clock_now_ns() + LOCK_NS;
	const struct timespec t = {(time_t)(until / CLOCK_SEC),
				   (long)(until % CLOCK_SEC)};

	return !pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &t);
}

/* The vCPUs' threads count on meanwhile. */
static void take_returns(struct stats *s, const struct machine *m)
{
	for (unsigned i = 0; i < m->nvcpu; i++) {
		const struct vcpu *c = &m->vcpu[i];

		for (unsigned r = 0; r < VCPU_REASONS; r++)
			s->returns[r] += __atomic_load_n(&c->returns[r],
							 __ATOMIC_RELAXED);
		s->signal += __atomic_load_n(&c->interrupted, __ATOMIC_RELAXED);
	}
}

static uint64_t count(const struct machine *m, enum kvm_count which)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < m->nvcpu; i++) {
		uint64_t n = kvm_counters_get(&m->vcpu[i].counters, which);

		if (n == KVM_COUNT_UNKNOWN)
			return n;
		total += n;
	}
	return m->nvcpu ? total : KVM_COUNT_UNKNOWN;
}

/*
 * Where each vCPU stood: tells a loop from a wait when a guest hung.  Of one
 * that runs KVM does not tell before it comes back.
 */
static void take_vcpus(struct stats *s, const struct machine *m)
{
	for (unsigned i = 0; !s->running && i < m->nvcpu; i++) {
		struct kvm_regs r;

		if (kvm_vcpu_regs(&m->vcpu[i].kvm, &r))
			return;
		s->vcpu[i].rip = r.rip;
		s->vcpu[i].rflags = r.rflags;
		s->nvcpu++;
	}
}

static struct stats_access client(const struct bus_client *c)
{
	return (struct stats_access){c->name, c->reads, c->writes};
}

static void take_clients(struct stats *s, struct machine *m)
{
	unsigned n = 0;

	s->busy = !try_lock(&m->lock);
	if (s->busy)
		return;
	for (unsigned i = 0; i < LEGACY_CLIENTS; i++)
		s->client[n++] = client(&m->legacy.client[i]);
	s->client[n++] = client(&m->pio.nobody);
	s->client[n++] = client(&m->mmio.nobody);
	for (unsigned i = 0; i < s->ndev; i++) {
		for (unsigned b = 0; b < PCI_BARS; b++) {
			const struct bus_client *c = &m->dev[i].bar[b].trap;

			s->dev[i].bar_reads[b] = c->reads;
			s->dev[i].bar_writes[b] = c->writes;
		}
	}
	pthread_mutex_unlock(&m->lock);
}

static void add_mapping(struct stats *s, struct stats_mapping map)
{
	struct stats_mapping *more =
		realloc(s->map, (s->nmap + 1) * sizeof(*more));

	if (!more)
		return;
	s->map = more;
	s->map[s->nmap++] = map;
}

static void take_windows(struct stats *s, const struct assign_dev *d,
			 unsigned i)
{
	for (unsigned b = 0; b < PCI_BARS; b++)
		for (unsigned w = 0; w < d->bar[b].nwindows; w++)
			if (d->bar[b].window[w].dma.len)
				add_mapping(s, (struct stats_mapping){
						       d->bar[b].window[w].dma,
						       d->vfio.ops->name,
						       (int)i, b});
}

static void take_vectors(struct stats_dev *s, const struct assign_dev *d)
{
	const struct assign_irqs *q = &d->irqs;
	struct stats_vector *to = calloc(q->nvectors + 1, sizeof(*to));

	for (unsigned v = 0; to && v < q->nvectors; v++) {
		const struct assign_vector *x = &q->vector[v];

		if (x->eventfd < 0)
			continue;
		to[s->nvectors++] = (struct stats_vector){
			.vector = v,
			.eventfd = x->eventfd,
			.gsi = x->gsi,
			.attached = x->attached,
			.masked = assign_masked(d, v),
			.pending = assign_irqs_pending(d, v),
			.unmasked = x->unmasked,
			.addr = x->msi.addr,
			.data = x->msi.data,
		};
	}
	s->vector = to;
}

/*
 * Does the device assert its line?  With all else well that is so for a moment;
 * one that is stuck stays.  A server is not asked: it may let us wait.
 */
static int line(const struct assign_dev *d)
{
	uint32_t status;

	if (d->irqs.mode != ASSIGN_INTX || d->lost || d->vfio.ops->shares_ram)
		return -1;
	status = vfio_config_read(&d->vfio, PCI_STATUS, 2);
	return status == 0xffff ? -1 : !!(status & PCI_STATUS_INTERRUPT);
}

static void take_irqs(struct stats_dev *s, const struct assign_dev *d)
{
	const struct assign_irqs *q = &d->irqs;

	s->mode = q->mode;
	s->armed = q->armed;
	s->modes = q->modes;
	s->stuck = q->stuck;
	s->intx_fd = q->intx_fd;
	s->intx_gsi = q->intx_gsi;
	s->intx_attached = q->intx_attached;
	s->intx_line = line(d);
	take_vectors(s, d);
}

/* Without its lock: the text may be long */
static void count_fired(struct stats_dev *s, const struct fired *f)
{
	uint32_t index;

	if (s->mode == ASSIGN_NO_IRQ)
		return;
	index = assign_irq_index(s->mode);
	if (s->mode == ASSIGN_INTX)
		s->intx_fired = fired_count(f, s->name, index, 0);
	for (unsigned i = 0; i < s->nvectors; i++) {
		struct stats_vector *v = &s->vector[i];

		v->fired = fired_count(f, s->name, index, v->vector);
	}
}

static void take_device(struct stats *s, struct machine *m, unsigned i,
			const struct fired *fired)
{
	struct assign_dev *d = &m->dev[i];
	struct stats_dev *t = &s->dev[i];

	t->name = d->vfio.name;
	t->slot = d->slot;
	t->fn = d->fn;
	t->busy = !try_lock(&d->lock);
	if (t->busy)
		return;
	t->lost = d->lost;
	t->ntop = tally_top(&d->tally, t->top, STATS_TOP);
	t->rest = tally_rest(&d->tally, t->top, t->ntop);
	t->names = &d->names;
	t->has_msix = d->msix.n;
	t->msix_table = d->msix.table;
	t->msix_pba = d->msix.pba;
	t->table_bar = d->msix.table_bar;
	t->pba_bar = d->msix.pba_bar;
	take_irqs(t, d);
	take_windows(s, d, i);
	pthread_mutex_unlock(&d->lock);
	count_fired(t, fired);
}

/* Changed by this thread only */
static void take_ram(struct stats *s, const struct machine *m)
{
	for (unsigned i = 0; i < m->host.nmapped; i++)
		add_mapping(s, (struct stats_mapping){
				       m->host.mapped[i].iova,
				       m->host.mapped[i].container->ops->name,
				       -1, 0});
}

void stats_take(struct stats *s, struct machine *m)
{
	struct fired fired;

	*s = (struct stats){
		.running = m->ran && !m->joined,
		.ndev = m->ndev,
	};
	for (unsigned p = 0; p < MACHINE_PHASES; p++)
		s->phase_ns[p] = m->phase_ns[p] - m->phase_ns[MACHINE_BEGIN];
	take_returns(s, m);
	for (unsigned i = 0; i < KVM_COUNTS; i++)
		s->kvm[i] = count(m, i);
	take_vcpus(s, m);
	take_clients(s, m);
	take_ram(s, m);
	fired_take(&fired, m->cfg->fired_fd);
	for (unsigned i = 0; i < m->ndev; i++)
		take_device(s, m, i, &fired);
	fired_free(&fired);
}

void stats_free(struct stats *s)
{
	for (unsigned i = 0; i < s->ndev; i++) {
		free(s->dev[i].vector);
		s->dev[i].vector = NULL;
		s->dev[i].nvectors = 0;
	}
	free(s->map);
	s->map = NULL;
	s->nmap = 0;
}

void stats_print(struct machine *m, FILE *f)
{
	struct stats *s = malloc(sizeof(*s));

	if (!s) {
		fputs("stats: no memory for them\n", f);
		return;
	}
	stats_take(s, m);
	if (m->cfg->stats_json)
		stats_json(s, f);
	else
		stats_text(s, f);
	stats_free(s);
	free(s);
}

void stats_write(struct machine *m)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (!f) {
		log_warn("no memory for --stats");
		return;
	}
	stats_print(m, f);
	if (!fclose(f))
		(void)fd_sink_write(&m->cfg->stats_to, text, n, READER_MS);
	free(text);
}
