/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads top to bottom as the life of a VM; the way back is machine_close(). */
#include "vmm/machine/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/breaks.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/first.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/progress.h"
#include "vmm/machine/breaks.h"
#include "vmm/machine/loop.h"
#include "vmm/machine/lost.h"

#define PORT_DELAY                                                             \
	0x80 /* POST code port: written by io_delay(), read by none */

/* Of all who want to stop it, one gets true, and then says why. */
static bool is_first(struct machine *m)
{
	return !__atomic_exchange_n(&m->stopping, true, __ATOMIC_ACQ_REL);
}

void machine_stop(struct machine *m, struct stop why)
{
	if (!is_first(m))
		return;
	m->stop = why;
	eventfd_write(m->stop_fd, 1);
}

static bool stop_with_message(struct machine *m, enum stop_reason reason)
{
	if (!is_first(m))
		return false;
	memcpy(m->error, err_last(), strlen(err_last()) + 1);
	m->stop = (struct stop){.reason = reason};
	eventfd_write(m->stop_fd, 1);
	return true;
}

void machine_fail(struct machine *m)
{
	(void)stop_with_message(m, STOP_ERROR);
}

bool machine_give_up(struct machine *m)
{
	return stop_with_message(m, STOP_DEVICE);
}

static void on_guest_stop(void *opaque, struct stop why)
{
	machine_stop(opaque, why);
}

static int new_eventfd(int *fd)
{
	*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (*fd < 0)
		return err_call(errno, "machine", "eventfd",
				"raise the limit: ulimit -n 4096");
	return 0;
}

static int open_vm(struct machine *m)
{
	int rc = new_eventfd(&m->stop_fd);

	if (!rc)
		rc = new_eventfd(&m->port80_fd);
	if (!rc)
		rc = vcpu_init_signal();
	if (!rc)
		rc = kvm_vm_open(&m->vm, PLAT_KVM_HOLE_GPA);
	if (!rc)
		rc = kvm_irqs_init(&m->irqs, &m->vm);
	if (!rc)
		rc = kvm_vm_swallow_port(&m->vm, PORT_DELAY, m->port80_fd);
	if (!rc)
		rc = platform_init(&m->plat, m->cfg->ncpus, m->cfg->ram_size,
				   kvm_vm_phys_bits(&m->vm));
	return rc;
}

static int open_legacy(struct machine *m)
{
	struct legacy_config c = {
		.pio = &m->pio,
		.mmio = &m->mmio,
		.irqs = &m->irqs,
		.root = &m->root,
		.quit_fd = m->stop_fd,
		.stop = on_guest_stop,
		.stop_opaque = m,
	};

	memcpy(c.out_fd, m->cfg->out_fd, sizeof(c.out_fd));
	memcpy(c.out_max, m->cfg->out_max, sizeof(c.out_max));
	pci_root_init(&m->root);
	return legacy_open(&m->legacy, &c);
}

static void fill_env(struct machine *m)
{
	const struct pci_windows w = {m->plat.mmio32, m->plat.mmio64,
				      m->plat.pio};

	m->env = (struct assign_env){
		.lock = &m->lock,
		.breaks = m->cfg->breaks,
		.vm = &m->vm,
		.irqs = &m->irqs,
		.mmio = &m->mmio,
		.pio = &m->pio,
		.root = &m->root,
		.windows = w,
		.free = w,
	};
}

/* Between two things that take their time: shall we go on? */
static int go_on(struct machine *m)
{
	int rc = loop_asked_to_stop(m);

	return rc ? rc : lost_before_start(m);
}

static int open_groups(struct machine *m)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < m->cfg->ndev; i++) {
		rc = assign_host_attach(&m->host, &m->cfg->dev[i].src);
		if (!rc)
			rc = go_on(m);
	}
	return rc;
}

/* Do other functions of the guest stand at the slot of device @i? */
static bool shares_slot(const struct machine_config *cfg, unsigned i)
{
	for (unsigned k = 0; k < cfg->ndev; k++)
		if (k != i && cfg->dev[k].slot == cfg->dev[i].slot)
			return true;
	return false;
}

static struct vfio_container *container_of(const struct machine *m, unsigned i)
{
	return assign_host_container(&m->host, &m->cfg->dev[i].src);
}

/* First thing in a thread of a back end's own */
static int confine_server(void *opaque)
{
	const struct machine *m = opaque;

	return sandbox_enter(&m->sandbox, SANDBOX_SERVER);
}

static int open_device(struct machine *m, unsigned i)
{
	const struct machine_device *c = &m->cfg->dev[i];
	const struct assign_place place = {c->slot, c->fn,
					   shares_slot(m->cfg, i)};
	struct vfio_source src = c->src;
	int rc;

	src.begin = confine_server;
	src.begin_opaque = m;
	rc = assign_open(&m->dev[i], &m->env, container_of(m, i), &src, place);
	if (rc)
		return rc;
	m->ndev++;
	return go_on(m);
}

