/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server as a process: sockets that come and go, clients that do, signals.
 *
 * A child runs the real loop with the real chip; the test is its clients.
 */
#include "tests/unit/test_vfu.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/err.h"
#include "tests/twin/server/server.h"

struct child {
	char dir[32];
	char path[2][64];
	char log[64];
	pid_t pid;
	bool tight; /* no descriptor is left for a client */
	bool mmap;  /* --mmap=0 */
};

static void no_descriptors(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &r);
	while (dup(STDERR_FILENO) >= 0)
		;
}

static void serve(const struct child *c, int ready)
{
	struct vfu_opts o;
	struct vfu_log log;
	struct vfu_server s;
	char *argv[] = {"bcm5720",  "--socket",         (char *)c->path[0],
			"--socket", (char *)c->path[1], "--mmap=0",
			NULL};
	int rc;

	if (!c->mmap)
		argv[5] = NULL;
	rc = vfu_opts_parse(&o, c->mmap ? 6 : 5, argv);

	if (!rc)
		rc = vfu_log_open(&log, c->log, false);
	if (!rc)
		rc = vfu_server_open(&s, &o, &log);
	if (c->tight)
		no_descriptors();
	if (!rc)
		rc = write(ready, "r", 1) == 1 ? vfu_server_run(&s) : -EIO;
	vfu_server_close(&s);
	_exit(rc ? 1 : 0);
}

static void start(struct child *c)
{
	char dir[] = "/tmp/test_vfu.XXXXXX";
	int ready[2];
	char r;

	cr_assert(mkdtemp(dir));
	strcpy(c->dir, dir);
	for (int i = 0; i < 2; i++)
		snprintf(c->path[i], sizeof(c->path[i]), "%s/f%d", dir, i);
	snprintf(c->log, sizeof(c->log), "%s/log", dir);
	cr_assert(!pipe(ready));
	c->pid = fork();
	if (!c->pid)
		serve(c, ready[1]);
	close(ready[1]);
	cr_assert_eq(read(ready[0], &r, 1), 1);
	close(ready[0]);
}

/* Ended by @sig: exit status 0, and no socket left behind */
static void end(struct child *c, int sig)
{
	struct stat st;
	int status;

	cr_assert(!kill(c->pid, sig));
	cr_assert_eq(waitpid(c->pid, &status, 0), c->pid);
	cr_assert(WIFEXITED(status) && !WEXITSTATUS(status), "%#x", status);
	for (int i = 0; i < 2; i++)
		cr_assert(lstat(c->path[i], &st));
	cr_assert(!unlink(c->log));
	cr_assert(!rmdir(c->dir));
}

/* Is there a line with @word in the log by now? */
static bool logged(const struct child *c, const char *word)
{
	static char text[1 << 20];
	FILE *f = fopen(c->log, "r");
	size_t n = fread(text, 1, sizeof(text) - 1, f);

	fclose(f);
	text[n] = '\0';
	return strstr(text, word);
}

static int connect_to(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(a.sun_path, path);
	cr_assert(!connect(fd, (struct sockaddr *)&a, sizeof(a)), "%s", path);
	return fd;
}

/* A request and its reply; the errno of it, -1 when there was none */
static int call(int fd, uint16_t cmd, const void *body, size_t len, void *out)
{
	uint8_t msg[128];
	struct userwire_header h;
	size_t n = vt_make(msg, 5, cmd, 0, body, len);

	if (send(fd, msg, n, MSG_NOSIGNAL) != (ssize_t)n ||
	    recv(fd, &h, sizeof(h), MSG_WAITALL) != sizeof(h))
		return -1;
	if (h.size > sizeof(h))
		cr_assert_eq(recv(fd, out, h.size - sizeof(h), MSG_WAITALL),
			     (ssize_t)(h.size - sizeof(h)));
	return (int)h.err;
}

static int hello(int fd)
{
	uint8_t out[256];

	return call(fd, USERWIRE_VERSION, "\0\0\0", 4, out);
}

static uint32_t read_reg(int fd, uint32_t region, uint64_t off)
{
	struct userwire_access a = {off, region, 4};
	uint8_t out[64] = {0};

	cr_assert_eq(call(fd, USERWIRE_REGION_READ, &a, sizeof(a), out), 0);
	return (uint32_t)le_get(out + 16, 4);
}

static void write_reg(int fd, uint32_t region, uint64_t off, uint32_t v)
{
	struct userwire_access a = {off, region, 4};
	uint8_t body[20], out[64];

	memcpy(body, &a, sizeof(a));
	le_put(body + 16, 4, v);
	cr_assert_eq(call(fd, USERWIRE_REGION_WRITE, body, 20, out), 0);
}

