/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of kvm/tell.c and vfio/tell.c: every ioctl has one, and each says
 * what it must of arguments and result, and no address of ours.
 */
#include <criterion/criterion.h>

#include <ctype.h>
#include <errno.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/tell.h"
#include "kvm/tell.h"
#include "test_said.h"
#include "vfio/tell.h"

/* A header of the UAPI with its entries behind it */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-variable-sized-type-not-at-end"
#endif

/* What a call of the tests returns, and what it does to its argument */
static int result;
static void (*effect)(void *arg);

static int make(const struct tell_ioctl *c)
{
	if (effect)
		effect((void *)c->arg);
	return result;
}

enum { FD = 20, OTHER = 21, SPARE = 22 };

static void begin(unsigned area)
{
	said_begin();
	tell_trace(1U << area, STDERR_FILENO);
	tell_name_fd(FD, "it");
	tell_name_fd(OTHER, "group=10");
	tell_name_fd(SPARE, "INTx-unmask/0@0000:02:00.0");
	result = 0;
	effect = NULL;
}

/* The line that a call of @name leaves, without its area and newline */
static const char *line(enum tell_area area, const char *name, const void *arg)
{
	const struct tell_ioctl c = {FD, 0, name, (uintptr_t)arg};
	static char text[1024];
	int rc = area == TELL_KVM ? kvm_tell(&c, make) : vfio_tell(&c, make);

	cr_assert_eq(rc, result);
	snprintf(text, sizeof(text), "%s", strchr(said(), ' ') + 1);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

#define KVM(name, arg, want)                                                   \
	cr_assert_str_eq(line(TELL_KVM, name, arg), name " it" want)
#define VFIO(name, arg, want)                                                  \
	cr_assert_str_eq(line(TELL_VFIO, name, arg), name " it" want)

/* Names that follow "@fn(FIRST, " in the source @path; @each looks at them */
static unsigned each_request(const char *path, const char *prefix,
			     void (*each)(const char *name))
{
	static char text[65536];
	unsigned n = 0;
	char *p = text;

	cr_assert_gt(fd_read_text(path, text, sizeof(text)), 0, "%s", path);
	while ((p = strstr(p, "TOLD("))) {
		char name[64] = "";
		char *q = strchr(p, ',');

		p += 5;
		q += 1 + strspn(q + 1, " \n\t");
		sscanf(q, "%63[A-Z0-9_a-z]", name);
		if (strncmp(name, prefix, strlen(prefix)) != 0)
			continue; /* the macro itself */
		each(name);
		n++;
	}
	return n;
}

static void has_kvm_row(const char *name)
{
	size_t n;
	const struct tell_row *rows = kvm_tell_rows(&n);

	cr_assert_str_eq(tell_find(rows, n, name)->name, name);
}

static void has_vfio_row(const char *name)
{
	size_t n;
	const struct tell_row *rows = vfio_tell_rows(&n);

	cr_assert_str_eq(tell_find(rows, n, name)->name, name);
}

/* How often @word stands in a file */
static unsigned words(const char *path, const char *word)
{
	static char text[65536];
	unsigned n = 0;

	cr_assert_gt(fd_read_text(path, text, sizeof(text)), 0, "%s", path);
	for (char *p = text; (p = strstr(p, word)); p++)
		n++;
	return n;
}

Test(tell_rows, every_ioctl_has_one_and_no_row_is_left)
{
	size_t n;

	kvm_tell_rows(&n); /* KVM_RUN is not made by TOLD() */
	cr_assert_eq(each_request("kvm/sys.c", "KVM_", has_kvm_row), n - 1);
	has_kvm_row("KVM_RUN");
	vfio_tell_rows(&n);
	cr_assert_eq(each_request("vfio/sys.c", "VFIO_", has_vfio_row), n);
	cr_assert_eq(words("kvm/sys.c", "(ioctl("), 2); /* make(), KVM_RUN */
	cr_assert_eq(words("vfio/sys.c", "(ioctl("), 1);
}

static void check_sentences(const struct tell_row *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *s[] = {r[i].why, r[i].undo};

		cr_assert(r[i].chapter, "%s", r[i].name);
		cr_assert_eq(!r[i].undo, !r[i].undoes, "%s", r[i].name);
		for (unsigned k = 0; k < 2; k++)
			cr_assert(!s[k] || (strlen(s[k]) <= 80 &&
					    isupper((unsigned char)s[k][0])),
				  "%s", s[k]);
	}
}

