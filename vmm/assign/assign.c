/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a passed-through function; each step is in a file of its own. */
#include "vmm/assign/assign.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/first.h"
#include "base/log.h"

/* Some messages begin with it, those of the pure models do not. */
static void prefix_name(const struct assign_dev *d)
{
	const char *name = d->vfio.name;

	if (strncmp(err_last(), name, strlen(name)) != 0)
		err_prefix(0, "%s", name);
}

int assign_open(struct assign_dev *d, struct assign_env *env,
		struct vfio_container *container, const struct vfio_source *src,
		struct assign_place place)
{
	char why[ERR_MAX];
	int rc;

	*d = (struct assign_dev){
		.env = env,
		.container = container,
		.slot = place.slot,
		.fn = place.fn,
		.opt.multifunction = place.multifunction,
	};
	assign_irqs_init(d);
	assign_events_init(d);
	rc = vfio_device_open(&d->vfio, container, src);
	if (rc)
		return rc;
	pthread_mutex_init(&d->lock, NULL);
	if (vfio_device_reset_bus(&d->vfio, container))
		log_warn("%s; it starts as the host left it", err_last());
	rc = assign_config_attach(d);
	if (!rc)
		rc = assign_bars_open(d);
	if (rc) {
		prefix_name(d);
		/* the way back may fail, too, and say so */
		memcpy(why, err_last(), sizeof(why));
		assign_quiesce(d);
		assign_close(d);
		return err_set(rc, "%s", why);
	}
	assign_bars_sync(d);
	assign_irqs_sync(d);
	assign_events_on(d);
	return 0;
}

/* That it is gone is said once, in whatever step it is noticed. */
static void keep(struct first *f, const struct assign_dev *d, int rc)
{
	if (rc && f->rc && vfio_device_check(&d->vfio))
		return;
	first_keep(f, rc);
}

int assign_quiesce(struct assign_dev *d)
{
	struct first first = {0};

	if (!vfio_device_is_open(&d->vfio))
		return 0;
	keep(&first, d, assign_events_off(d));
	if (!d->lost) { /* at once: see assign_config_quiet() */
		keep(&first, d, assign_irqs_silence(d));
		keep(&first, d, assign_config_quiet(d));
	}
	keep(&first, d, assign_irqs_off(d));
	assign_bars_close(d);
	pci_msix_fini(&d->msix);
	return first_result(&first);
}

int assign_lost_fd(const struct assign_dev *d)
{
	return d->vfio.lost_fd;
}

int assign_lost(struct assign_dev *d, uint64_t until_ns)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ns / CLOCK_SEC),
		.tv_nsec = (long)(until_ns % CLOCK_SEC),
	};
	int rc = pthread_mutex_clocklock(&d->lock, CLOCK_MONOTONIC, &until);

	if (rc)
		return -EAGAIN;
	rc = pthread_mutex_clocklock(d->env->lock, CLOCK_MONOTONIC, &until);
	if (!rc) {
		d->lost = true;
		assign_bars_trap(d);
		assign_unshare(d);
	}
	pthread_mutex_unlock(&d->lock);
	return rc ? -EAGAIN : 0;
}

void assign_close(struct assign_dev *d)
{
	if (!vfio_device_is_open(&d->vfio))
		return;
	vfio_device_close(&d->vfio);
	pthread_mutex_destroy(&d->lock);
}

void assign_enter(struct assign_dev *d)
{
	pthread_mutex_unlock(d->env->lock);
	pthread_mutex_lock(&d->lock);
}

void assign_leave(struct assign_dev *d)
{
	pthread_mutex_unlock(&d->lock);
	pthread_mutex_lock(d->env->lock);
}

void assign_share(struct assign_dev *d)
{
	pthread_mutex_lock(d->env->lock);
}

void assign_unshare(struct assign_dev *d)
{
	pthread_mutex_unlock(d->env->lock);
}

#define WARNINGS_MAX 20

void assign_warn(struct assign_dev *d, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;

	if (d->warnings >= WARNINGS_MAX || vfio_device_check(&d->vfio))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->warnings++;
	log_warn("%s: %s%s", d->vfio.name, text,
		 d->warnings == WARNINGS_MAX ? " (no more of these)" : "");
}
