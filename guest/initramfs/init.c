// SPDX-License-Identifier: BSD-2-Clause
/*
 * The guest's process 1: brings userland up, then runs what was asked for.
 *
 *   /passthru/cmd                 that command; its status ends the machine
 *   /passthru/tty alone           a shell on the console, then power-off
 *   neither                       devices and addresses on the console, then
 *                                 power-off
 *
 * Knows the order of things.  Loading drivers is modules.c, running the
 * command and the ports to the VMM are command.c, terminals tty.c.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CMD_FILE  "/passthru/cmd"
#define TTY_FILE  "/passthru/tty"
#define MOD_LIST  "/etc/passthru/modules"
#define SHELL_RC  "/etc/passthru/shrc"
#define NARGS_MAX 4096

void say(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= 0)
		dprintf(2, "init: %s\n", line);
}

/* Not dprintf(): it seeks, which this device refuses. */
void mark(const char *what)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	char line[128];
	int n = snprintf(line, sizeof(line), "<7>init: %s\n", what);

	if (fd < 0)
		return;
	if (n < 0 || write(fd, line, strlen(line)) < 0)
		say("/dev/kmsg: %s", strerror(errno));
	close(fd);
}

char *read_file(const char *path, size_t *len)
{
	size_t have = 0, room = 4096;
	char *buf = malloc(room + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	while (buf && fd >= 0) {
		n = read(fd, buf + have, room - have);
		if (n <= 0)
			break;
		have += (size_t)n;
		if (have == room) {
			room *= 4;
			buf = realloc(buf, room + 1);
		}
	}
	if (fd >= 0)
		close(fd);
	if (!buf || n < 0) {
		free(buf);
		return NULL;
	}
	buf[have] = '\0';
	if (len)
		*len = have;
	return buf;
}

bool cmdline_has(const char *word)
{
	char *line = read_file("/proc/cmdline", NULL);
	char *rest = line, *w;
	bool found = false;

	while (!found && (w = strsep(&rest, " \n")))
		found = strcmp(w, word) == 0;
	free(line);
	return found;
}

static void mount_all(void)
{
	static const struct {
		const char *type, *dir, *opts;
	} fs[] = {
		{"devtmpfs", "/dev", NULL}, {"proc", "/proc", NULL},
		{"sysfs", "/sys", NULL},    {"tmpfs", "/run", "mode=755"},
		{"tmpfs", "/tmp", NULL},    {"devpts", "/dev/pts", NULL},
	};

	for (size_t i = 0; i < sizeof(fs) / sizeof(fs[0]); i++) {
		if (strcmp(fs[i].type, "devpts") == 0)
			mkdir(fs[i].dir, 0755);
		if (mount(fs[i].type, fs[i].dir, fs[i].type, 0, fs[i].opts))
			say("mount %s: %s", fs[i].dir, strerror(errno));
	}
}

/* The kernel opens /dev/console for us unless there is none. */
static void console_fds(void)
{
	int fd = open("/dev/null", O_RDWR);

	while (fd >= 0 && fd < 2)
		fd = dup(fd);
	if (fd > 2)
		close(fd);
}

static void environment(void)
{
	clearenv();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "linux", 1);
	if (chdir("/root"))
		say("chdir /root: %s", strerror(errno));
}

static void loopback_up(void)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		say("lo: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Arguments one after the other, each with its NUL */
static char **split_args(char *buf, size_t len)
{
	char **argv = calloc(NARGS_MAX + 1, sizeof(*argv));
	size_t n = 0;

	for (size_t off = 0; argv && off < len && n < NARGS_MAX;
	     off += strlen(buf + off) + 1)
		argv[n++] = buf + off;
	return argv;
}

static void request_read(struct request *rq)
{
	size_t len;
	char *cmd = read_file(CMD_FILE, &len);
	char *tty = read_file(TTY_FILE, NULL);

	memset(rq, 0, sizeof(*rq));
	if (cmd && len)
		rq->argv = split_args(cmd, len);
	if (tty) {
		rq->tty = true;
		if (sscanf(tty, "%hu %hu", &rq->ws.ws_row, &rq->ws.ws_col) != 2)
			say(TTY_FILE ": not ROWS COLS");
		free(tty);
	}
}

static void wait_for(int pid)
{
	while (pid > 0) {
		int got = wait(NULL);

		if (got == pid || (got < 0 && errno == ECHILD))
			return;
	}
}

static void shell(const struct request *rq)
{
	char *argv[] = {"busybox", "ash", "-i", NULL};

	setenv("ENV", SHELL_RC, 1);
	wait_for(tty_spawn("/dev/ttyS0", rq, argv, -1));
	tty_drain("/dev/ttyS0");
}

static void banner(void)
{
	static char *show[][3] = {{"lspci", NULL}, {"ip", "a", NULL}};

	for (size_t i = 0; i < sizeof(show) / sizeof(show[0]); i++) {
		int pid = fork();

		if (pid == 0)
			spawn_exec(show[i]);
		wait_for(pid);
	}
}

int main(void)
{
	struct request rq;

	console_fds();
	mount_all();
	mark("userland");
	environment();
	loopback_up();
	modules_load(MOD_LIST, !cmdline_has("passthru.noload"));
	request_read(&rq);
	mark("ready");
	if (rq.argv)
		command_report(command_run(&rq));
	else if (rq.tty)
		shell(&rq);
	else
		banner();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