Test(test_vfu_server, both_functions_at_once)
{
	alarm(20);
	struct child c = {.tight = false};
	int a, b;

	start(&c);
	a = connect_to(c.path[0]);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(b), 0);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(read_reg(a, 7, 0), 0x165f14e4);
	cr_assert_eq(read_reg(b, 7, 0), 0x165f14e4);
	cr_assert_eq(read_reg(a, 7, 0x3c) >> 8 & 0xff, 1, "INTA");
	cr_assert_eq(read_reg(b, 7, 0x3c) >> 8 & 0xff, 2, "INTB");
	end(&c, SIGTERM);
}

/* Short ones in one go: what arrived with the first must not be forgotten. */
Test(test_vfu_server, several_in_flight)
{
	alarm(20);
	enum { N = 50 };
	uint8_t msg[N * VT_HEAD];
	struct userwire_header h;
	struct child c = {.tight = false};
	size_t n = 0;
	int a;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	for (uint16_t i = 0; i < N; i++)
		n += vt_make(msg + n, i, USERWIRE_RESET, 0, NULL, 0);
	cr_assert_eq(send(a, msg, n, 0), (ssize_t)n);
	for (uint16_t i = 0; i < N; i++) {
		cr_assert_eq(recv(a, &h, sizeof(h), MSG_WAITALL), sizeof(h));
		cr_assert_eq(h.id, i);
	}
	end(&c, SIGTERM);
}

Test(test_vfu_server, ends_on_sigint_with_clients)
{
	alarm(20);
	struct child c = {.tight = false};
	int a;
	char x;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	end(&c, SIGINT);
	cr_assert_eq(recv(a, &x, 1, 0), 0, "the connection is closed");
}

/* Device reset when its client goes; the next client finds it fresh. */
Test(test_vfu_server, client_gone_and_back)
{
	alarm(20);
	enum { COMMAND = 4, MASTER = 4, CACHE_LINE = 0x0c };
	struct child c = {.tight = false};
	uint32_t fresh;
	int a;

	start(&c);
	for (unsigned i = 0; i < 5; i++) {
		a = connect_to(c.path[0]);
		cr_assert_eq(hello(a), 0);
		fresh = read_reg(a, 7, COMMAND) & 0xffff;
		cr_assert_not(fresh & MASTER, "round %u", i);
		write_reg(a, 7, COMMAND, MASTER);
		cr_assert(read_reg(a, 7, COMMAND) & MASTER);
		close(a);
	}
	end(&c, SIGTERM);
}

/* Who only looks whether somebody is there resets nothing. */
Test(test_vfu_server, client_that_said_nothing_changes_nothing)
{
	alarm(20);
	struct child c = {.tight = false};
	int a;

	start(&c);
	for (unsigned i = 0; i < 20; i++)
		close(connect_to(c.path[i % 2]));
	for (unsigned i = 0; i < 2; i++) {
		a = connect_to(c.path[i]); /* its turn: they are gone */
		cr_assert_eq(hello(a), 0);
		cr_assert_not(logged(&c, i ? "port 1: function level reset"
					   : "port 0: function level reset"));
		close(a);
	}
	while (!logged(&c, "port 1: function level reset"))
		usleep(1000); /* who did say something */
	end(&c, SIGTERM);
}

Test(test_vfu_server, second_client_waits_for_its_turn)
{
	alarm(20);
	struct child c = {.tight = false};
	int a, b;
	char x;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	b = connect_to(c.path[0]);
	cr_assert_eq(send(b, "", 1, 0), 1);
	cr_assert_eq(read_reg(a, 7, 0), 0x165f14e4);
	cr_assert_eq(recv(b, &x, 1, MSG_DONTWAIT), -1);
	close(a);
	close(b);
	b = connect_to(c.path[0]);
	cr_assert_eq(hello(b), 0);
	close(b);
	end(&c, SIGTERM);
}

Test(test_vfu_server, bad_client_does_not_harm_the_other)
{
	alarm(20);
	static const uint8_t junk[64] = {1, 2, 3};
	struct child c = {.tight = false};
	int a, b;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	for (unsigned i = 0; i < 10; i++) {
		b = connect_to(c.path[1]);
		cr_assert_eq(send(b, junk, sizeof(junk), MSG_NOSIGNAL),
			     sizeof(junk));
		cr_assert_eq(read_reg(a, 7, 0), 0x165f14e4);
		close(b);
	}
	end(&c, SIGTERM);
}

