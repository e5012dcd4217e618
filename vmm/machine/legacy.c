/* SPDX-License-Identifier: BSD-2-Clause */
/* Adapters between the pure device models, the buses, and file descriptors. */
#include "vmm/machine/legacy.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "vmm/boot/platform.h"

#define PIECE        256  /* bytes */
#define LAST_WAIT_MS 1000 /* for a reader, once the machine has stopped */

/* A bus client that hands an access to a model's pair of functions. */
#define ADAPTER(name, type)                                                    \
	static uint64_t bus_##name##_read(void *opaque, uint64_t off,          \
					  unsigned size)                       \
	{                                                                      \
		return name##_read((type *)opaque, (unsigned)off, size);       \
	}                                                                      \
	static void bus_##name##_write(void *opaque, uint64_t off,             \
				       unsigned size, uint64_t val)            \
	{                                                                      \
		name##_write((type *)opaque, (unsigned)off, size,              \
			     (uint32_t)val);                                   \
	}

ADAPTER(serial, struct serial)
ADAPTER(rtc, struct rtc)
ADAPTER(exitport, struct exitport)
ADAPTER(pvpanic, struct pvpanic)
ADAPTER(power_evt, struct power)
ADAPTER(power_cnt, struct power)
ADAPTER(power_kbd, struct power)

static uint64_t ecam_read(void *opaque, uint64_t off, unsigned size)
{
	return pci_root_ecam_read(opaque, off, size);
}

static void ecam_write(void *opaque, uint64_t off, unsigned size, uint64_t val)
{
	pci_root_ecam_write(opaque, off, size, val);
}

/* 0xcf9 is the reset register, in the middle of PCI's address register. */
static bool is_reset(uint64_t off, unsigned size)
{
	return off == PLAT_PORT_RESET - PLAT_PORT_PCI_CONFIG && size == 1;
}

static uint64_t pci_ports_read(void *opaque, uint64_t off, unsigned size)
{
	struct legacy *l = opaque;

	if (is_reset(off, size))
		return power_rst_read(&l->power, 0, 1);
	return pci_root_port_read(l->root, (unsigned)off, size);
}

static void pci_ports_write(void *opaque, uint64_t off, unsigned size,
			    uint64_t val)
{
	struct legacy *l = opaque;

	if (is_reset(off, size))
		power_rst_write(&l->power, 0, 1, (uint32_t)val);
	else
		pci_root_port_write(l->root, (unsigned)off, size,
				    (uint32_t)val);
}

/*
 * Can @c be written?  Waits for a reader as long as the machine runs, and a
 * little longer; false: nobody reads.
 */
static bool await_reader(const struct legacy_com *c)
{
	struct pollfd p[2] = {{c->out_fd, POLLOUT, 0},
			      {c->legacy->quit_fd, POLLIN, 0}};

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return p[0].revents || poll(p, 1, LAST_WAIT_MS) > 0;
}

/* A file is as long as it may be; what is no file has no length */
static bool is_full(const struct legacy_com *c)
{
	struct stat st;

	return c->out_max && !fstat(c->out_fd, &st) &&
	       (uint64_t)st.st_size >= c->out_max;
}

