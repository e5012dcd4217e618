/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `passthru bind` and `passthru restore`: arguments and help.
 *
 * Both hold back the signals that would end them between two steps; one that
 * came meanwhile takes effect when the host is in order.  A hang-up is one of
 * them: with --force the terminal may be at the other end of the NIC.
 */
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/tell.h"
#include "vfio/bind.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/fail.h"
#include "vmm/doctor/doctor.h"

/* clang-format off */
static const char bind_help[] =
"usage: passthru bind [--force] [--owner USER] [--explain] BDF...\n"
"\n"
"Takes the devices named, with everything in their IOMMU groups, from their\n"
"drivers and gives them to vfio-pci, so that a guest can have them. Bridges\n"
"stay. All or nothing: if one device cannot be moved the others go back.\n"
"What was there before is recorded in /run/passthru; a reboot undoes it all.\n"
"\n"
"Refused without --force: a network card that carries the default route or an\n"
"SSH session, also through a bridge, bond or VLAN, or is in an Open vSwitch; a\n"
"disk with a mounted file system, swap, or a volume or array on it; a physical\n"
"function with virtual ones; and kinds that no guest can have. Tunnels (VPN,\n"
"PPPoE) over a card are not seen.\n"
"\n"
"  --force       take them all the same\n"
"  --owner USER  let this user, a name or a number, run guests with them: the\n"
"                groups' files in /dev/vfio are made theirs, until restored\n"
"  --explain     tell on standard error each step and why it is taken\n"
"  --help        this text\n"
"\n"
"BDF is an address as lspci prints it, 02:00.0, or with its domain. Needs\n"
"root. Exit status: 0, also when all is bound already; 125 with one line that\n"
"says what failed.\n"
"\n"
"Examples:\n"
"  passthru list                  find the device and its group\n"
"  passthru bind 02:00.0          bind 02:00.0 and the rest of its group\n"
"  passthru run --device 02:00.0  then use it\n"
"  passthru bind --owner me 02:00.0\n"
"                                 use it without being root\n"
"\n"
"Undo:\n"
"  passthru restore 02:00.0       this one; says who of its group is left\n"
"  passthru restore --all         everything that was bound\n";

static const char restore_help[] =
"usage: passthru restore [--explain] BDF... | --all\n"
"\n"
"Gives devices that `passthru bind` or `run --managed` took back to the driver\n"
"they had, and sets those network interfaces up that were up. Addresses and\n"
"routes are your network configuration's to put back (ifup, networkctl, nmcli).\n"
"Also for what a killed passthru left behind. Harmless to repeat; without a\n"
"record there is nothing to do. A device in use by a guest is refused; one that\n"
"got another driver meanwhile is left alone.\n"
"\n"
"  --all      every device with a record in /run/passthru\n"
"  --explain  tell on standard error each step and why it is taken\n"
"  --help     this text\n"
"\n"
"Names just the function given, not its group. Needs root. Exit status: 0; 125\n"
"with one line that says what failed (the record is kept: try again).\n"
"\n"
"Examples:\n"
"  passthru restore 02:00.0 02:00.1\n"
"  passthru restore --all\n"
"\n"
"Undo:\n"
"  passthru bind 02:00.0\n";
/* clang-format on */

struct args {
	bool help;
	bool flag;      /* --force or --all */
	char owner[64]; /* --owner's USER by name; "": not given */
	uid_t uid;      /* theirs */
	size_t n;
	struct pci_addr v[BIND_MAX];
};

static int take_arg(const char *cmd, const char *flag, const char *text,
		    struct args *a)
{
	int rc;

	if (strcmp(text, "--help") == 0) {
		a->help = true;
		return 0;
	}
	if (strcmp(text, flag) == 0) {
		a->flag = true;
		return 0;
	}
	if (text[0] == '-')
		return err_set(EINVAL,
			       "%s: %s: not understood; see: passthru %s "
			       "--help",
			       cmd, text, cmd);
	if (a->n == BIND_MAX)
		return err_set(E2BIG, "%s: more than %d devices", cmd,
			       BIND_MAX);
	rc = bdf_parse(text, &a->v[a->n]);
	if (rc < 0)
		return err_prefix(rc, "%s", cmd);
	a->n++;
	return 0;
}

