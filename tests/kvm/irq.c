/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raises interrupts of a running payload through irqfds, in one process with
 * the machine, and checks what the guest saw and what KVM gave back.
 *
 *   kvm-irq edge|level|shared|msi|detach PAYLOAD
 *
 * The payload prints "ready" and "got N" on COM1, which is a pipe to here.
 * Status 0 when all went as it should, else 1 and a line that says what did
 * not.  Knows the order of one test; what the payload does is irq.c's in
 * guest/payload.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "vmm/machine/machine.h"

#define COUNT       5
#define EDGE_GSI    5
#define PAYLOAD_MAX (1 << 20)
#define WAIT_MS     20000
#define QUIET_MS    200
#define VECTOR      0x40 /* the payload's, for every line */

struct test {
	struct machine_config cfg;
	struct machine *machine;
	pthread_t thread;
	struct stop why; /* when the thread has ended */
	int console;     /* read end */
	int irq_fd;
	int resample_fd; /* -1: none */
	int gsi;
	char text[4096]; /* what the guest has said */
	size_t len;
};

static void die(const char *what)
{
	const char *why = err_last();

	fprintf(stderr, "kvm-irq: %s%s%s\n", what, *why ? ": " : "", why);
	exit(1);
}

static void check(bool good, const char *what)
{
	if (!good)
		die(what);
}

static bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

/* Reads on until the guest has said @line. */
static bool hears(struct test *t, const char *line, int ms)
{
	while (!strstr(t->text, line)) {
		ssize_t n;

		if (!readable(t->console, ms))
			return false;
		n = read(t->console, t->text + t->len,
			 sizeof(t->text) - 1 - t->len);
		if (n <= 0)
			return false;
		t->len += (size_t)n;
		t->text[t->len] = '\0';
	}
	return true;
}

static void expect(struct test *t, const char *line)
{
	if (hears(t, line, WAIT_MS))
		return;
	fprintf(stderr, "kvm-irq: no \"%s\"; the guest said:\n%s", line,
		t->text);
	exit(1);
}

static void load(struct test *t, const char *path)
{
	static uint8_t elf[PAYLOAD_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, elf, sizeof(elf));

	check(n > 0, path);
	fd_close(&fd);
	t->cfg.boot.kernel = (struct boot_blob){elf, (size_t)n, path};
}

static void build(struct test *t, const char *cmdline)
{
	int com1[2];

	check(!pipe2(com1, O_CLOEXEC), "pipe2");
	t->console = com1[0];
	t->cfg.ncpus = 1;
	t->cfg.ram_size = 64 << 20;
	t->cfg.boot.cmdline = cmdline;
	t->cfg.input_fd = -1;
	t->cfg.fired_fd = -1;
	for (unsigned i = 0; i < LEGACY_COMS; i++)
		t->cfg.out_fd[i] = i == LEGACY_COM1 ? com1[1] : -1;
	t->machine = calloc(1, sizeof(*t->machine));
	check(t->machine, "no memory");
	check(!machine_open(t->machine, &t->cfg), "machine_open");
}

static void *run(void *arg)
{
	struct test *t = arg;

	t->why = machine_run(t->machine);
	return NULL;
}

static void attach(struct test *t, int gsi, bool level)
{
	t->gsi = gsi;
	t->irq_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->resample_fd = level ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	check(t->irq_fd >= 0 && (!level || t->resample_fd >= 0), "eventfd");
	check(!kvm_irq_attach(&t->machine->irqs, gsi, t->irq_fd,
			      t->resample_fd),
	      "kvm_irq_attach");
	check(!pthread_create(&t->thread, NULL, run, t), "pthread_create");
	expect(t, "ready\n");
}

static void raise_line(struct test *t)
{
	check(!eventfd_write(t->irq_fd, 1), "eventfd_write");
}

/* One at a time: two that come together may be taken for one. */
static void raise_all(struct test *t)
{
	for (unsigned i = 1; i <= COUNT; i++) {
		char line[16];

		snprintf(line, sizeof(line), "got %u\n", i);
		raise_line(t);
		expect(t, line);
	}
}

