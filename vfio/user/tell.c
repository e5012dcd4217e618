/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vfio-user's messages as they are told.  They carry the kernel's structures,
 * so vfio/tell.c reads most of them; memory and registers have messages where
 * the kernel has an IOMMU and pread(2).
 */
#include "base/bytes.h"
#include "base/tell.h"
#include "vfio/tell.h"
#include "vfio/user/user.h"

/* What goes out; what has come back */
static const void *tx(const void *arg)
{
	return ((const struct user_req *)arg)->tx[0].iov_base;
}

static const void *rx(const void *arg)
{
	return ((const struct user_req *)arg)->rx[0].iov_base;
}

static void rw(struct tell_text *t, uint32_t flags)
{
	static const char *const bits[] = {"READ", "WRITE"};

	tell_bits(t, "flags", flags, bits, ARRAY_SIZE(bits));
}

static void in_version(struct tell_text *t, const void *arg)
{
	const struct userwire_version *v = tx(arg);

	tell_add(t, " version=%u.%u", v->major, v->minor);
}

static void out_version(struct tell_text *t, const void *arg, int rc)
{
	const struct userwire_version *v = rx(arg);

	tell_add(t, " -> %d version=%u.%u", rc, v->major, v->minor);
}

static void in_map(struct tell_text *t, const void *arg)
{
	const struct userwire_map *m = tx(arg);

	rw(t, m->flags);
	tell_hex(t, "iova", m->iova);
	tell_hex(t, "size", m->size);
	tell_hex(t, "offset", m->offset);
	tell_add(t, " files=%u", ((const struct user_req *)arg)->nfds);
}

static void in_unmap(struct tell_text *t, const void *arg)
{
	const struct userwire_unmap *m = tx(arg);

	tell_hex(t, "iova", m->iova);
	tell_hex(t, "size", m->size);
}

static void out_info(struct tell_text *t, const void *arg, int rc)
{
	vfio_tell_info(t, rx(arg), rc);
}

static void in_region(struct tell_text *t, const void *arg)
{
	const struct userwire_region *r = tx(arg);

	tell_add(t, " argsz=%u", r->argsz);
	vfio_tell_region(t, r);
}

static void out_region(struct tell_text *t, const void *arg, int rc)
{
	vfio_tell_region_is(t, rx(arg), rc);
	tell_add(t, " files=%u", ((const struct user_req *)arg)->nin);
}

static void in_irq(struct tell_text *t, const void *arg)
{
	vfio_tell_irq(t, tx(arg));
}

static void out_irq(struct tell_text *t, const void *arg, int rc)
{
	vfio_tell_irq_is(t, rx(arg), rc);
}

static void in_set(struct tell_text *t, const void *arg)
{
	vfio_tell_set(t, tx(arg));
	tell_add(t, " eventfds=%u", ((const struct user_req *)arg)->nfds);
}

static bool set_undoes(const void *arg)
{
	return vfio_tell_set_undoes(tx(arg));
}

static void in_access(struct tell_text *t, const void *arg)
{
	const struct userwire_access *a = tx(arg);
	const struct userwire_region r = {.index = a->region};

	vfio_tell_region(t, &r);
	tell_hex(t, "offset", a->offset);
	tell_add(t, " count=%u", a->count);
}

/* clang-format off */
static const struct tell_row rows[] = {
	[USERWIRE_VERSION] =
	{.name = "VFIO_USER_VERSION", .chapter = TELL_CH_DEVICE,
	 .why = "The device is a server behind a socket: what can both ends do?",
	 .in = in_version, .out = out_version},
	[USERWIRE_DMA_MAP] =
	{.name = "VFIO_USER_DMA_MAP", .chapter = TELL_CH_DMA,
	 .why = "No IOMMU here: the server maps the file that guest RAM is.",
	 .in = in_map},
	[USERWIRE_DMA_UNMAP] =
	{.name = "VFIO_USER_DMA_UNMAP", .chapter = TELL_CH_DMA,
	 .why = "The server lets go of guest RAM.",
	 .in = in_unmap},
	[USERWIRE_GET_INFO] =
	{.name = "VFIO_USER_GET_INFO", .chapter = TELL_CH_DEVICE,
	 .why = "What is it, and how many regions and kinds of interrupts has it?",
	 .out = out_info},
	[USERWIRE_REGION_INFO] =
	{.name = "VFIO_USER_REGION_INFO", .chapter = TELL_CH_REGIONS,
	 .why = "How large is each region, and may it be mapped?",
	 .in = in_region, .out = out_region},
	[USERWIRE_IRQ_INFO] =
	{.name = "VFIO_USER_IRQ_INFO", .chapter = TELL_CH_INTERRUPTS,
	 .why = "Which kinds of interrupts has it, and how many of each?",
	 .in = in_irq, .out = out_irq},
	[USERWIRE_SET_IRQS] =
	{.name = "VFIO_USER_SET_IRQS", .chapter = TELL_CH_INTERRUPTS,
	 .why = "When the device fires, its server shall write an eventfd.",
	 .undo = "The device shall fire no more interrupts of this kind.",
	 .undoes = set_undoes, .in = in_set},
	[USERWIRE_REGION_READ] =
	{.name = "VFIO_USER_REGION_READ", .chapter = TELL_CH_REGIONS,
	 .fold = TELL_BRIEF,
	 .why = "A register is read: a message where the kernel has pread(2).",
	 .in = in_access},
	[USERWIRE_REGION_WRITE] =
	{.name = "VFIO_USER_REGION_WRITE", .chapter = TELL_CH_REGIONS,
	 .fold = TELL_BRIEF,
	 .why = "And one is written.",
	 .in = in_access},
	[USERWIRE_RESET] =
	{.name = "VFIO_USER_DEVICE_RESET", .chapter = TELL_CH_DEVICE,
	 .why = "Bring the device to its state after power-on."},
};
/* clang-format on */

static const struct tell_row *row_of(unsigned cmd)
{
	static const struct tell_row other = {.name = "VFIO_USER_MESSAGE"};

	return cmd < ARRAY_SIZE(rows) && rows[cmd].name ? &rows[cmd] : &other;
}

void user_tell_begin(struct tell_call *c, const struct vfio_user *u,
		     const struct user_req *q)
{
	tell_message_begin(c, TELL_VFIO, row_of(q->cmd), u->name, q);
}

void user_tell_posted(const struct vfio_user *u, const struct user_req *q,
		      int rc, bool waits)
{
	struct tell_call c;

	if (!tell_on(TELL_VFIO))
		return;
	user_tell_begin(&c, u, q);
	if (waits)
		tell_call_end(&c, rc);
	else
		tell_message_try_end(&c, rc);
}
