/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvfio-user's samples gpio-pci-idio-16 and server: what they promise.
 *
 * Knows these two devices; neither has more than INTx.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/interop/client.h"

/* ---- samples/gpio-pci-idio-16 ----------------------------------------- */

/* BAR 2 is 256 bytes of ports; INTx is there and never fires */
static void gpio_info(struct test *t)
{
	struct vfio_device *d = &t->d;

	equal(vfio_config_read(d, 0, 4), 0x0dc8494f, "vendor and device");
	equal(vfio_config_read(d, 0x0e, 1), 0, "header type");
	equal(d->region[VFIO_PCI_CONFIG_REGION_INDEX].size, 256, "config size");
	for (unsigned i = 0; i <= VFIO_PCI_ROM_REGION_INDEX; i++)
		equal(d->region[i].size, i == 2 ? 0x100 : 0, "size of a BAR");
	equal(d->region[2].nareas, 0, "nothing to map");
	equal(d->irq[VFIO_PCI_INTX_IRQ_INDEX].count, 1, "INTx");
	equal(d->irq[VFIO_PCI_MSI_IRQ_INDEX].count, 0, "MSI");
	equal(d->irq[VFIO_PCI_MSIX_IRQ_INDEX].count, 0, "MSI-X");
	check(d->flags & VFIO_DEVICE_FLAGS_RESET, "it can be reset");
	check(strstr(d->name, t->path), "its name is the socket's");
}

static void gpio_config(struct test *t)
{
	struct vfio_device *d = &t->d;

	check(!vfio_config_write(d, 4, 2, 7), "command");
	equal(vfio_config_read(d, 4, 2), 7, "command");
	check(!vfio_config_write(d, 4, 2, 0), "command");
	equal(vfio_config_read(d, 4, 2), 0, "command");
	check(!vfio_config_write(d, 0x3c, 1, 11), "interrupt line");
	equal(vfio_config_read(d, 0x3c, 1), 11, "interrupt line");
	equal(vfio_config_read(d, 0, 2), 0x494f, "vendor");
	equal(vfio_config_read(d, 2, 1), 0xc8, "a byte of the device");
}

/* Its first register grows by one with every third read of it */
static void gpio_ports(struct test *t)
{
	uint8_t v[12];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = (uint8_t)rd(t, 2, 0, 1U << i % 3);
	for (size_t i = 3; i < ARRAY_SIZE(v); i++)
		equal(v[i], (uint8_t)(v[i - 3] + 1), "register 0");
	wr(t, 2, 0, 1, 0x55);
	wr(t, 2, 0xfc, 4, 0x12345678);
	equal((uint8_t)rd(t, 2, 0, 1), (uint8_t)(v[9] + 1), "register 0");
}

static void gpio_irq(struct test *t)
{
	int fire = event_new(), unmask = event_new();

	check(!vfio_irq_enable(&t->d, VFIO_PCI_INTX_IRQ_INDEX, 0, &fire, 1),
	      "INTx");
	check(!vfio_irq_unmask_on(&t->d, unmask), "unmask on");
	check(!vfio_irq_mask(&t->d), "mask");
	check(!vfio_irq_unmask(&t->d), "unmask");
	for (unsigned i = 0; i < 100; i++)
		check(!eventfd_write(unmask, 1), "eventfd");
	equal(vfio_config_read(&t->d, 0, 4), 0x0dc8494f, "config space");
	check(!vfio_irq_disable(&t->d, VFIO_PCI_INTX_IRQ_INDEX), "disable");
	check(!vfio_irq_enable(&t->d, VFIO_PCI_INTX_IRQ_INDEX, 0, &fire, 1),
	      "INTx again");
	check(!vfio_irq_disable(&t->d, VFIO_PCI_INTX_IRQ_INDEX), "disable");
	equal(event_count(fire, 0), 0, "INTx");
	close(fire);
	close(unmask);
}

/* ---- samples/server --------------------------------------------------- */

static void server_info(struct test *t)
{
	const struct vfio_region *r = &t->d.region[1];

	equal(vfio_config_read(&t->d, 0, 4), 0xbeefdead, "vendor and device");
	equal(vfio_config_read(&t->d, 0x2c, 4), 0xbabecafe, "subsystem");
	equal(t->d.region[0].size, 8, "size of BAR 0");
	equal(r->nareas, 2, "parts of BAR 1 to map");
	equal(r->area[0].start, 0, "first part");
	equal(r->area[0].len, 0x1000, "length of it");
	equal(range_end(r->area[1]), r->size, "end of the second part");
	equal(r->area[1].len, 0x1000, "length of it");
}

/* A read by message is always of its first bytes, whatever is asked for */
static void server_mapped(struct test *t)
{
	const struct vfio_region *r = &t->d.region[1];
	uint8_t *a = vfio_region_map(&t->d, r, r->area[0]);
	uint8_t *b = vfio_region_map(&t->d, r, r->area[1]);

	check(a && b, "map");
	le_put(a, 8, 0x1122334455667788);
	equal(rd(t, 1, 0, 8), 0x1122334455667788, "what was written, read");
	wr(t, 1, 4, 4, 0xa5a5a5a5);
	equal(le_get(a, 8), 0xa5a5a5a555667788, "what was sent, mapped");
	wr(t, 1, r->area[1].start + 0x10, 4, 0xcafef00d);
	equal(le_get(b + 0x10, 4), 0xcafef00d, "in the second part");
	vfio_region_unmap(a, r->area[0].len);
	vfio_region_unmap(b, r->area[1].len);
}

/*
 * At the time written to BAR 0 it fires INTx and then writes a page of 'A' by
 * message, reads it back and ends if it is another.  Until then nothing may be
 * sent: without a second socket it takes the next message for its answer.
 */
static void server_interrupt(struct test *t)
{
	const struct timespec pause = {.tv_nsec = 300000000};
	const uint8_t *ram = t->ram.part[0].hva;
	int fire = event_new();

	check(!vfio_irq_enable(&t->d, VFIO_PCI_INTX_IRQ_INDEX, 0, &fire, 1),
	      "INTx");
	wr(t, 0, 0, 8, (uint64_t)time(NULL) + 2);
	equal(event_count(fire, WAIT_MS), 1, "INTx");
	nanosleep(&pause, NULL);
	for (unsigned i = 0; i < 4096; i++)
		equal(ram[i], 'A', "what DMA wrote");
	equal(ram[4096], 0, "what is behind");
	check(rd(t, 0, 0, 8) < 1000, "the server is still there");
	check(!vfio_irq_disable(&t->d, VFIO_PCI_INTX_IRQ_INDEX), "disable");
	close(fire);
}

/* clang-format off */
const struct interop_case sample_cases[] = {
	{"gpio-open",          any_nothing, NULL},
	{"gpio-info",          gpio_info, NULL},
	{"gpio-config",        gpio_config, NULL},
	{"gpio-ports",         gpio_ports, NULL},
	{"gpio-irq",           gpio_irq, NULL},
	{"gpio-reset",         any_reset, NULL},
	{"gpio-remap",         any_remap, NULL},
	{"gpio-many",          NULL, many_clients},
	{"server-info",        server_info, NULL},
	{"server-mapped",      server_mapped, NULL},
	{"server-reset",       any_reset, NULL},
	{"server-interrupt",   server_interrupt, NULL},
	{NULL, NULL, NULL},
};
/* clang-format on */
