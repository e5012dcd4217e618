/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is not in here is not needed after the start: no file is opened, no
 * socket is made, no program is run, no thread is created, no page is made
 * executable.
 *
 * To add a row, find the call in the kernel's log (README, "The sandbox") and
 * say what wants it.
 */
#include "vmm/machine/rules.h"

#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/bytes.h"

#define L   (1U << SANDBOX_LOOP)
#define V   (1U << SANDBOX_VCPU)
#define S   (1U << SANDBOX_SERVER)
#define LV  (L | V)
#define ALL (L | V | S)

#define INT UINT64_C(0xffffffff) /* the kernel looks at no more of an int */

#define CALL(name, kinds, why)                                                 \
	{                                                                      \
		SYS_##name, kinds, 0, 0, 0, RULE_VALUE, why                    \
	}
#define WHEN(name, kinds, arg, mask, value, why)                               \
	{                                                                      \
		SYS_##name, kinds, arg, mask, value, RULE_VALUE, why           \
	}
#define IOCTL(request, kinds, why) WHEN(ioctl, kinds, 1, INT, request, why)

/* clang-format off */
static const struct rule table[] = {
	/* ---- the guest, its memory and its interrupts */
	IOCTL(KVM_RUN, V, "run the guest"),
	IOCTL(KVM_GET_REGS, LV,
	      "has an exit that is tried again made progress?  --stats"),
	IOCTL(KVM_SET_USER_MEMORY_REGION, LV,
	      "a BAR is moved, switched or lost; RAM at the end"),
	IOCTL(KVM_IRQ_LINE, LV, "serial ports: of output, of what was typed"),
	IOCTL(KVM_IRQFD, LV, "vectors are enabled and disabled"),
	IOCTL(KVM_SET_GSI_ROUTING, LV, "the guest writes an MSI message"),
	IOCTL(KVM_SET_DEVICE_ATTR, L, "KVM forgets a group"),

	/* ---- devices from the kernel */
	IOCTL(VFIO_DEVICE_SET_IRQS, LV, "vectors are enabled and disabled"),
	IOCTL(VFIO_IOMMU_MAP_DMA, V,
	      "a BAR decodes: devices reach it.  On a device's descriptor "
	      "the same number is VFIO_DEVICE_PCI_HOT_RESET, of our groups"),
	IOCTL(VFIO_IOMMU_UNMAP_DMA, LV, "and reach it no more; nor RAM"),
	IOCTL(VFIO_GROUP_UNSET_CONTAINER, L, "groups are given back"),
	CALL(pread64, LV, "registers and config space"),
	CALL(pwrite64, LV, "registers and config space"),

	/* ---- devices from servers */
	CALL(sendmsg, ALL, "requests and answers"),
	CALL(recvmsg, ALL, "answers and requests"),
	CALL(setsockopt, ALL, "time limits of one call"),
	CALL(shutdown, ALL, "the end of a connection"),
	CALL(epoll_wait, S, "what comes unasked"),
	CALL(epoll_ctl, ALL, "whose turn it is to receive; INTx's eventfd"),
	CALL(fstat, ALL, "is a server's file as long as it was?"),
	WHEN(newfstatat, ALL, 3, AT_EMPTY_PATH, AT_EMPTY_PATH,
	     "fstat(), as older C libraries do it"),

	/* ---- descriptors that are open */
	CALL(read, ALL, "eventfds, signals, the terminal"),
	CALL(write, ALL, "eventfds, the guest's output, warnings"),
	CALL(writev, ALL, "the C library's last words"),
	CALL(poll, ALL, "the event loop; is there a reader, an answer?"),
	CALL(ppoll, ALL, "likewise, with a limit"),
	CALL(close, ALL, "eventfds; everything at the end"),
	CALL(eventfd2, LV, "a vector is enabled"),
	WHEN(fcntl, LV, 1, INT, F_DUPFD_CLOEXEC, "INTx's eventfd, shared"),
	CALL(signalfd4, L, "the event loop's signals"),
	IOCTL(TCGETS, L, "is it a terminal? And before one is set"),
	IOCTL(TCSETS, L, "the terminal as it was"),
#ifdef TCSETS2
	IOCTL(TCGETS2, L, "likewise, of newer C libraries"),
	IOCTL(TCSETS2, L, "likewise, of newer C libraries"),
#endif

	/* ---- memory; never executable */
	WHEN(mmap, ALL, 2, PROT_EXEC, 0, "the heap; BARs"),
	WHEN(mprotect, ALL, 2, PROT_EXEC, 0, "the heap; the stack of a thread"),
	CALL(munmap, ALL, "the heap; BARs"),
	CALL(mremap, ALL, "a large block of the heap grows"),
	CALL(madvise, ALL, "the heap shrinks; the stack of a thread that ends"),
	CALL(brk, ALL, "the heap"),
	CALL(getrandom, ALL, "the C library's heap"),

	/* ---- threads, time and signals */
	CALL(futex, ALL, "locks, and waiting for a thread's end"),
	CALL(sched_yield, ALL, "locks"),
	CALL(rt_sigreturn, ALL, "the end of a signal handler"),
	CALL(rt_sigprocmask, ALL, "a thread ends; a signal is raised"),
	CALL(rt_sigpending, L, "was the end asked for?"),
	CALL(restart_syscall, ALL, "the kernel's own, after a stop"),
	CALL(nanosleep, ALL, "lost memory"),
	CALL(clock_nanosleep, ALL, "likewise, as newer C libraries do it"),
	CALL(clock_gettime, ALL, "where no page of the kernel tells the time"),
	CALL(gettimeofday, ALL, "likewise"),
	CALL(time, ALL, "likewise"),
	CALL(getpid, ALL, "a signal is raised"),
	CALL(gettid, ALL, "a signal is raised"),
	{SYS_tgkill, ALL, 0, INT, 0, RULE_SELF,
	 "a vCPU is kicked; abort() says what went wrong"},
	CALL(exit, ALL, "a thread ends"),
	CALL(exit_group, L, "main returns"),
};
/* clang-format on */

const struct rule *rules_all(size_t *n)
{
	*n = ARRAY_SIZE(table);
	return table;
}
