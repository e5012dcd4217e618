/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The responder against the kernel's own TCP/IP: in a network namespace of its
 * own, a wire with a TAP interface and one with the responder are tied together
 * by a child process, and ordinary tools talk over them.
 *
 * Skipped where there is no /dev/net/tun, no right to make a namespace, or a
 * tool is missing; what is missing is said.
 */
#include <criterion/criterion.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/twin/wire/wire.h"
#include "tests/unit/test_wire_peer.h"

#define NS UINT64_C(1000000000)

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

static bool move(struct wire *from, struct wire *to)
{
	const uint8_t *p;
	bool any = false;
	size_t len;

	while ((p = wire_peek(from, 0, &len))) {
		wire_send(to, 0, p, len, now());
		wire_pop(from, 0);
		any = true;
	}
	return any;
}

static int timeout_ms(const struct wire *w)
{
	uint64_t at = wire_deadline(w);
	uint64_t t = now();

	return at == UINT64_MAX ? -1
	       : at <= t        ? 0
				: (int)((at - t) / 1000000 + 1);
}

/* Tie the two wires together until killed. */
static void pump(struct wire *tap, struct wire *resp)
{
	struct pollfd f;
	nfds_t n;
	bool any;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		do {
			any = move(tap, resp);
			any = move(resp, tap) || any;
		} while (any);
		n = (nfds_t)wire_fds(tap, &f, 1);
		poll(&f, n, timeout_ms(resp));
		wire_ready(tap, &f, n, now());
		wire_tick(resp, now());
	}
}

static bool run(const char *script)
{
	char *cmd;
	int rc;

	cr_assert(asprintf(&cmd, "timeout 60 bash -euo pipefail -c '%s'",
			   script) > 0);
	rc = system(cmd);
	free(cmd);
	return rc == 0;
}

static struct wire *tap;
static struct wire *resp;
static pid_t child;

/* The namespace, the wires and the child, with @mtu; or skip the test. */
static void start(unsigned mtu)
{
	char script[200];

	alarm(90);
	if (!run("for t in ip ping nc cmp busybox; do command -v $t; done "
		 ">/dev/null"))
		cr_skip_test("apt-get install iproute2 iputils-ping "
			     "netcat-openbsd busybox");
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		cr_skip_test("no right to make a network namespace: be root");
	if (wire_open(&tap, "tap:wt0", NULL, 1, now()) < 0)
		cr_skip_test("%s", err_last());
	cr_assert_eq(wire_open(&resp, "responder", NULL, 1, now()), 0);
	child = fork();
	if (!child)
		pump(tap, resp);
	wire_close(&tap);
	snprintf(script, sizeof(script),
		 "ip link set wt0 mtu %u up; ip addr add 10.0.2.15/24 dev wt0; "
		 "ip addr add fd00::15/64 dev wt0 nodad",
		 mtu);
	cr_assert(run(script));
}

static void stop(void)
{
	wire_close(&resp);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

TestSuite(wire_tap, .fini = stop);

Test(wire_tap, ping_of_every_kind)
{
	start(1500);
	cr_assert(run("ping -q -c 2 -i 0.1 10.0.2.2 >/dev/null"));
	cr_assert(run("ping -q -c 2 -i 0.1 -s 8000 10.0.2.2 >/dev/null"));
	cr_assert(run("ping -q -c 1 -s 65507 10.0.2.2 >/dev/null"));
	cr_assert(run("ping -q -b -c 1 10.0.2.255 >/dev/null 2>&1"));
	cr_assert(run("ping -q -c 2 -i 0.1 -s 8000 fd00::2 >/dev/null"));
	cr_assert_not(run("ping -q -c 1 -W 1 10.0.2.3 >/dev/null"));
}

Test(wire_tap, dhcp_client_gets_the_address)
{
	start(1500);
	cr_assert(run("busybox udhcpc -f -q -n -i wt0 -s /bin/true 2>&1 | "
		      "grep -q \"lease of 10.0.2.15 obtained\""));
}

#define ECHO(size, addr)                                                       \
	"d=$(mktemp -d); trap \"rm -r $d\" EXIT; head -c " size                \
	" /dev/urandom >$d/a; nc -N " addr " 7 <$d/a >$d/b; cmp $d/a $d/b"

Test(wire_tap, echo_of_64_mib_is_equal_over_ipv4)
{
	start(1500);
	cr_assert(run(ECHO("64M", "10.0.2.2")));
}

Test(wire_tap, echo_of_16_mib_is_equal_over_ipv6_with_jumbo_frames)
{
	start(9000);
	cr_assert(run(ECHO("16M", "fd00::2")));
}

Test(wire_tap, discard_takes_all_and_other_ports_refuse)
{
	start(1500);
	cr_assert(run("head -c 16M /dev/zero | nc -N 10.0.2.2 9"));
	cr_assert_not(run("nc -z 10.0.2.2 80"));
	cr_assert(run("nc -z fd00::2 9"));
}

Test(wire_tap, chargen_is_the_pattern)
{
	static uint8_t got[100000];
	FILE *f;

	start(1500);
	f = popen("timeout 20 nc -d 10.0.2.2 19 | head -c 100000", "r");
	cr_assert_not_null(f);
	cr_assert_eq(fread(got, 1, sizeof(got), f), sizeof(got));
	for (size_t i = 0; i < sizeof(got); i++)
		cr_assert_eq(got[i], wire_chargen(i), "byte %zu", i);
	pclose(f);
}

Test(wire_tap, an_interface_that_is_deleted_unplugs_its_port)
{
	uint8_t frame[60] = {0};
	struct pollfd f;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		cr_skip_test("no right to make a network namespace: be root");
	if (wire_open(&tap, "tap:wt1", NULL, 1, now()) < 0)
		cr_skip_test("%s", err_last());
	cr_assert_eq(wire_fds(tap, &f, 1), 1);
	cr_assert(run("ip link del wt1"));
	cr_assert_eq(poll(&f, 1, 1000), 1);
	wire_ready(tap, &f, 1, now());
	cr_expect_eq(wire_fds(tap, &f, 1), 0);
	cr_expect_not(wire_plugged(tap, 0));
	wire_send(tap, 0, frame, sizeof(frame), now());
	wire_close(&tap);
}