/* Messages that never end where a read ends, as fast as can be */
static void flood(const char *path)
{
	struct userwire_access a = {0};
	static uint8_t msg[33 + 4096 * VT_HEAD];
	uint8_t body[17] = {0};
	int fd = connect_to(path);
	size_t n;

	hello(fd);
	memcpy(body, &a, sizeof(a));
	n = vt_make(msg, 1, USERWIRE_REGION_WRITE, USERWIRE_NO_REPLY, body, 17);
	if (send(fd, msg, n, MSG_NOSIGNAL) != (ssize_t)n)
		_exit(1);
	for (n = 0; n < sizeof(msg) - 33; n += VT_HEAD)
		vt_make(msg + n, 1, USERWIRE_RESET, USERWIRE_NO_REPLY, NULL, 0);
	while (send(fd, msg, n, MSG_NOSIGNAL) > 0)
		;
	_exit(0);
}

Test(test_vfu_server, flood_of_short_messages_starves_nobody)
{
	alarm(30);
	struct child c = {.tight = false};
	pid_t pid;
	int b;

	start(&c);
	pid = fork();
	if (!pid)
		flood(c.path[0]);
	usleep(200000);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(b), 0);
	for (unsigned i = 0; i < 100; i++)
		cr_assert_eq(read_reg(b, 7, 0), 0x165f14e4);
	end(&c, SIGTERM);
	waitpid(pid, NULL, 0);
}

Test(test_vfu_server, no_descriptor_for_a_client_is_no_reason_to_spin)
{
	alarm(20);
	struct child c = {.tight = true};
	struct rusage u;
	int a;

	start(&c);
	a = connect_to(c.path[0]);
	usleep(1000000);
	end(&c, SIGTERM);
	cr_assert(!getrusage(RUSAGE_CHILDREN, &u));
	cr_assert_lt(u.ru_utime.tv_sec + u.ru_stime.tv_sec, 1);
	cr_assert_lt(u.ru_utime.tv_usec + u.ru_stime.tv_usec, 400000);
	close(a);
}