Test(tell_rows, every_row_has_a_chapter_and_sentences_that_fit)
{
	size_t n;
	const struct tell_row *r = kvm_tell_rows(&n);

	check_sentences(r, n);
	r = vfio_tell_rows(&n);
	check_sentences(r, n);
}

Test(tell_rows, kvm_numbers)
{
	begin(TELL_KVM);
	result = 12;
	KVM("KVM_GET_API_VERSION", NULL, " -> 12");
	KVM("KVM_GET_VCPU_MMAP_SIZE", NULL, " -> 12");
	KVM("KVM_CHECK_EXTENSION", (void *)KVM_CAP_IRQFD, " cap=IRQFD -> 12");
	KVM("KVM_CHECK_EXTENSION", (void *)4000, " cap=4000 -> 12");
	KVM("KVM_CREATE_VM", NULL, " -> fd");
	KVM("KVM_CREATE_VCPU", (void *)3, " id=3 -> fd");
	result = 0;
	KVM("KVM_SET_TSS_ADDR", (void *)0xfffbd000, " addr=0xfffbd000 -> 0");
	KVM("KVM_CREATE_IRQCHIP", NULL, " -> 0");
	result = -EEXIST;
	KVM("KVM_CREATE_IRQCHIP", NULL, " -> EEXIST");
	KVM("KVM_CREATE_VM", NULL, " -> EEXIST");
	said_end();
}

static void fewer(void *arg)
{
	((struct kvm_cpuid2 *)arg)->nent = 61;
}

Test(tell_rows, kvm_cpu)
{
	struct kvm_cpuid2 cpuid = {.nent = 256};
	struct kvm_sregs s = {.cr0 = 1, .cr3 = 2, .cr4 = 3, .efer = 4};
	struct kvm_regs r = {.rip = 1, .rsi = 2, .rsp = 3};
	struct {
		struct kvm_msrs m;
		struct kvm_msr_entry e[1];
	} msrs = {{.nmsrs = 1}, {{.index = 0x1a0, .data = 7}}};

	begin(TELL_KVM);
	KVM("KVM_SET_CPUID2", &cpuid, " nent=256 -> 0");
	KVM("KVM_GET_SREGS", &s, " -> 0");
	KVM("KVM_SET_SREGS", &s,
	    " cr0=0x1 cr3=0x2 cr4=0x3 efer=0x4 gdt=0x0 -> 0");
	KVM("KVM_SET_REGS", &r, " rip=0x1 rsi=0x2 rsp=0x3 -> 0");
	KVM("KVM_GET_REGS", &r, " -> 0 rip=0x1 rsi=0x2 rsp=0x3");
	KVM("KVM_SET_FPU", NULL, " -> 0");
	KVM("KVM_GET_STATS_FD", NULL, " -> fd");
	KVM("KVM_GET_LAPIC", NULL, " -> 0");
	KVM("KVM_SET_LAPIC", NULL, " -> 0");
	effect = fewer;
	KVM("KVM_GET_SUPPORTED_CPUID", &cpuid, " nent=256 -> 0 nent=61");
	effect = NULL;
	result = 1;
	KVM("KVM_SET_MSRS", &msrs, " msr0x1a0=0x7 -> 1");
	said_end();
}

Test(tell_rows, kvm_memory_and_ports)
{
	uint64_t addr = 0xfffbc000;
	struct kvm_userspace_memory_region r = {.slot = 1,
						.guest_phys_addr = 0xc0000000,
						.memory_size = 0x10000,
						.userspace_addr = 0xdeadbeef};
	struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
	struct kvm_ioeventfd io = {
		.addr = 0x80, .len = 1, .flags = KVM_IOEVENTFD_FLAG_PIO};
	struct kvm_coalesced_mmio_zone z = {.addr = 0x2f8, .size = 1, .pio = 1};

	begin(TELL_KVM);
	KVM("KVM_SET_IDENTITY_MAP_ADDR", &addr, " addr=0xfffbc000 -> 0");
	KVM("KVM_SET_USER_MEMORY_REGION", &r,
	    " slot=1 gpa=0xc0000000 size=0x10000 -> 0");
	KVM("KVM_CREATE_PIT2", &pit, " flags=SPEAKER_DUMMY -> 0");
	KVM("KVM_IOEVENTFD", &io, " flags=PIO addr=0x80 len=1 -> 0");
	KVM("KVM_REGISTER_COALESCED_MMIO", &z, " addr=0x2f8 size=1 pio=1 -> 0");
	said_end();
}

