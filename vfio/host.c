/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real host behind struct sysfs: writes go to sysfs, modules are loaded
 * and links set up by the programs an administrator would type.
 *
 * The only file here that starts other programs.  Their output is dropped:
 * what they were to achieve is checked afterwards by whoever asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "vfio/sysfs.h"

extern char **environ;

static int host_write(const struct sysfs *s, const char *path, const char *text)
{
	(void)s;
	return fd_write_text(path, text);
}

static int host_chown(const struct sysfs *s, const char *path, uid_t uid)
{
	(void)s;
	return chown(path, uid, (gid_t)-1) ? -errno : 0;
}

/* Silent, and with no signal blocked that our caller may have blocked */
static int spawn_quiet(pid_t *pid, char *const argv[])
{
	posix_spawn_file_actions_t act;
	posix_spawnattr_t attr;
	sigset_t none;
	int rc;

	sigemptyset(&none);
	rc = posix_spawn_file_actions_init(&act);
	if (rc)
		return -rc;
	rc = posix_spawnattr_init(&attr);
	if (rc)
		goto out_act;
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn_file_actions_addopen(&act, 0, "/dev/null", O_RDWR, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&act, 0, 1);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&act, 0, 2);
	if (!rc)
		rc = posix_spawnp(pid, argv[0], &act, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
out_act:
	posix_spawn_file_actions_destroy(&act);
	return -rc;
}

/* Run a program found in PATH; 0 when it exits with 0 */
static int run(char *const argv[])
{
	int rc, status;
	pid_t pid = 0;

	rc = spawn_quiet(&pid, argv);
	if (rc < 0)
		return rc;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* execve(2) does not write to its arguments; its prototype predates const */
static char *arg(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = {.in = text};

	return u.out;
}

/* An administrator's PATH may lack the sbin directories (su without -) */
static int host_modprobe(const struct sysfs *s, const char *module)
{
	char *argv[] = {arg("modprobe"), arg("--"), arg(module), NULL};
	int rc = run(argv);

	(void)s;
	if (rc != -ENOENT)
		return rc;
	argv[0] = arg("/sbin/modprobe");
	return run(argv);
}

static int host_if_up(const struct sysfs *s, const char *ifname)
{
	char *argv[] = {arg("ip"),   arg("link"), arg("set"), arg("dev"),
			arg(ifname), arg("up"),   NULL};
	int rc = run(argv);

	(void)s;
	if (rc != -ENOENT)
		return rc;
	argv[0] = arg("/sbin/ip");
	return run(argv);
}

static int host_if_addrs(const struct sysfs *s, struct ifaddrs **list)
{
	(void)s;
	return getifaddrs(list) < 0 ? -errno : 0;
}

static void host_if_addrs_free(const struct sysfs *s, struct ifaddrs *list)
{
	(void)s;
	freeifaddrs(list);
}

const struct sysfs *sysfs_host(void)
{
	static const struct sysfs host = {
		.sys = "/sys",
		.proc = "/proc",
		.run = "/run/passthru",
		.dev = "/dev",
		.settle_ms = 2000,
		.write = host_write,
		.chown = host_chown,
		.modprobe = host_modprobe,
		.if_up = host_if_up,
		.if_addrs = host_if_addrs,
		.if_addrs_free = host_if_addrs_free,
	};

	return &host;
}