/* No more than a pipe or terminal takes at once, having said that it can */
static ssize_t write_piece(const struct legacy_com *c, const uint8_t *buf,
			   size_t n)
{
	ssize_t done;

	if (!await_reader(c))
		return -ETIMEDOUT;
	if (is_full(c))
		return -EFBIG;
	done = write(c->out_fd, buf, n < PIECE ? n : PIECE);
	if (done < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	return done;
}

/*
 * Output is written at once: a slow reader slows the guest, and loses nothing;
 * but whoever waits for a reader holds the machine's lock, and must not keep
 * the machine from being stopped.
 */
static void com_tx(void *opaque, const uint8_t *buf, size_t n)
{
	struct legacy_com *c = opaque;

	while (n && c->out_fd >= 0) {
		ssize_t done = write_piece(c, buf, n);

		if (done < 0) {
			c->out_fd = -1;
			if (done != -EPIPE) /* who reads `head` knows */
				log_warn("output of the guest is lost: %s%s",
					 err_name((int)done),
					 done == -EFBIG && c->out_max
						 ? "; a --console FILE "
						   "has no limit"
						 : "");
			return;
		}
		buf += done;
		n -= (size_t)done;
	}
}

static void com_irq(void *opaque, bool level)
{
	struct legacy_com *c = opaque;

	if (c->gsi >= 0 && kvm_irq_set_line(c->legacy->irqs, c->gsi, level))
		log_warn("serial port: %s", err_last());
}

static void com_room(void *opaque)
{
	struct legacy_com *c = opaque;

	eventfd_write(c->legacy->room_fd, 1);
}

static time_t wall_clock(void *opaque)
{
	(void)opaque;
	return time(NULL);
}

static void init_com(struct legacy *l, unsigned i,
		     const struct legacy_config *cfg)
{
	static const struct serial_ops ops = {com_tx, com_irq, com_room};
	static const int gsi[LEGACY_COMS] = {PLAT_GSI_COM1, PLAT_GSI_COM2, -1};
	struct legacy_com *c = &l->com[i];

	c->legacy = l;
	c->out_fd = cfg->out_fd[i];
	c->out_max = cfg->out_max[i];
	c->gsi = gsi[i];
	serial_init(&c->serial, &ops, c);
}

static void init_models(struct legacy *l, const struct legacy_config *c)
{
	for (unsigned i = 0; i < LEGACY_COMS; i++)
		init_com(l, i, c);
	rtc_init(&l->rtc, wall_clock, NULL);
	exitport_init(&l->exit, c->stop, c->stop_opaque);
	pvpanic_init(&l->pvpanic, c->stop, c->stop_opaque);
	power_init(&l->power, c->stop, c->stop_opaque);
}

#define CLIENT(fn, what, label)                                                \
	((struct bus_client){.read = bus_##fn##_read,                          \
			     .write = bus_##fn##_write,                        \
			     .opaque = (what),                                 \
			     .name = (label)})

static void init_clients(struct legacy *l)
{
	struct bus_client *c = l->client;

	c[LEGACY_COM1] = CLIENT(serial, &l->com[0].serial, "COM1");
	c[LEGACY_COM2] = CLIENT(serial, &l->com[1].serial, "COM2");
	c[LEGACY_COM3] = CLIENT(serial, &l->com[2].serial, "COM3");
	c[LEGACY_RTC] = CLIENT(rtc, &l->rtc, "RTC");
	c[LEGACY_EXIT] = CLIENT(exitport, &l->exit, "debug exit");
	c[LEGACY_PVPANIC] = CLIENT(pvpanic, &l->pvpanic, "pvpanic");
	c[LEGACY_PM1_EVT] = CLIENT(power_evt, &l->power, "ACPI PM1 event");
	c[LEGACY_PM1_CNT] = CLIENT(power_cnt, &l->power, "ACPI PM1 control");
	c[LEGACY_KBD] = CLIENT(power_kbd, &l->power, "keyboard controller");
	c[LEGACY_PCI_PORTS] = (struct bus_client){
		pci_ports_read, pci_ports_write, l, "PCI ports", 0, 0};
	c[LEGACY_ECAM] = (struct bus_client){ecam_read,  ecam_write, l->root,
					     "PCI ECAM", 0,          0};
}

static int claim(struct legacy *l, const struct legacy_config *cfg)
{
	static const struct range ports[LEGACY_ECAM] = {
		[LEGACY_COM1] = {PLAT_PORT_COM1, 8},
		[LEGACY_COM2] = {PLAT_PORT_COM2, 8},
		[LEGACY_COM3] = {PLAT_PORT_COM3, 8},
		[LEGACY_RTC] = {PLAT_PORT_RTC, 2},
		[LEGACY_EXIT] = {PLAT_PORT_DEBUG_EXIT, 1},
		[LEGACY_PVPANIC] = {PLAT_PORT_PVPANIC, 1},
		[LEGACY_PM1_EVT] = {PLAT_PORT_PM1_EVT, 4},
		[LEGACY_PM1_CNT] = {PLAT_PORT_PM1_CNT, 2},
		[LEGACY_KBD] = {PLAT_PORT_KBD, 5},
		[LEGACY_PCI_PORTS] = {PLAT_PORT_PCI_CONFIG, 8},
	};
	const struct range ecam = {PLAT_ECAM_GPA, PLAT_ECAM_LEN};

	for (unsigned i = 0; i < LEGACY_ECAM; i++) {
		int rc = bus_claim(cfg->pio, ports[i], &l->client[i]);

		if (rc)
			return rc;
	}
	return bus_claim(cfg->mmio, ecam, &l->client[LEGACY_ECAM]);
}

int legacy_open(struct legacy *l, const struct legacy_config *c)
{
	int rc;

	*l = (struct legacy){
		.root = c->root, .irqs = c->irqs, .quit_fd = c->quit_fd};
	l->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->room_fd < 0)
		return err_call(errno, "serial port", "eventfd",
				"raise the limit: ulimit -n 4096");
	init_models(l, c);
	init_clients(l);
	rc = claim(l, c);
	if (rc)
		legacy_close(l);
	return rc;
}

void legacy_close(struct legacy *l)
{
	fd_close(&l->room_fd);
}

bool legacy_output(struct legacy *l, uint16_t port, const uint8_t *buf,
		   size_t n)
{
	static const uint16_t data[LEGACY_COMS] = {
		PLAT_PORT_COM1, PLAT_PORT_COM2, PLAT_PORT_COM3};

	for (unsigned i = 0; i < LEGACY_COMS; i++) {
		if (data[i] != port)
			continue;
		serial_write_many(&l->com[i].serial, buf, n);
		l->client[LEGACY_COM1 + i].writes += n;
		return true;
	}
	return false;
}

bool legacy_can_output(const struct legacy *l)
{
	for (unsigned i = LEGACY_COM2; i < LEGACY_COMS; i++) {
		struct pollfd p = {l->com[i].out_fd, POLLOUT, 0};

		if (p.fd >= 0 && poll(&p, 1, 0) != 1)
			return false;
	}
	return true;
}