static int take_owner(const char *user, struct args *a)
{
	const struct passwd *pw = user ? getpwnam(user) : NULL;
	uint64_t uid;

	if (pw)
		uid = pw->pw_uid;
	else if (!user || !sysfs_number(user, 10, UINT32_MAX - 1, &uid))
		return err_set(EINVAL,
			       "bind: --owner %s: no such user; give a name or "
			       "a number",
			       user ? user : "(nobody)");
	a->uid = (uid_t)uid;
	if (!pw) /* what we tell them to type wants names */
		pw = getpwuid(a->uid);
	snprintf(a->owner, sizeof(a->owner), "%s", pw ? pw->pw_name : user);
	return 0;
}

static int take_args(int argc, char **argv, const char *flag, struct args *a)
{
	bool binds = !strcmp(flag, "--force");
	int rc = 0;

	a->help = a->flag = false;
	a->owner[0] = '\0';
	a->n = 0;
	for (int i = 1; !rc && i < argc; i++)
		if (binds && !strcmp(argv[i], "--owner"))
			rc = take_owner(argv[++i], a);
		else if (!strcmp(argv[i], "--explain"))
			tell_explain(STDERR_FILENO);
		else
			rc = take_arg(argv[0], flag, argv[i], a);
	return rc;
}

static void hold_signals(sigset_t *old)
{
	sigset_t hold;

	sigemptyset(&hold);
	sigaddset(&hold, SIGINT);
	sigaddset(&hold, SIGTERM);
	sigaddset(&hold, SIGHUP);
	sigaddset(&hold, SIGPIPE);
	sigprocmask(SIG_BLOCK, &hold, old);
}

static int print_help(const char *text)
{
	fputs(text, stdout);
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	err_call(errno ? errno : EIO, "standard output", "write", NULL);
	return cli_fail();
}

/* With the group's file two things more are needed, and only they can tell. */
static int give(const struct args *a)
{
	int rc = bind_give(sysfs_host(), a->v, a->n, a->uid);

	if (!rc)
		log_info("%s must also be allowed to pin guest RAM and to open "
			 "/dev/kvm; as root: echo '%s - memlock unlimited' "
			 ">/etc/security/limits.d/passthru-%s.conf; usermod "
			 "-aG kvm %s; then log in again",
			 a->owner, a->owner, a->owner, a->owner);
	return rc;
}

/* No guest of ours can have one; another VMM's may. */
static int check_kinds(const struct args *a)
{
	int rc = a->flag ? 0 : doctor_check_kinds(sysfs_host(), a->v, a->n);

	return rc ? err_set(rc, "%s (--force to bind it all the same)",
			    err_last())
		  : 0;
}

int cmd_bind(int argc, char **argv)
{
	struct bind_set moved;
	struct args a;
	sigset_t old;
	int rc;

	if (take_args(argc, argv, "--force", &a) < 0)
		return cli_fail();
	if (a.help)
		return print_help(bind_help);
	if (!a.n) {
		err_set(EINVAL, "bind: no device named; see: passthru bind "
				"--help");
		return cli_fail();
	}
	hold_signals(&old);
	rc = check_kinds(&a);
	if (!rc)
		rc = bind_groups(sysfs_host(), a.v, a.n,
				 a.flag ? BIND_FORCE : 0, &moved);
	if (!rc && !moved.n)
		log_info("all on vfio-pci already: nothing to do");
	if (!rc && a.owner[0])
		rc = give(&a);
	rc = rc < 0 ? cli_fail() : 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static int restore(const struct args *a)
{
	int failed = 0;

	if (a->flag)
		return bind_restore_all(sysfs_host()) < 0 ? cli_fail() : 0;
	for (size_t i = 0; i < a->n; i++)
		if (bind_restore_one(sysfs_host(), a->v[i]) < 0)
			failed = cli_fail();
	/* those that came along when it was bound */
	bind_say_left(sysfs_host(), a->v, a->n);
	return failed;
}

int cmd_restore(int argc, char **argv)
{
	struct args a;
	sigset_t old;
	int rc;

	if (take_args(argc, argv, "--all", &a) < 0)
		return cli_fail();
	if (a.help)
		return print_help(restore_help);
	if (a.flag == (a.n > 0)) {
		err_set(EINVAL, "restore: name devices, or --all; see: "
				"passthru restore --help");
		return cli_fail();
	}
	hold_signals(&old);
	rc = restore(&a);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc;
}