Test(tell_rows, kvm_interrupts)
{
	struct {
		struct kvm_irq_routing t;
		struct kvm_irq_routing_entry e[2];
	} r = {{.nr = 2},
	       {{.gsi = 4, .type = KVM_IRQ_ROUTING_IRQCHIP},
		{.gsi = 24,
		 .type = KVM_IRQ_ROUTING_MSI,
		 .u.msi = {.address_lo = 0xfee01000, .data = 0x4021}}}};
	struct kvm_irqfd irq = {.fd = OTHER,
				.gsi = 24,
				.flags = KVM_IRQFD_FLAG_RESAMPLE,
				.resamplefd = SPARE};
	struct kvm_irq_level l = {.irq = 4, .level = 1};

	begin(TELL_KVM);
	KVM("KVM_SET_GSI_ROUTING", &r,
	    " pins=1 messages=1 gsi24=0xfee01000/0x4021 -> 0");
	KVM("KVM_IRQFD", &irq,
	    " flags=RESAMPLE gsi=24 fd=group=10 "
	    "resamplefd=INTx-unmask/0@0000:02:00.0 -> 0");
	irq.flags = KVM_IRQFD_FLAG_DEASSIGN;
	KVM("KVM_IRQFD", &irq, " flags=DEASSIGN gsi=24 fd=group=10 -> 0");
	KVM("KVM_IRQ_LINE", &l, " gsi=4 level=1 -> 0");
	said_end();
}

Test(tell_rows, kvm_vfio)
{
	int group_fd = OTHER;
	struct kvm_create_device d = {.type = KVM_DEV_TYPE_VFIO};
	struct kvm_device_attr a = {.group = KVM_DEV_VFIO_GROUP,
				    .attr = KVM_DEV_VFIO_GROUP_ADD,
				    .addr = (uintptr_t)&group_fd};

	begin(TELL_KVM);
	KVM("KVM_CREATE_DEVICE", &d, " type=VFIO -> 0");
	KVM("KVM_SET_DEVICE_ATTR", &a,
	    " group=VFIO_GROUP attr=ADD group=10 -> 0");
	a.attr = KVM_DEV_VFIO_GROUP_DEL;
	KVM("KVM_SET_DEVICE_ATTR", &a,
	    " group=VFIO_GROUP attr=DEL group=10 -> 0");
	said_end();
}

Test(tell_rows, vfio_container_and_group)
{
	int container = OTHER;
	struct vfio_group_status st = {.flags = 3};

	begin(TELL_VFIO);
	VFIO("VFIO_GET_API_VERSION", NULL, " -> 0");
	VFIO("VFIO_SET_IOMMU", (void *)VFIO_TYPE1v2_IOMMU,
	     " type=TYPE1v2 -> 0");
	VFIO("VFIO_GROUP_SET_CONTAINER", &container, " group=10 -> 0");
	VFIO("VFIO_GROUP_UNSET_CONTAINER", NULL, " -> 0");
	VFIO("VFIO_GROUP_GET_STATUS", &st, " -> 0 flags=VIABLE|CONTAINER_SET");
	result = 1;
	VFIO("VFIO_CHECK_EXTENSION", (void *)VFIO_TYPE1_IOMMU,
	     " type=TYPE1 -> 1");
	VFIO("VFIO_CHECK_EXTENSION", (void *)99, " type=? -> 1");
	VFIO("VFIO_GROUP_GET_DEVICE_FD", "0000:02:00.0",
	     " name=0000:02:00.0 -> fd");
	result = -EPERM;
	VFIO("VFIO_SET_IOMMU", (void *)VFIO_TYPE1_IOMMU,
	     " type=TYPE1 -> EPERM");
	said_end();
}

static void says_more(void *arg)
{
	struct vfio_iommu_type1_info *i = arg;

	i->argsz = 128;
	i->flags = VFIO_IOMMU_INFO_PGSIZES;
	i->iova_pgsizes = 0x1000;
}

static void unmaps_less(void *arg)
{
	((struct vfio_iommu_type1_dma_unmap *)arg)->size = 0x1000;
}