Test(test_vfu_server, function_set_up_since_its_reset_is_in_use)
{
	alarm(20);
	enum { COMMAND = 4, BAR = 0x10, MASTER = 4 };
	struct child c = {.tight = false};
	int a, b;

	start(&c);
	a = connect_to(c.path[0]);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(hello(b), 0);
	cr_assert_eq(call(b, USERWIRE_RESET, NULL, 0, NULL), 0);
	write_reg(b, 7, COMMAND, MASTER);
	cr_assert_eq(call(a, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert(read_reg(b, 7, COMMAND) & MASTER);
	cr_assert_not(logged(&c, "bus reset"));
	cr_assert_eq(call(b, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert(logged(&c, "bus reset"), "both, and none used since");
	write_reg(b, 7, BAR, 0); /* as QEMU does behind a reset */
	cr_assert_eq(call(a, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert(logged(&c, "port 0: bus reset"));
	end(&c, SIGTERM);
}

Test(test_vfu_server, log_has_an_end)
{
	struct child c = {.log = "/tmp/test_vfu_log.XXXXXX"};
	struct vfu_log l;
	struct stat st;

	close(mkstemp(c.log));
	cr_assert_eq(vfu_log_open(&l, c.log, false), 0);
	for (unsigned i = 0; i < 10 * VFU_LOG_LINES; i++)
		vfu_log_line(&l, "t", "12345678");
	cr_assert(!stat(c.log, &st));
	cr_assert_lt(st.st_size, (VFU_LOG_LINES + 50) * 40);
	cr_assert_not(logged(&c, "left out"));
	l.last -= UINT64_C(1000000000);
	vfu_log_line(&l, "t", "the next");
	cr_assert(logged(&c, "lines left out"));
	cr_assert(logged(&c, "the next"));
	vfu_log_close(&l);
	unlink(c.log);
}

/* A RESET of every function that has a client is one of the bus. */
Test(test_vfu_server, reset_of_one_function_leaves_the_other)
{
	alarm(20);
	enum { COMMAND = 4, MASTER = 4 };
	struct child c = {.tight = false};
	int a, b;

	start(&c);
	a = connect_to(c.path[0]);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(hello(b), 0);
	write_reg(a, 7, COMMAND, MASTER);
	write_reg(b, 7, COMMAND, MASTER);
	cr_assert_eq(call(a, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert_not(read_reg(a, 7, COMMAND) & MASTER);
	cr_assert(read_reg(b, 7, COMMAND) & MASTER);
	cr_assert_eq(call(b, USERWIRE_RESET, NULL, 0, NULL), 0);
	cr_assert_not(read_reg(b, 7, COMMAND) & MASTER);
	end(&c, SIGTERM);
}

Test(test_vfu_server, stale_socket_is_replaced)
{
	alarm(20);
	char path[] = "/tmp/test_vfu_XXXXXX";
	int fd = mkstemp(path), again;

	close(fd);
	unlink(path);
	cr_assert_eq(vfu_listen(path, &fd), 0);
	close(fd); /* and no unlink: as if it had been killed */
	cr_assert_eq(vfu_listen(path, &fd), 0, "%s", err_last());
	cr_assert_eq(vfu_listen(path, &again), -EADDRINUSE);
	cr_assert(strstr(err_last(), "a server is running there"));
	cr_assert_eq(again, -1);
	close(fd);
	unlink(path);
}

Test(test_vfu_server, path_that_is_no_socket_is_kept)
{
	char path[] = "/tmp/test_vfu_XXXXXX";
	int fd = mkstemp(path), s;

	cr_assert_eq(vfu_listen(path, &s), -EEXIST);
	cr_assert(!access(path, F_OK));
	close(fd);
	unlink(path);
}

Test(test_vfu_server, path_that_cannot_be)
{
	char path[200];
	int s;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	cr_assert_eq(vfu_listen(path, &s), -ENAMETOOLONG);
	cr_assert_eq(vfu_listen("/nonexistent/socket", &s), -ENOENT);
	cr_assert(strstr(err_last(), "--socket PATH"));
}

/* ---- --mmap ------------------------------------------------------------ */

/* What can be mapped of BAR2: the descriptor, -1 for nothing */
static int shared_memory(int peer, struct vfio_region_sparse_mmap_area *a)
{
	struct userwire_region r = {.argsz = 256, .index = VT_BAR2};
	struct vfio_region_info_cap_sparse_mmap *cap;
	struct userwire_header h;
	_Alignas(8) uint8_t body[256];
	uint8_t msg[64];
	size_t n = vt_make(msg, 5, USERWIRE_REGION_INFO, 0, &r, sizeof(r));
	int fd;

	cr_assert_eq(send(peer, msg, n, MSG_NOSIGNAL), (ssize_t)n);
	cr_assert_eq(vt_receive_head(peer, &h, &fd), VT_HEAD);
	cr_assert_leq(h.size, VT_HEAD + sizeof(body));
	n = h.size - VT_HEAD;
	cr_assert_eq(recv(peer, body, n, MSG_WAITALL), (ssize_t)n);
	memcpy(&r, body, sizeof(r));
	cr_assert_eq(r.flags, fd < 0 ? 3 : 15);
	cr_assert_eq(r.size, 0x10000);
	cr_assert_eq(n, fd < 0 ? 32 : 64);
	cap = (void *)(body + 32);
	if (fd >= 0) {
		cr_assert_eq(r.offset, 0);
		cr_assert_eq(cap->nr_areas, 1);
		*a = cap->areas[0];
	}
	return fd;
}

Test(test_vfu_server, nothing_is_to_be_mapped_unless_asked_for)
{
	alarm(20);
	struct child c = {.mmap = false};
	struct vfio_region_sparse_mmap_area area;
	int a;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(shared_memory(a, &area), -1);
	end(&c, SIGTERM);
}

Test(test_vfu_server, mapped_memory_is_what_both_functions_read)
{
	alarm(20);
	struct child c = {.mmap = true};
	struct vfio_region_sparse_mmap_area area;
	volatile uint32_t *p;
	int a, b, fd;

	start(&c);
	a = connect_to(c.path[0]);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(hello(b), 0);
	write_reg(b, 7, 4, 2);
	fd = shared_memory(a, &area);
	cr_assert_eq(area.offset, 0x4000);
	cr_assert_eq(area.size, 0x1000);
	cr_assert_eq(shared_memory(b, &area), -1, "only function 0's");
	p = mmap(NULL, area.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 (off_t)area.offset);
	cr_assert(p != MAP_FAILED);
	p[0x200 / 4] = 0x12345678;
	cr_assert_eq(read_reg(b, VT_BAR2, 0x4200), 0x12345678);
	write_reg(b, VT_BAR2, 0x4204, 0x9abcdef0);
	cr_assert_eq(p[0x204 / 4], 0x9abcdef0);
	cr_assert(ftruncate(fd, 0) && errno == EPERM, "sealed");
	end(&c, SIGTERM);
	cr_assert_eq(p[0x200 / 4], 0x12345678, "outlives the server");
	close(fd);
}
