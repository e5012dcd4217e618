/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vfio-user back end against servers that we did not write.
 *
 *   interop CASE SOCKET     one case: status 0, or 1 and a line that says why
 *   interop                 their names
 *
 * gpio-* and server-* are for libvfio-user's samples of these names
 * (samples.c), peer-* for peer.c (driver.c).  Everything is asked of the
 * devices through vfio/, as the machine asks it.
 */
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/interop/client.h"

/* ---- failing ---------------------------------------------------------- */

void die(const char *what)
{
	const char *why = err_last();

	fprintf(stderr, "interop: %s%s%s\n", what, *why ? ": " : "", why);
	exit(1);
}

void check(bool good, const char *what)
{
	if (!good)
		die(what);
}

void equal(uint64_t got, uint64_t want, const char *what)
{
	if (got == want)
		return;
	fprintf(stderr, "interop: %s: 0x%llx where 0x%llx was expected\n", what,
		(unsigned long long)got, (unsigned long long)want);
	exit(1);
}

/* ---- a client --------------------------------------------------------- */

static void ram_make(struct gmem *m)
{
	int fd = memfd_create("interop", MFD_CLOEXEC);
	uint8_t *hva;

	check(fd >= 0 && !ftruncate(fd, LOW_RAM + HIGH_RAM), "memfd");
	hva = mmap(NULL, LOW_RAM + HIGH_RAM, PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, 0);
	check(hva != MAP_FAILED, "mmap");
	m->n = 2;
	m->part[0] = (struct gmem_part){{0, LOW_RAM}, hva, fd, 0};
	m->part[1] = (struct gmem_part){
		{HIGH_GPA, HIGH_RAM}, hva + LOW_RAM, fd, LOW_RAM};
}

static void ram_free(struct gmem *m)
{
	munmap(m->part[0].hva, LOW_RAM + HIGH_RAM);
	close(m->part[0].fd);
}

int try_open(struct test *t)
{
	const struct vfio_backend *ops = &vfio_user;
	int kvm_fd = 0, rc;

	t->src = (struct vfio_source){.ops = ops, .path = t->path};
	rc = ops->container_open(&t->c);
	if (!rc)
		rc = ops->attach(t->c, &t->src, &kvm_fd);
	check(rc || kvm_fd == -1, "KVM shall not hear of a socket");
	for (unsigned i = 0; !rc && i < t->ram.n; i++)
		rc = ops->map(t->c, &t->ram, t->ram.part[i].gpa);
	return rc ? rc : vfio_device_open(&t->d, t->c, &t->src);
}

void test_open(struct test *t, const char *path)
{
	*t = (struct test){.path = path};
	ram_make(&t->ram);
	check(!try_open(t), "open");
}

void test_close(struct test *t)
{
	for (unsigned i = 0; i < t->ram.n; i++)
		check(!t->src.ops->unmap(t->c, t->ram.part[i].gpa), "unmap");
	vfio_device_close(&t->d);
	check(!t->src.ops->container_close(t->c), "close");
	ram_free(&t->ram);
}

uint64_t rd(struct test *t, unsigned bar, uint64_t off, size_t len)
{
	uint8_t buf[8] = {0};

	check(!vfio_region_read(&t->d, &t->d.region[bar], off, buf, len),
	      "region read");
	return le_get(buf, len);
}

void wr(struct test *t, unsigned bar, uint64_t off, size_t len, uint64_t val)
{
	uint8_t buf[8];

	le_put(buf, len, val);
	check(!vfio_region_write(&t->d, &t->d.region[bar], off, buf, len),
	      "region write");
}

/* ---- eventfds --------------------------------------------------------- */

int event_new(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	check(fd >= 0, "eventfd");
	return fd;
}

/* How often it was written since last time; waits up to @ms for once. */
uint64_t event_count(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint64_t n = 0;

	if (poll(&p, 1, ms) == 1 && read(fd, &n, sizeof(n)) != sizeof(n))
		die("eventfd");
	return n;
}

/* ---- cases for every device ------------------------------------------- */

void any_reset(struct test *t)
{
	uint32_t id = vfio_config_read(&t->d, 0, 4);

	for (unsigned i = 0; i < 10; i++)
		check(!vfio_device_reset(&t->d), "reset");
	equal(vfio_config_read(&t->d, 0, 4), id, "vendor and device");
}

/* test_close() tells that both parts can be unmapped */
void any_remap(struct test *t)
{
	const struct vfio_backend *ops = &vfio_user;

	for (unsigned i = 0; i < 50; i++) {
		check(!ops->unmap(t->c, t->ram.part[i % 2].gpa), "unmap");
		check(!ops->map(t->c, &t->ram, t->ram.part[i % 2].gpa), "map");
	}
}

void any_nothing(struct test *t)
{
	(void)t;
}

static unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	check(d, "/proc/self/fd");
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

void many_clients(const char *path)
{
	static struct test t;
	unsigned before = 0, rounds = 200;

	for (unsigned i = 0; i < rounds; i++) {
		test_open(&t, path);
		any_reset(&t);
		test_close(&t);
		if (!i)
			before = open_files();
	}
	equal(open_files(), before, "open files");
}

/* ---- the program ------------------------------------------------------ */

static const struct interop_case *find(const struct interop_case *c,
				       const char *name)
{
	for (; c->name; c++)
		if (!name)
			puts(c->name);
		else if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static void run(const struct interop_case *c, const char *path)
{
	static struct test t;

	if (c->alone) {
		c->alone(path);
		return;
	}
	test_open(&t, path);
	c->run(&t);
	test_close(&t);
}

int main(int argc, char **argv)
{
	const char *name = argc == 3 ? argv[1] : NULL;
	const struct interop_case *c;

	if (argc != 1 && !name) {
		fprintf(stderr, "usage: interop [CASE SOCKET]\n");
		return 2;
	}
	c = find(sample_cases, name);
	if (!c)
		c = find(peer_cases, name);
	if (name && !c)
		die("no such case");
	if (c)
		run(c, argv[2]);
	return 0;
}
