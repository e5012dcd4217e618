/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts themselves. */
#include "vmm/cli/help.h"

#include "vmm/cli/version.h"

/* clang-format off */
static const char main_text[] =
"passthru - run a Linux guest that owns real PCI devices\n"
"\n"
"  passthru run [OPTION]... [-- CMD ARG...]   start a guest\n"
"  passthru list [--json]                     every PCI device and its group\n"
"  passthru bind [--owner USER] BDF...        take groups from the host\n"
"  passthru restore BDF... | --all            give them back\n"
"  passthru COMMAND --help                    more about one of them\n"
"  passthru --help, --version\n"
"\n"
"A BDF names a device as lspci does: 02:00.0, or with its domain 0000:02:00.0.\n"
"Needs /dev/kvm; for real devices root and an IOMMU that is switched on too.\n"
"\n"
"Start with:\n"
"  passthru run --device bcm5720 -- lspci     a NIC made of software\n"
"  passthru list                              which devices share a group\n"
"  passthru run --managed --device 02:00.0 -- lspci\n";

static const char run_synopsis[] =
"usage: passthru run [OPTION]... [-- CMD ARG...]\n"
"\n"
"Starts a Linux guest that owns the devices named. With CMD the guest runs it\n"
"and passthru exits with its status; without, it gives a shell on a terminal,\n"
"and prints the guest's console elsewhere.\n";

static const char run_options[] =
"\n"
"Devices:\n"
"  --device BDF[,at=SLOT.FN]  give the guest this device; up to 16 times\n"
"                             SLOT 01-1f in hex and FN 0-7 are its place in\n"
"                             the guest (default: next free slot, function 0)\n"
"  --device vfio-user:PATH[,at=SLOT.FN]\n"
"                             likewise one from a vfio-user server, which\n"
"                             accepts on the socket PATH; it sees all of the\n"
"                             guest's memory\n"
"  --device bcm5720[,at=SLOT.0]\n"
"                             a dual-port NIC made of software, started for\n"
"                             this run: two functions, each with a network\n"
"                             10.0.2.0/24 where 10.0.2.2 answers\n"
"  --managed                  bind the devices' groups to vfio-pci before, and\n"
"                             give them back to their drivers after\n"
"  --force                    let --managed take a network card or disk that\n"
"                             this host is using\n"
"  --server-timeout MS        how long a vfio-user server may take for an\n"
"                             answer, in milliseconds (default: 5000)\n"
"\n"
"Guest:\n"
"  --kernel FILE              bzImage to boot (default: the guest that came\n"
"                             with passthru)\n"
"  --initrd FILE              its initramfs (default: likewise)\n"
"  --append STRING            more words for the kernel's command line\n"
"  --cpus N                   1 to 64 (default: 1)\n"
"  --memory SIZE              a number with K, M or G, without one in MiB;\n"
"                             64M or more, in steps of 2M (default: 512M)\n"
"  --hugepages                guest RAM in huge pages of the host; needs free\n"
"                             ones: echo 256 > /proc/sys/vm/nr_hugepages\n"
"\n"
"Run:\n"
"  --console stdio|none|FILE  where the kernel's console goes (default: stdio,\n"
"                             or standard error with CMD; ./none is a file)\n"
"  --on-reboot exit|restart   what to do when the guest reboots (default: exit);\n"
"                             restart powers guest and devices off and on\n"
"  --timeout SECONDS          end the run after that long (default: never)\n"
"  --stats                    at the end print why the vCPUs left KVM_RUN\n"
"  --sandbox on|off           while the guest runs, make only system calls of a\n"
"                             short list, with no privilege (default: on; off\n"
"                             is for debuggers)\n"
#ifdef LESSONS
"  --break WORD               do one thing wrong, see docs/lessons; this build\n"
"                             can, others cannot\n"
#endif
"  --help                     this text\n"
"\n"
"CMD's standard input is /dev/null unless ours is a terminal.\n"
"On a terminal: Ctrl-a x leaves, Ctrl-a a sends Ctrl-a, Ctrl-a h tells.\n";

static const char run_status[] =
"\n"
"Exit status:\n"
"  0-255  with CMD: its own; 128+n when signal n killed it\n"
"  0      the guest powered off or rebooted, or Ctrl-a x\n"
"  121    a device was lost during the run: its server ended or stopped to\n"
"         answer, the host wanted it back, it was pulled out or reported an\n"
"         error; one line on standard error says how. CMD's status is lost\n"
"  122    triple fault in the guest\n"
"  123    the guest's kernel panicked\n"
"  124    --timeout\n"
"  125    passthru itself failed; one line on standard error says how\n"
"  128+n  passthru was ended by signal n\n";

static const char run_examples[] =
"\n"
"Examples:\n"
"  passthru run -- uname -a\n"
"  passthru run --device bcm5720 -- ethtool -i eth0\n"
"  passthru run --managed --device 02:00.0,at=0a.0 --device 02:00.1,at=0b.0 \\\n"
"      -- lspci -v\n"
"  passthru run --cpus 4 --memory 2G --device 0000:03:00.0\n"
"  passthru run --kernel bzImage --initrd initrd.img --console boot.log\n";
/* clang-format on */

void help_main(FILE *f)
{
	fputs(main_text, f);
}

void help_run(FILE *f)
{
	fputs(run_synopsis, f);
	fputs(run_options, f);
	fputs(run_status, f);
	fputs(run_examples, f);
}

void help_version(FILE *f)
{
	fputs("passthru " PASSTHRU_VERSION "\n", f);
}