static int open_devices(struct machine *m)
{
	int rc = 0;

	fill_env(m);
	for (unsigned i = 0; !rc && i < m->cfg->ndev; i++)
		rc = open_device(m, i);
	return rc;
}

static int open_vcpus(struct machine *m, const struct boot_entry *e)
{
	const struct kvm_vcpu_start start = {
		.rip = e->rip,
		.rsi = e->rsi,
		.rsp = e->rsp,
		.cr3 = e->cr3,
		.gdt_gpa = e->gdt_gpa,
		.gdt_limit = e->gdt_limit,
		.tss_gpa = e->tss_gpa,
	};

	for (unsigned i = 0; i < m->plat.ncpus; i++) {
		struct vcpu *c = &m->vcpu[i];
		int rc = kvm_vcpu_open(&c->kvm, &m->vm, i, m->plat.ncpus);

		if (rc)
			return rc;
		kvm_counters_open(&c->counters, m->cfg->stats ? c->kvm.fd : -1);
		m->nvcpu++;
	}
	return kvm_vcpu_start_at(&m->vcpu[0].kvm, &start);
}

void machine_drain(struct machine *m)
{
	uint8_t buf[128];
	uint16_t port = 0;
	uint16_t next;
	size_t n = 0;
	uint8_t byte;

	while (kvm_ring_next(&m->ring, &next, &byte)) {
		if (n && (next != port || n == sizeof(buf))) {
			legacy_output(&m->legacy, port, buf, n);
			n = 0;
		}
		port = next;
		buf[n++] = byte;
	}
	if (n)
		legacy_output(&m->legacy, port, buf, n);
}

static int open_ring(struct machine *m)
{
	static const uint16_t port[] = {PLAT_PORT_COM2, PLAT_PORT_COM3};
	int rc = 0;

	if (!m->cfg->keep_output)
		return 0;
	kvm_ring_open(&m->ring, &m->vm, &m->vcpu[0].kvm);
	for (unsigned i = 0; !rc && i < ARRAY_SIZE(port); i++)
		rc = kvm_ring_add_port(&m->ring, &m->vm, port[i]);
	return rc;
}

/* The end of a phase, and the place to give up between two of them */
static int done(struct machine *m, enum machine_phase phase, int rc)
{
	m->phase_ns[phase] = clock_now_ns();
	return rc ? rc : go_on(m);
}

static enum memory_kind ram_kind(const struct machine_config *cfg)
{
	if (cfg->hugepages)
		return MEMORY_HUGE;
	for (unsigned i = 0; i < cfg->ndev; i++)
		if (cfg->dev[i].src.ops->shares_ram)
			return MEMORY_FILE;
	return MEMORY_ANONYMOUS;
}

/* How far one of the two long jobs is, which take the host's pages */
struct taking {
	struct machine *m;
	const char *what;
	struct progress line;
};

static int before_step(void *opaque, uint64_t so_far, uint64_t all)
{
	struct taking *t = opaque;

	if (all > GiB)
		progress_show(&t->line, t->what, so_far, all);
	return go_on(t->m);
}

static int open_ram(struct machine *m)
{
	struct taking t = {.m = m, .what = "guest RAM in huge pages:"};
	const struct progress_steps steps = {before_step, &t};
	int rc;

	progress_begin(&t.line);
	rc = memory_open(&m->memory, &m->plat, &m->vm, ram_kind(m->cfg),
			 &steps);
	t.what = "pinning guest RAM:";
	if (!rc)
		rc = breaks_before_map(m);
	if (!rc && m->cfg->ndev &&
	    !breaks_has(m->cfg->breaks, BREAK_NO_DMA_MAP))
		rc = assign_host_map(&m->host, &m->memory.ram, &steps);
	progress_end(&t.line);
	return rc;
}

static int open_all(struct machine *m)
{
	bool vfio = m->cfg->ndev;
	struct boot_entry entry;
	int rc = sandbox_open(&m->sandbox, m->cfg->sandbox);

	if (!rc)
		rc = open_vm(m);
	if (!rc)
		rc = open_legacy(m);
	rc = done(m, MACHINE_VM, rc);
	if (!rc && vfio)
		rc = open_groups(m);
	rc = done(m, MACHINE_GROUPS, rc);
	if (!rc)
		rc = open_ram(m);
	rc = done(m, MACHINE_PINNED, rc);
	if (!rc)
		rc = open_devices(m);
	rc = done(m, MACHINE_DEVICES_OPEN, rc);
	if (!rc)
		rc = boot_load(&m->plat, &m->memory.ram, &m->cfg->boot, &entry);
	if (!rc)
		rc = open_vcpus(m, &entry);
	if (!rc)
		rc = open_ring(m);
	return done(m, MACHINE_LOADED, rc);
}

