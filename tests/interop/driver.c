/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the device of peer.c: every size of access, mapped memory,
 * twenty MSI-X vectors, DMA by either way, all of them at a time, and its end.
 *
 * Knows peer.h, and that a server without a second socket for its own messages
 * must not be sent any while it waits for an answer.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/interop/client.h"
#include "tests/interop/peer.h"

/* ---- peer.c ----------------------------------------------------------- */

#define REG(member) offsetof(struct peer_regs, member)

static void peer_info(struct test *t)
{
	struct vfio_device *d = &t->d;
	uint8_t cap = (uint8_t)vfio_config_read(d, 0x34, 1);

	equal(vfio_config_read(d, 0, 4), PEER_DEVICE << 16 | PEER_VENDOR,
	      "vendor and device");
	equal(d->region[VFIO_PCI_CONFIG_REGION_INDEX].size, 4096,
	      "config size");
	equal(rd(t, 0, REG(magic), 4), PEER_MAGIC, "BAR 0");
	equal(d->irq[VFIO_PCI_MSIX_IRQ_INDEX].count, PEER_VECTORS, "MSI-X");
	equal(vfio_config_read(d, cap, 1), 0x11, "the MSI-X capability");
	equal(vfio_config_read(d, cap + 2u, 2), PEER_VECTORS - 1, "its size");
	equal(rd(t, 0, REG(maps), 4), 2, "parts of RAM");
	equal(rd(t, 0, REG(mapped), 8), LOW_RAM + HIGH_RAM, "bytes of RAM");
}

static void peer_sizes(struct test *t)
{
	const uint64_t val = 0x8877665544332211;

	for (size_t len = 1; len <= 8; len *= 2)
		for (size_t off = 0; off < 8; off += len) {
			wr(t, 0, REG(scratch), 8, val);
			equal(rd(t, 0, REG(scratch) + off, len),
			      val >> (8 * off) & ones(len), "read");
			wr(t, 0, REG(scratch) + off, len, 0);
			equal(rd(t, 0, REG(scratch), 8),
			      val & ~(ones(len) << (8 * off)), "write");
		}
}

static void peer_mapped(struct test *t)
{
	const struct vfio_region *r = &t->d.region[2];
	uint8_t *p;

	equal(r->nareas, 1, "parts to map");
	equal(r->area[0].start, PEER_AREA, "where it starts");
	equal(r->area[0].len, PEER_AREA_SIZE, "its length");
	p = vfio_region_map(&t->d, r, (struct range){0x2000, 0x1000});
	check(p, "map the second page of it");
	for (unsigned i = 0; i < 0x1000; i += 4)
		le_put(p + i, 4, i * 0x10001);
	for (unsigned i = 0; i < 0x1000; i += 0x100)
		equal(rd(t, 2, 0x2000 + i, 4), i * 0x10001, "read");
	wr(t, 2, 0x2ffc, 4, 0x600df00d);
	equal(le_get(p + 0xffc, 4), 0x600df00d, "written");
	vfio_region_unmap(p, 0x1000);
}

/* Starts a command and waits for its interrupt @fd; its status. */
static uint32_t peer_do(struct test *t, enum peer_command what, uint32_t vector,
			int fd)
{
	wr(t, 0, REG(command), 4, what | vector << 8);
	equal(event_count(fd, WAIT_MS), 1, "interrupts");
	return (uint32_t)rd(t, 0, REG(status), 4);
}

static void peer_msix(struct test *t)
{
	const uint32_t msix = VFIO_PCI_MSIX_IRQ_INDEX;
	int fd[PEER_VECTORS], other = event_new(), none = -1;

	for (unsigned i = 0; i < PEER_VECTORS; i++)
		fd[i] = event_new();
	check(!vfio_irq_enable(&t->d, msix, 0, fd, PEER_VECTORS), "MSI-X");
	for (uint32_t i = 0; i < PEER_VECTORS; i++)
		equal(peer_do(t, PEER_RING, i, fd[i]), 0, "ring");
	check(!vfio_irq_enable(&t->d, msix, 5, &other, 1), "one vector anew");
	equal(peer_do(t, PEER_RING, 5, other), 0, "ring");
	check(!vfio_irq_enable(&t->d, msix, 0, &none, 1), "one without");
	wr(t, 0, REG(command), 4, PEER_RING);
	equal(peer_do(t, PEER_RING, 19, fd[19]), 0, "ring");
	for (unsigned i = 0; i < PEER_VECTORS; i++)
		equal(event_count(fd[i], 0), 0, "interrupts of others");
	check(!vfio_irq_disable(&t->d, msix), "disable");
	wr(t, 0, REG(command), 4, PEER_RING | 19 << 8);
	equal(event_count(fd[19], QUIET_MS), 0, "interrupts when disabled");
	for (unsigned i = 0; i < PEER_VECTORS; i++)
		close(fd[i]);
	close(other);
}