/* Each EOI gives the line back, once: KVM has lowered it by then. */
static void raise_level(struct test *t)
{
	for (unsigned i = 1; i <= COUNT; i++) {
		eventfd_t n = 0;
		char line[16];

		snprintf(line, sizeof(line), "got %u\n", i);
		check(eventfd_read(t->resample_fd, &n) && errno == EAGAIN,
		      "resamplefd fired before the interrupt");
		raise_line(t);
		expect(t, line);
		check(readable(t->resample_fd, WAIT_MS),
		      "no resamplefd at the guest's EOI");
		check(!eventfd_read(t->resample_fd, &n) && n == 1,
		      "resamplefd fired more than once");
	}
}

/* Every one on a line hears of an EOI: it may have been its own. */
static void hear_eoi(const int resample_fd[2])
{
	for (unsigned i = 0; i < 2; i++) {
		eventfd_t n = 0;

		check(readable(resample_fd[i], WAIT_MS),
		      "no resamplefd at the guest's EOI");
		check(!eventfd_read(resample_fd[i], &n) && n == 1,
		      "resamplefd fired more than once");
	}
}

static void join(struct test *t)
{
	check(!pthread_join(t->thread, NULL), "pthread_join");
	check(!machine_close(t->machine), "machine_close");
	free(t->machine);
}

/* The payload ends by itself when it has seen all that it was to see. */
static void finish(struct test *t)
{
	join(t);
	check(t->why.reason == STOP_EXIT && t->why.status == 0,
	      "the payload did not end with 0");
}

static void test_edge(struct test *t)
{
	build(t, "gsi=5 count=5");
	attach(t, EDGE_GSI, false);
	raise_all(t);
	finish(t);
}

static void test_level(struct test *t)
{
	build(t, "gsi=16 count=5 level=1");
	attach(t, PLAT_GSI_PCI, true);
	raise_level(t);
	finish(t);
}

/* Two devices on one line, in turn */
static void test_shared(struct test *t)
{
	int irq_fd[2];
	int resample_fd[2];

	build(t, "gsi=16 count=6 level=1");
	irq_fd[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	resample_fd[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	check(irq_fd[0] >= 0 && resample_fd[0] >= 0, "eventfd");
	check(!kvm_irq_attach(&t->machine->irqs, PLAT_GSI_PCI, irq_fd[0],
			      resample_fd[0]),
	      "kvm_irq_attach");
	attach(t, PLAT_GSI_PCI, true);
	irq_fd[1] = t->irq_fd;
	resample_fd[1] = t->resample_fd;
	for (unsigned i = 1; i <= 6; i++) {
		char line[16];

		snprintf(line, sizeof(line), "got %u\n", i);
		check(!eventfd_write(irq_fd[i % 2], 1), "eventfd_write");
		expect(t, line);
		hear_eoi(resample_fd);
	}
	finish(t);
}

/* An MSI needs no pin: the message itself names processor and vector. */
static void test_msi(struct test *t)
{
	struct kvm_irq_msi msg = {PLAT_LAPIC_GPA, VECTOR};
	int gsi;

	build(t, "gsi=5 count=5");
	gsi = kvm_irq_route_msi(&t->machine->irqs, -1, msg);
	check(gsi >= KVM_IRQ_PINS, "kvm_irq_route_msi");
	attach(t, gsi, false);
	raise_all(t);
	finish(t);
}

/* Nothing arrives by an eventfd that was taken off. */
static void test_detach(struct test *t)
{
	build(t, "gsi=5 count=2");
	attach(t, EDGE_GSI, false);
	raise_line(t);
	expect(t, "got 1\n");
	check(!kvm_irq_detach(&t->machine->irqs, t->gsi, t->irq_fd),
	      "kvm_irq_detach");
	raise_line(t);
	check(!hears(t, "got 2\n", QUIET_MS), "interrupt after the detach");
	pthread_mutex_lock(&t->machine->lock);
	machine_stop(t->machine, (struct stop){.reason = STOP_USER});
	pthread_mutex_unlock(&t->machine->lock);
	join(t);
	check(t->why.reason == STOP_USER, "it ended for another reason");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(struct test *t);
	} tests[] = {
		{"edge", test_edge},     {"level", test_level},
		{"shared", test_shared}, {"msi", test_msi},
		{"detach", test_detach},
	};
	static struct test t;

	check(argc == 3, "usage: kvm-irq edge|level|shared|msi|detach PAYLOAD");
	load(&t, argv[2]);
	for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
		if (strcmp(argv[1], tests[i].name))
			continue;
		tests[i].test(&t);
		return 0;
	}
	die("no such test");
	return 1;
}