static void make_inert(struct machine *m, const struct machine_config *cfg)
{
	*m = (struct machine){
		.cfg = cfg,
		.vm = {.fd = -1, .kvm_fd = -1},
		.legacy = {.room_fd = -1},
		.wanted = -1,
		.stop_fd = -1,
		.port80_fd = -1,
		.open = true,
	};
	pthread_mutex_init(&m->lock, NULL);
	memory_init(&m->memory);
	sandbox_init(&m->sandbox);
	assign_host_open(&m->host, &m->vm);
	bus_init(&m->mmio);
	bus_init(&m->pio);
	m->phase_ns[MACHINE_BEGIN] = clock_now_ns();
}

int machine_open(struct machine *m, const struct machine_config *cfg)
{
	char why[ERR_MAX];
	int rc;

	make_inert(m, cfg);
	rc = open_all(m);
	if (!rc)
		return 0;
	memcpy(why, err_last(), strlen(err_last()) + 1);
	if (machine_close(m))
		log_warn("%s", err_last());
	return err_set(rc, "%s", why);
}

/*
 * The threads of the vCPUs are made before this one can make no more; they
 * wait for the lock, so that no guest runs before all of them and this one
 * are in the sandbox.
 */
static int start(struct machine *m)
{
	int rc = 0;

	pthread_mutex_lock(&m->lock);
	for (unsigned i = 0; !rc && i < m->nvcpu; i++)
		rc = vcpu_start(&m->vcpu[i], m);
	if (!rc)
		rc = sandbox_enter(&m->sandbox, SANDBOX_LOOP);
	if (rc)
		machine_fail(m);
	else
		breaks_in_sandbox(m);
	pthread_mutex_unlock(&m->lock);
	return rc;
}

struct stop machine_run(struct machine *m)
{
	int rc;

	m->ran = true;
	rc = start(m);
	if (!rc)
		rc = loop_run(m);
	if (rc)
		machine_fail(m);
	for (unsigned i = 0; i < m->nvcpu; i++)
		vcpu_join(&m->vcpu[i]);
	m->joined = true;
	for (unsigned i = 0; i < m->ndev; i++)
		lost_tell(m, i); /* the loop had no time for it */
	machine_drain(m);
	if (m->error[0])
		err_set(EIO, "%s", m->error);
	return m->stop;
}

int machine_exit_status(const struct machine *m)
{
	return m->nlost ? stop_lost_status(m->stop) : stop_exit_status(m->stop);
}

/*
 * The devices of one container.  Every one quiet before RAM is unmapped for
 * any, every one closed before its group leaves the container: the kernel
 * insists on the second, and the IOMMU logs faults without the first.
 */
static void close_container(struct machine *m, struct vfio_container *c,
			    struct first *first)
{
	int rc;

	for (unsigned i = 0; i < m->ndev; i++) {
		rc = container_of(m, i) == c ? assign_quiesce(&m->dev[i]) : 0;
		first_keep(first, lost_excuse(m, i, rc));
	}
	rc = assign_host_unmap(&m->host, c);
	first_keep(first, rc);
	rc = assign_host_forget(&m->host);
	first_keep(first, rc);
	for (unsigned i = m->ndev; i--;)
		if (container_of(m, i) == c)
			assign_close(&m->dev[i]);
}

/* First those that the host waits for: another's server may take its time. */
static int close_devices(struct machine *m)
{
	struct first first = {0};
	int rc;

	if (m->wanted >= 0)
		close_container(m, container_of(m, (unsigned)m->wanted),
				&first);
	for (unsigned i = 0; i < m->host.ncontainers; i++)
		close_container(m, m->host.container[i], &first);
	m->ndev = 0;
	rc = assign_host_close(&m->host);
	first_keep(&first, rc);
	return first_result(&first);
}

int machine_close(struct machine *m)
{
	int rc;

	if (!m->open)
		return 0;
	rc = close_devices(m);
	while (m->nvcpu) {
		struct vcpu *c = &m->vcpu[--m->nvcpu];

		kvm_counters_close(&c->counters);
		kvm_vcpu_close(&c->kvm);
	}
	memory_close(&m->memory);
	legacy_close(&m->legacy);
	kvm_vm_close(&m->vm);
	bus_fini(&m->pio);
	bus_fini(&m->mmio);
	fd_close(&m->port80_fd);
	fd_close(&m->stop_fd);
	sandbox_close(&m->sandbox);
	pthread_mutex_destroy(&m->lock);
	m->open = false;
	return rc;
}