/* Vectors with and without an eventfd in turns, then all three kinds */
static void peer_kinds(struct test *t)
{
	const uint32_t msix = VFIO_PCI_MSIX_IRQ_INDEX;
	int fd[PEER_VECTORS], one = event_new();

	for (unsigned i = 0; i < PEER_VECTORS; i++)
		fd[i] = i % 3 ? one : -1;
	check(!vfio_irq_enable(&t->d, msix, 0, fd, PEER_VECTORS), "MSI-X");
	for (uint32_t i = 0; i < PEER_VECTORS; i++)
		if (i % 3)
			equal(peer_do(t, PEER_RING, i, one), 0, "ring");
	check(!vfio_irq_disable(&t->d, msix), "disable");
	check(!vfio_irq_enable(&t->d, VFIO_PCI_INTX_IRQ_INDEX, 0, &one, 1),
	      "INTx");
	equal(peer_do(t, PEER_RING, 0, one), 0, "INTx");
	check(!vfio_irq_unmask(&t->d), "unmask");
	equal(peer_do(t, PEER_RING, 0, one), 0, "INTx again");
	check(!vfio_irq_disable(&t->d, VFIO_PCI_INTX_IRQ_INDEX), "disable");
	check(!vfio_irq_enable(&t->d, msix, 0, &one, 1), "MSI-X again");
	equal(peer_do(t, PEER_RING, 0, one), 0, "MSI-X");
	check(!vfio_irq_disable(&t->d, msix), "disable");
	close(one);
}

static uint8_t pattern(uint64_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

/* The device inverts @len bytes at @gpa; nothing around them changes. */
static void invert(struct test *t, enum peer_command how, uint64_t gpa,
		   uint32_t len, int fd)
{
	uint8_t *p = gmem_at(&t->ram, gpa, len);
	const uint8_t *end = gmem_at(&t->ram, gpa + len, 1);
	uint8_t behind = end ? *end : 0;

	check(p, "RAM");
	for (uint32_t i = 0; i < len; i++)
		p[i] = pattern(i);
	wr(t, 0, REG(iova), 8, gpa);
	wr(t, 0, REG(len), 4, len);
	if (how == PEER_DMA_NOW) {
		wr(t, 0, REG(command), 4, how);
		equal(rd(t, 0, REG(status), 4), 0, "status");
	} else {
		equal(peer_do(t, how, 0, fd), 0, "status");
	}
	for (uint32_t i = 0; i < len; i++)
		equal(p[i], (uint8_t)~pattern(i), "memory");
	equal(end ? *end : 0, behind, "memory behind it");
}

/* At the start of each part; the last is more than goes into one message */
static void dma_starts(struct test *t, enum peer_command how)
{
	int fd = event_new();

	check(!vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, &fd, 1),
	      "MSI-X");
	invert(t, how, 0, 4096, fd);
	invert(t, how, 0, 1, fd);
	invert(t, how, HIGH_GPA, 100000, fd);
	invert(t, how, 0, 5 * MiB, fd);
	check(!vfio_irq_disable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX), "disable");
	close(fd);
}

static void dma_anywhere(struct test *t, enum peer_command how)
{
	int fd = event_new();

	check(!vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, &fd, 1),
	      "MSI-X");
	invert(t, how, 0x12345, 1, fd);
	invert(t, how, 0x23456, 100000, fd);
	invert(t, how, LOW_RAM - 512, 512, fd);
	invert(t, how, HIGH_GPA + HIGH_RAM - 3, 3, fd);
	invert(t, how, 2 * MiB, 5 * MiB + 1, fd);
	check(!vfio_irq_disable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX), "disable");
	close(fd);
}

static void peer_dma(struct test *t)
{
	dma_starts(t, PEER_DMA_MAPPED);
	dma_anywhere(t, PEER_DMA_MAPPED);
}

static void peer_messages(struct test *t)
{
	dma_starts(t, PEER_DMA_MESSAGES);
}

static void peer_now(struct test *t)
{
	dma_starts(t, PEER_DMA_NOW);
}

static void twin_messages(struct test *t)
{
	dma_anywhere(t, PEER_DMA_MESSAGES);
	dma_anywhere(t, PEER_DMA_NOW);
}

