/* SPDX-License-Identifier: BSD-2-Clause */
/* The exit loop: each reason has a function; all run under the machine's lock
 */
#include "vmm/machine/vcpu.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/first.h"
#include "vmm/machine/lost.h"
#include "vmm/machine/machine.h"

#define KICK_SIGNAL SIGRTMIN

static void on_kick(int sig)
{
	(void)sig; /* its only use is to interrupt KVM_RUN */
}

int vcpu_init_signal(void)
{
	struct sigaction sa = {.sa_handler = on_kick};

	if (sigaction(KICK_SIGNAL, &sa, NULL))
		return err_call(errno, "vCPU", "sigaction", NULL);
	return 0;
}

/* `rep outsb` to a serial port: all bytes in one piece */
static bool string_output(struct machine *m, const struct kvm_run *run,
			  const uint8_t *data)
{
	if (run->io.size != 1 || run->io.count < 2 ||
	    run->io.direction != KVM_EXIT_IO_OUT)
		return false;
	return legacy_output(&m->legacy, run->io.port, data, run->io.count);
}

static void exit_io(struct machine *m, struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	unsigned size = run->io.size;

	if (string_output(m, run, data))
		return;
	for (unsigned i = 0; i < run->io.count; i++, data += size) {
		if (run->io.direction == KVM_EXIT_IO_IN)
			le_put(data, size,
			       bus_read(&m->pio, run->io.port, size));
		else
			bus_write(&m->pio, run->io.port, size,
				  le_get(data, size));
	}
}

static void exit_mmio(struct machine *m, struct kvm_run *run)
{
	unsigned len = run->mmio.len;
	uint64_t gpa = run->mmio.phys_addr;

	if (run->mmio.is_write)
		bus_write(&m->mmio, gpa, len, le_get(run->mmio.data, len));
	else
		le_put(run->mmio.data, 8, bus_read(&m->mmio, gpa, len));
}

static const char *suberror_name(uint32_t suberror)
{
	switch (suberror) {
	case KVM_INTERNAL_ERROR_EMULATION:
		return "an instruction that KVM cannot emulate";
	case KVM_INTERNAL_ERROR_SIMUL_EX:
		return "two exceptions at once";
	case KVM_INTERNAL_ERROR_DELIVERY_EV:
		return "an exit while an event was being delivered";
	default:
		return "see Documentation/virt/kvm/api.rst";
	}
}

static int internal_error(const struct vcpu *c)
{
	const struct kvm_run *run = c->kvm.run;
	uint64_t data[4] = {0};
	unsigned n = run->internal.ndata < 4 ? run->internal.ndata : 4;

	for (unsigned i = 0; i < n; i++)
		data[i] = run->internal.data[i];
	return err_set(EIO,
		       "vCPU %u: KVM_EXIT_INTERNAL_ERROR: suberror %u (%s), "
		       "data 0x%llx 0x%llx 0x%llx 0x%llx; see dmesg on the "
		       "host",
		       c->kvm.id, run->internal.suberror,
		       suberror_name(run->internal.suberror),
		       (unsigned long long)data[0], (unsigned long long)data[1],
		       (unsigned long long)data[2],
		       (unsigned long long)data[3]);
}

static int exit_unknown(const struct vcpu *c)
{
	const struct kvm_run *run = c->kvm.run;

	if (run->exit_reason == KVM_EXIT_FAIL_ENTRY)
		return err_set(EIO,
			       "vCPU %u: KVM_EXIT_FAIL_ENTRY: hardware reason "
			       "0x%llx; see dmesg on the host",
			       c->kvm.id,
			       (unsigned long long)run->fail_entry
				       .hardware_entry_failure_reason);
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		return internal_error(c);
	return err_set(EIO,
		       "vCPU %u: KVM exit reason %u is not handled; use a "
		       "kernel without what caused it, see api.rst",
		       c->kvm.id, run->exit_reason);
}

/*
 * KVM gives an MMIO exit up when an event seems to be under delivery.  A CPU
 * that leaves the type of an event behind that was delivered long ago (QEMU's
 * emulated SVM clears only the valid bit) looks the same, but has forgotten it
 * at the next try: nothing of the guest has changed, so try again.  A guest
 * whose interrupt table really lies in a BAR fails each time, and stays where
 * it is: its registers tell, as a try that went well need not come back here.
 * Observed: kernel 7.3, svm_check_emulate_instruction(); one try is enough.
 */
