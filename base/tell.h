/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program does, told while it does it: --trace and --explain.
 *
 * The only sink.  Two renderings of the same fact: a trace has one stable line
 * for each, `AREA NAME ARGUMENTS -> RESULT`, without addresses of ours and
 * without numbers of descriptors; an explanation has chapters, a sentence that
 * says why, and the same line below it.  One write(2) for each line, several
 * for a long one on a terminal.  Who reads slowly makes us slow; who does not
 * read for a second loses lines, and is told so: vCPUs and the end of a run do
 * not hang on a pipe that nobody empties.
 *
 * State of the process, like the log's: a call is told where it is made, far
 * below anybody who could hand an object down, and there is one standard error.
 * It is set once, before there is a second thread; what changes later is behind
 * one lock.  An ioctl is made with that lock held, so that lines stand in the
 * order of the calls; a message is not, as its answer may depend on others. All
 * of it works in the sandbox: locks, poll(2), write(2).
 *
 * Knows no request and no device: the tables are in kvm/tell.c, vfio/tell.c.
 */
#ifndef BASE_TELL_H
#define BASE_TELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tell_area {
	TELL_VFIO, /* ioctls on container, groups, devices; messages */
	TELL_KVM,  /* ioctls on VM, vCPUs */
	TELL_PCI,  /* the guest's trapped accesses */
	TELL_IRQ,  /* vectors and their way */
	TELL_DMA,  /* what devices reach */
	TELL_BIND, /* writes to sysfs; explained, never traced */
	TELL_AREAS
};

enum tell_chapter {
	TELL_NO_CHAPTER, /* traced, never explained */
	TELL_CH_BIND,
	TELL_CH_GROUP,
	TELL_CH_CONTAINER,
	TELL_CH_IOMMU,
	TELL_CH_DMA,
	TELL_CH_DEVICE,
	TELL_CH_REGIONS,
	TELL_CH_INTERRUPTS,
	TELL_CH_GUEST,
	TELL_CHAPTERS
};

/* How often the same call is told */
enum tell_fold {
	TELL_EACH,
	TELL_BRIEF,   /* explained once, then counted; traced each time */
	TELL_COUNTED, /* told once, then counted: KVM_RUN */
};

/* A line that is being made; what does not fit is cut */
struct tell_text {
	size_t n;
	char s[768];
};

/* What is told of one call; why, and how its arguments are read */
struct tell_row {
	const char *name; /* UAPI spelling */
	enum tell_chapter chapter;
	enum tell_fold fold;
	const char *why;                 /* a sentence; NULL: none */
	const char *undo;                /* the sentence when undoes() */
	bool (*undoes)(const void *arg); /* NULL: never */
	/* each adds " NAME=VALUE"s; NULL: there is nothing to add */
	void (*in)(struct tell_text *t, const void *arg);
	void (*out)(struct tell_text *t, const void *arg, int rc);
};

/* A call between its arguments and its result */
struct tell_call {
	enum tell_area area;
	const struct tell_row *row;
	const char *why;
	const void *arg;
	bool locked; /* from its begin to its end */
	struct tell_text t;
};

/* An ioctl that is about to be made */
struct tell_ioctl {
	int fd;
	unsigned long request;
	const char *name; /* of the request, UAPI spelling */
	uintptr_t arg;
};

/** tell_make_fn - makes it; what it returned, or -errno */
typedef int tell_make_fn(const struct tell_ioctl *c);

extern unsigned tell_areas; /* bit n: enum tell_area n is told; see tell_on() */

/** tell_on - is anything of this area told?  One branch when not */
static inline bool tell_on(enum tell_area a)
{
	return __builtin_expect(tell_areas >> a & 1, 0);
}

/** tell_area_name - "vfio"; for TELL_VFIO .. TELL_DMA */
const char *tell_area_name(enum tell_area a);

/**
 * tell_trace - from now on trace these areas
 * @areas: bits, 1 << enum tell_area
 * @fd:    where to; borrowed, open as long as anything is told
 */
void tell_trace(unsigned areas, int fd);

/** tell_explain - from now on explain; @fd as in tell_trace() */
void tell_explain(int fd);

/** tell_on_terminal - does any of it go to a terminal? */
bool tell_on_terminal(void);

/** tell_off - tell nothing any more and forget all; for tests */
void tell_off(void);

/**
 * tell_anew - a chapter begins with the next line, whatever was told last
 *
 * For a process whose child has told something meanwhile.
 */
void tell_anew(void);

/** tell_counts - how often what was counted happened; at the end of a run */
void tell_counts(void);

/**
 * tell_name_fd - what a descriptor is, as it shall be told
 * @fmt: "vm", "group=10", "device=0000:02:00.0"
 *
 * Replaces what a closed one of the same number was.
 */
void tell_name_fd(int fd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** tell_fd_name - that; "fd" for what has no name, "none" for -1 */
const char *tell_fd_name(int fd);

/** tell_out_fd - for .out of a row: the result is a descriptor */
void tell_out_fd(struct tell_text *t, const void *arg, int rc);

/** tell_add - append to a line */
void tell_add(struct tell_text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * tell_bits - append " KEY=A|B"
 * @name: of bit 0, 1, ... @n of them, NULL where there is none; a bit without
 *        a name is told in hex
 */
void tell_bits(struct tell_text *t, const char *key, uint64_t bits,
	       const char *const *name, size_t n);

/** tell_hex - append " KEY=0xVALUE" */
void tell_hex(struct tell_text *t, const char *key, uint64_t value);

/**
 * tell_find - the row of a name; one that says no more than that otherwise
 * @rows: @n of them
 */
const struct tell_row *tell_find(const struct tell_row *rows, size_t n,
				 const char *name);

/**
 * tell_call_begin - before the call: its arguments, and the lock
 * @c:   filled, for tell_call_end()
 * @who: what it is made on, as tell_fd_name()
 * @arg: what the row's functions read; for a call without a pointer the
 *       number itself
 */
void tell_call_begin(struct tell_call *c, enum tell_area area,
		     const struct tell_row *row, const char *who,
		     const void *arg);

/**
 * tell_message_begin - likewise for a message, without the lock
 *
 * Its answer may have to wait for what another thread tells.
 */
void tell_message_begin(struct tell_call *c, enum tell_area area,
			const struct tell_row *row, const char *who,
			const void *arg);

/**
 * tell_call_end - after the call: its result, and a line
 * @rc: what the call returned, or -errno
 */
void tell_call_end(struct tell_call *c, int rc);

/**
 * tell_message_try_end - tell_call_end() of a message, without waiting
 *
 * It stays untold if another thread is telling, or nobody reads.
 */
void tell_message_try_end(struct tell_call *c, int rc);

/**
 * tell_ioctl - make an ioctl and tell it
 * @row:  its own
 * @make: who makes it
 *
 * Return: what @make returned.
 */
int tell_ioctl(enum tell_area area, const struct tell_row *row,
	       const struct tell_ioctl *c, tell_make_fn *make);

/** tell_count - TELL_COUNTED, for a call that cannot be made under the lock */
void tell_count(enum tell_area area, const struct tell_row *row,
		const char *who);

/**
 * tell_say - a fact that is no call, traced only
 * @name: "MAP"
 * @fmt:  arguments and result, " KEY=VALUE ..."
 */
void tell_say(enum tell_area area, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