/* Where there is no RAM the device is told so, and lives on */
static void peer_nowhere(struct test *t)
{
	int fd = event_new();

	check(!vfio_irq_enable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX, 0, &fd, 1),
	      "MSI-X");
	wr(t, 0, REG(len), 4, 4096);
	wr(t, 0, REG(iova), 8, LOW_RAM - 2048);
	check(peer_do(t, PEER_DMA_MESSAGES, 0, fd), "half in RAM");
	wr(t, 0, REG(iova), 8, 2 * GiB);
	check(peer_do(t, PEER_DMA_MAPPED, 0, fd), "not in RAM");
	check(!vfio_user.unmap(t->c, t->ram.part[1].gpa), "unmap");
	wr(t, 0, REG(iova), 8, HIGH_GPA);
	check(peer_do(t, PEER_DMA_MAPPED, 0, fd), "no longer in RAM");
	equal(rd(t, 0, REG(maps), 4), 1, "parts of RAM");
	check(!vfio_user.map(t->c, &t->ram, 1), "map");
	equal(peer_do(t, PEER_DMA_MAPPED, 0, fd), 0, "in RAM again");
	check(!vfio_irq_disable(&t->d, VFIO_PCI_MSIX_IRQ_INDEX), "disable");
	close(fd);
}

static void peer_reset(struct test *t)
{
	uint64_t before = rd(t, 0, REG(resets), 4);

	check(!vfio_device_reset(&t->d), "reset");
	equal(rd(t, 0, REG(resets), 4), before + 1, "resets");
	equal(rd(t, 0, REG(maps), 4), 2, "parts of RAM");
}

struct busy {
	struct test *t;
	atomic_bool stop;
	unsigned reads;
};

static void *keep_reading(void *arg)
{
	struct busy *b = arg;

	while (!atomic_load(&b->stop)) {
		equal(rd(b->t, 0, REG(magic), 4), PEER_MAGIC, "busy");
		b->reads++;
	}
	return NULL;
}

/* Two threads read all the time while @work is done */
static void while_busy(struct test *t, void (*work)(struct test *t))
{
	struct busy b[2] = {{.t = t}, {.t = t}};
	pthread_t thread[2];

	for (unsigned i = 0; i < 2; i++)
		check(!pthread_create(&thread[i], NULL, keep_reading, &b[i]),
		      "thread");
	work(t);
	for (unsigned i = 0; i < 2; i++) {
		atomic_store(&b[i].stop, true);
		pthread_join(thread[i], NULL);
		check(b[i].reads > 10, "each has had its turn");
	}
}

static void busy_work(struct test *t)
{
	for (unsigned i = 0; i < 5; i++) {
		peer_msix(t);
		any_remap(t);
	}
	peer_dma(t);
}

static void peer_busy(struct test *t)
{
	while_busy(t, busy_work);
}

/* Only over a second socket: a server without takes reads for answers */
static void twin_busy(struct test *t)
{
	while_busy(t, peer_messages);
	while_busy(t, twin_messages);
}

static void peer_dies(struct test *t)
{
	struct pollfd p = {.fd = t->d.lost_fd, .events = POLLIN};
	uint32_t val = 0;

	check(t->d.lost_fd >= 0, "somebody will tell");
	check(!vfio_user.check(&t->d), "it is there");
	wr(t, 0, REG(command), 4, PEER_DIE);
	equal((uint64_t)poll(&p, 1, WAIT_MS), 1, "it is gone");
	check(vfio_user.check(&t->d), "the check says so");
	check(strstr(err_last(), t->path), "and which socket");
	check(vfio_region_read(&t->d, &t->d.region[0], 0, &val, 4), "a read");
	equal(val, UINT32_MAX, "reads");
	equal(vfio_config_read(&t->d, 0, 4), UINT32_MAX, "config space");
	vfio_device_close(&t->d);
	vfio_user.container_close(t->c);
	puts(err_last());
	exit(0);
}

/* The server has one client at a time; the next one is not left hanging */
static void second_client(const char *path)
{
	static struct test first, second;
	time_t start = time(NULL);

	test_open(&first, path);
	second.path = path;
	check(try_open(&second), "two clients at a time");
	check(time(NULL) - start < 20, "it gave up in time");
	check(strstr(err_last(), path), "the message names the socket");
	puts(err_last());
	vfio_user.container_close(second.c);
	any_reset(&first);
	test_close(&first);
}

/* clang-format off */
const struct interop_case peer_cases[] = {
	{"peer-info",          peer_info, NULL},
	{"peer-sizes",         peer_sizes, NULL},
	{"peer-mapped",        peer_mapped, NULL},
	{"peer-msix",          peer_msix, NULL},
	{"peer-kinds",         peer_kinds, NULL},
	{"peer-dma",           peer_dma, NULL},
	{"peer-messages",      peer_messages, NULL},
	{"peer-now",           peer_now, NULL},
	{"peer-nowhere",       peer_nowhere, NULL},
	{"peer-reset",         peer_reset, NULL},
	{"peer-busy",          peer_busy, NULL},
	{"peer-twin-messages", twin_messages, NULL},
	{"peer-twin-busy",     twin_busy, NULL},
	{"peer-many",          NULL, many_clients},
	{"peer-second",        NULL, second_client},
	{"peer-dies",          peer_dies, NULL},
	{NULL, NULL, NULL},
};
/* clang-format on */