static bool try_again(struct vcpu *c)
{
	const struct kvm_run *run = c->kvm.run;
	struct kvm_regs now;

	if (run->exit_reason != KVM_EXIT_INTERNAL_ERROR ||
	    run->internal.suberror != KVM_INTERNAL_ERROR_DELIVERY_EV ||
	    kvm_vcpu_regs(&c->kvm, &now))
		return false;
	if (memcmp(&now, &c->tried, sizeof(now)) != 0)
		c->tries = 0;
	c->tried = now;
	return ++c->tries <= VCPU_TRIES;
}

static void serve(struct vcpu *c)
{
	struct machine *m = c->machine;
	struct kvm_run *run = c->kvm.run;

	pthread_mutex_lock(&m->lock);
	machine_drain(m);
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		exit_io(m, run);
		break;
	case KVM_EXIT_MMIO:
		exit_mmio(m, run);
		break;
	case KVM_EXIT_SHUTDOWN:
		machine_stop(m, (struct stop){.reason = STOP_TRIPLE_FAULT});
		break;
	case KVM_EXIT_INTR:
		break;
	default:
		if (try_again(c))
			break;
		exit_unknown(c);
		machine_fail(m);
		break;
	}
	if (run->exit_reason != KVM_EXIT_INTERNAL_ERROR)
		c->tries = 0;
	pthread_mutex_unlock(&m->lock);
}

/*
 * A server that cuts a file takes memory from under a window of its device.
 * Its device is gone then, the event loop is about to hide it, and the guest
 * reads all ones from there; until then the same access faults again.  Of a
 * device whose end is never told the loop does not know: that is the end.
 */
static bool lost_memory(struct vcpu *c, int rc)
{
	struct machine *m = c->machine;
	struct first error = {0};
	bool gone = false;

	if (rc != -EFAULT || c->faults == VCPU_FAULTS)
		return false;
	first_keep(&error, rc);
	for (unsigned i = 0; i < m->ndev; i++)
		gone |= lost_look(m, i);
	first_result(&error);
	if (!gone)
		return false;
	c->faults++;
	usleep(1000);
	return true;
}

/* Into the sandbox; then until the others are there, too: machine.c, start() */
static void begin(struct machine *m)
{
	if (sandbox_enter(&m->sandbox, SANDBOX_VCPU))
		machine_fail(m);
	pthread_mutex_lock(&m->lock);
	pthread_mutex_unlock(&m->lock);
}

/* Others may look at it meanwhile: --stats, SIGUSR1 */
static void count(uint64_t *n)
{
	__atomic_store_n(n, *n + 1, __ATOMIC_RELAXED);
}

static void *loop(void *arg)
{
	struct vcpu *c = arg;
	struct machine *m = c->machine;

	begin(m);
	while (!__atomic_load_n(&m->stopping, __ATOMIC_ACQUIRE)) {
		int rc = kvm_vcpu_run(&c->kvm);

		if (rc == -EINTR) {
			count(&c->interrupted);
			continue;
		}
		if (lost_memory(c, rc))
			continue;
		c->faults = 0;
		if (rc) {
			machine_fail(m);
			break;
		}
		count(&c->returns[c->kvm.run->exit_reason % VCPU_REASONS]);
		serve(c);
	}
	return NULL;
}

/*
 * The user's signals are for the event loop; a vCPU's thread takes only the
 * kick, and is created with exactly that mask.
 */
int vcpu_start(struct vcpu *c, struct machine *m)
{
	sigset_t set;
	sigset_t old;
	int rc;

	c->machine = m;
	sigfillset(&set);
	sigdelset(&set, KICK_SIGNAL);
	pthread_sigmask(SIG_SETMASK, &set, &old);
	rc = pthread_create(&c->thread, NULL, loop, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc)
		return err_call(rc, "vCPU", "pthread_create",
				"raise the limit: ulimit -u");
	c->started = true;
	return 0;
}

static int join_soon(struct vcpu *c)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec++;
	return pthread_timedjoin_np(c->thread, NULL, &t);
}

/* Again and again: a signal is lost when it comes just before a write(). */
void vcpu_join(struct vcpu *c)
{
	if (!c->started)
		return;
	kvm_vcpu_kick(&c->kvm);
	do {
		pthread_kill(c->thread, KICK_SIGNAL);
	} while (join_soon(c) == ETIMEDOUT);
	c->started = false;
}