Test(tell_rows, vfio_dma)
{
	struct vfio_iommu_type1_info i = {.argsz = 24};
	struct vfio_iommu_type1_dma_map m = {.flags = VFIO_DMA_MAP_FLAG_READ |
						      VFIO_DMA_MAP_FLAG_WRITE,
					     .vaddr = 0xdeadbeef,
					     .iova = 0x100000,
					     .size = 0x200000};
	struct vfio_iommu_type1_dma_unmap u = {.iova = 0x100000,
					       .size = 0x200000};

	begin(TELL_VFIO);
	VFIO("VFIO_IOMMU_MAP_DMA", &m,
	     " flags=READ|WRITE iova=0x100000 size=0x200000 -> 0");
	effect = says_more;
	VFIO("VFIO_IOMMU_GET_INFO", &i,
	     " argsz=24 -> 0 argsz=128 flags=PGSIZES page-sizes=0x1000");
	effect = unmaps_less;
	VFIO("VFIO_IOMMU_UNMAP_DMA", &u,
	     " iova=0x100000 size=0x200000 -> 0 size=0x1000");
	said_end();
}

Test(tell_rows, vfio_device)
{
	struct vfio_device_info d = {.flags = VFIO_DEVICE_FLAGS_PCI |
					      VFIO_DEVICE_FLAGS_RESET,
				     .num_regions = 9,
				     .num_irqs = 5};
	struct vfio_region_info r = {.argsz = 32,
				     .index = VFIO_PCI_BAR2_REGION_INDEX,
				     .flags = VFIO_REGION_INFO_FLAG_READ,
				     .size = 0x10000,
				     .offset = 0x20000000000};
	struct vfio_irq_info q = {.index = VFIO_PCI_MSIX_IRQ_INDEX,
				  .flags = VFIO_IRQ_INFO_EVENTFD |
					   VFIO_IRQ_INFO_NORESIZE,
				  .count = 17};

	begin(TELL_VFIO);
	VFIO("VFIO_DEVICE_GET_INFO", &d,
	     " -> 0 flags=RESET|PCI regions=9 irqs=5");
	VFIO("VFIO_DEVICE_GET_REGION_INFO", &r,
	     " argsz=32 index=BAR2 -> 0 argsz=32 flags=READ size=0x10000 "
	     "offset=0x20000000000");
	VFIO("VFIO_DEVICE_GET_IRQ_INFO", &q,
	     " index=MSI-X -> 0 flags=EVENTFD|NORESIZE count=17");
	VFIO("VFIO_DEVICE_RESET", NULL, " -> 0");
	r.index = 40;
	q.index = 40;
	result = -EINVAL;
	VFIO("VFIO_DEVICE_GET_REGION_INFO", &r, " argsz=32 index=40 -> EINVAL");
	VFIO("VFIO_DEVICE_GET_IRQ_INFO", &q, " index=40 -> EINVAL");
	said_end();
}

Test(tell_rows, vfio_interrupts)
{
	struct {
		struct vfio_irq_set s;
		int fd[3];
	} v = {{.flags =
			VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
		.start = 1,
		.count = 3},
	       {OTHER, -1, SPARE}};
	struct vfio_irq_set off = {.flags = VFIO_IRQ_SET_DATA_NONE |
					    VFIO_IRQ_SET_ACTION_TRIGGER};

	begin(TELL_VFIO);
	VFIO("VFIO_DEVICE_SET_IRQS", &v,
	     " flags=DATA_EVENTFD|ACTION_TRIGGER index=MSI-X start=1 count=3 "
	     "eventfds=2 -> 0");
	VFIO("VFIO_DEVICE_SET_IRQS", &off,
	     " flags=DATA_NONE|ACTION_TRIGGER index=INTx start=0 count=0 -> 0");
	cr_assert(vfio_tell_set_undoes(&off));
	cr_assert(!vfio_tell_set_undoes(&v));
	result = 2;
	VFIO("VFIO_DEVICE_SET_IRQS", &v,
	     " flags=DATA_EVENTFD|ACTION_TRIGGER index=MSI-X start=1 count=3 "
	     "eventfds=2 -> 2");
	said_end();
}

Test(tell_rows, vfio_hot_reset)
{
	struct {
		struct vfio_pci_hot_reset_info i;
		struct vfio_pci_dependent_device d[2];
	} info = {{.argsz = 20, .count = 1000},
		  {{.group_id = 10, .bus = 2, .devfn = 1}}};
	struct {
		struct vfio_pci_hot_reset r;
		int32_t fd[1];
	} reset = {{.argsz = 16, .count = 1}, {OTHER}};

	begin(TELL_VFIO);
	VFIO("VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", &info,
	     " argsz=20 -> 0 count=1000 0000:02:00.1/group=10");
	VFIO("VFIO_DEVICE_PCI_HOT_RESET", &reset, " count=1 group=10 -> 0");
	result = -ENOSPC;
	VFIO("VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", &info,
	     " argsz=20 -> ENOSPC");
	said_end();
}
