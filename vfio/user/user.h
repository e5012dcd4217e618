/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client of vfio-user: one device behind one connected UNIX socket.
 *
 *   backend.c  the table of functions that the rest of vfio/ knows
 *   version.c  what both ends can do       sock.c    bytes and descriptors
 *   regions.c  what there is, and access   call.c    a request and its reply
 *   irqs.c     eventfds to the server      dma.c     guest RAM for the server
 *   dead.c     the end of a connection     thread.c  what comes unasked
 *   tell.c     messages as they are told
 *
 * Requests go out one at a time: the thread that makes one waits for its reply
 * itself, and serves the server's DMA requests that come before it, because a
 * server may be unable to reply before it has them.  While nobody waits, a
 * thread of the connection's own receives.
 *
 * Whatever the server sends is checked before it is believed, and each wait
 * has an end.  After any violation, timeout or EOF the connection is dead: its
 * first message is kept, everybody who waits is woken, and later calls fail at
 * once.
 *
 * Locks, in the order in which they are taken:
 *   .turn      who receives from .main, and so may have a request out
 *   ram.lock   guest RAM is mapped while the server's requests touch it
 *   .tx        whole messages go out, of each socket
 *   .why_lock, .eoi_lock   for some lines each
 * The thread of the connection never waits for .turn.
 */
#ifndef VFIO_USER_USER_H
#define VFIO_USER_USER_H

#include <linux/vfio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/err.h"
#include "base/gmem.h"
#include "vfio/backend.h"
#include "vfio/userwire.h"

enum {
	USER_TIMEOUT_MS = USERWIRE_TIMEOUT_MS,
	/* times that, for what may wait for the device's own work to end */
	USER_SLOW = 6,
	/* descriptors in a message: we never need more, and take no more */
	USER_FDS = 16,
	USER_HEAD = sizeof(struct userwire_header),
	/* the longest message: header, struct userwire_access or _dma, data */
	USER_MSG_MAX = 32 + USERWIRE_XFER_MAX,
	USER_NAME = 128,
};

struct vfio_user;

/* Guest RAM that is mapped; all connections of a VM share one of these */
struct user_ram {
	pthread_rwlock_t lock;
	struct gmem mem;
};

/* What the devices of a VM share */
struct user_container {
	struct vfio_container base;
	struct user_ram ram;
	struct vfio_user *head; /* open connections */
};

/* One of a connection's sockets */
struct user_chan {
	int fd;
	pthread_mutex_t tx;
};

struct vfio_user {
	char name[USER_NAME];     /* "vfio-user:PATH" */
	struct user_container *c; /* borrowed */
	struct vfio_user *next;   /* in its list */

	struct user_chan main;
	struct user_chan twin; /* the server's requests; .fd -1: on .main */
	pthread_mutex_t turn;
	atomic_uint wanted; /* threads that wait for .turn */
	uint16_t id;        /* of the last request */

	/* set while it is opened, constant then */
	unsigned timeout_ms, slow_ms; /* for an answer */
	uint64_t xfer_max;            /* data in one message, both ways */
	unsigned fds_max;  /* descriptors in one message, to the server */
	uint32_t mem_bars; /* bit n: BAR n is memory, not I/O ports */
	bool mappable;     /* a region is: then writes must not be posted */
	int region_fd[VFIO_PCI_NUM_REGIONS]; /* for mmap(2); -1: none */
	/* of it: the end of what was mapped, since the device was opened */
	_Atomic uint64_t mapped_end[VFIO_PCI_NUM_REGIONS];

	int epoll, quit;            /* of the connection's thread */
	int (*begin)(void *opaque); /* see struct vfio_source */
	void *begin_opaque;
	pthread_t thread;
	bool running;
	pthread_mutex_t eoi_lock;
	int eoi; /* eventfd: INTx is to be unmasked; -1: none */

	pthread_mutex_t why_lock;
	atomic_int dead;   /* -errno; 0: alive */
	char why[ERR_MAX]; /* its message */
	int lost_fd;       /* eventfd, readable when .dead */
};

/* A request, and what may come back */
struct user_req {
	enum userwire_cmd cmd;
	struct iovec tx[2]; /* payload */
	const int *fds;     /* .nfds to go with it */
	unsigned nfds;
	struct iovec rx[2]; /* room for the reply's payload */
	size_t least;       /* that must come of it */
	unsigned most_fds;  /* that may come with it */
	/* set by user_call() */
	size_t got;       /* bytes of the reply's payload */
	int in[USER_FDS]; /* .nin descriptors came; the caller's to close */
	unsigned nin;
};

/* A header that has come, with its descriptors */
struct user_in {
	struct userwire_header h;
	int fds[USER_FDS];
	unsigned nfds;
	bool fds_lost; /* there were more */
};

/* ---- sock.c: -errno without a message, -ECONNRESET at EOF --------------- */

/**
 * user_sock_connect - a connection to the server at @path
 * @name: for messages
 * @ms:   to wait for a free place in its queue
 *
 * Return: descriptor, or -errno with a message that says what to do.
 */
int user_sock_connect(const char *path, const char *name, unsigned ms)
	__attribute__((warn_unused_result));

/**
 * user_sock_discard - close descriptors of the server's that are of no use
 *
 * A socket is told first not to linger: close(2) could wait for hours.
 */
void user_sock_discard(const int *fds, unsigned n);

/**
 * user_sock_send - all bytes of @v[@n]
 * @v:     changed
 * @fds:   @nfds descriptors to go with the first byte, at most USER_FDS
 * @until: of clock_now_ns(); 0: do not wait, and -EAGAIN when none went out
 *
 * Return: 0, or -errno: -ETIMEDOUT.
 */
int user_sock_send(int fd, struct iovec *v, unsigned n, const int *fds,
		   unsigned nfds, uint64_t until)
	__attribute__((warn_unused_result));

/**
 * user_sock_head - a header and what descriptors come with it
 * @in:    filled; its descriptors are the caller's, on failure too
 * @until: of clock_now_ns()
 * @fresh: the socket's own SO_RCVTIMEO is not behind @until: spares a call
 *
 * Return: 0, or -errno: -ETIMEDOUT; -EPROTO the descriptors came late.
 */
int user_sock_head(int fd, struct user_in *in, uint64_t until, bool fresh)
	__attribute__((warn_unused_result));

/**
 * user_sock_body - @len bytes of a message behind its header
 * @v: @n pieces to fill in order, with room for @len; changed
 *
 * Return: 0, or -errno: -ETIMEDOUT; -EPROTO there were descriptors, too.
 */
int user_sock_body(int fd, struct iovec *v, unsigned n, size_t len,
		   uint64_t until) __attribute__((warn_unused_result));

/** user_sock_skip - throw @len bytes away; as user_sock_body() */
int user_sock_skip(int fd, size_t len, uint64_t until)
	__attribute__((warn_unused_result));

/* ---- dead.c ---------------------------------------------------------------
 */

/**
 * user_die - the connection is of no use any more
 * @cmd: what it was about; 0: nothing of ours
 * @err: errno, positive or negative
 * @fmt: what happened, for the brackets of the message
 *
 * The first one's message is kept.  Wakes everybody who waits.
 *
 * Return: -|@err|, with this message.
 */
int user_die(struct vfio_user *u, unsigned cmd, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/** user_broken - user_die() for what user_sock_...() returned */
int user_broken(struct vfio_user *u, unsigned cmd, int err, unsigned ms);

/** user_alive - 0, or -EIO with the message of its death */
int user_alive(const struct vfio_user *u) __attribute__((warn_unused_result));

/** user_cmd_name - "REGION_READ" */
const char *user_cmd_name(unsigned cmd);

/* ---- tell.c ------------------------------------------------------------- */

struct tell_call;

/** user_tell_begin - before a request goes out; tell_call_end() at its reply */
void user_tell_begin(struct tell_call *c, const struct vfio_user *u,
		     const struct user_req *q);

/**
 * user_tell_posted - a request that is not answered went out, or @rc
 * @waits: may it wait until it can be told?  Else it may stay untold.
 */
void user_tell_posted(const struct vfio_user *u, const struct user_req *q,
		      int rc, bool waits);

/* ---- call.c ------------------------------------------------------------- */

/**
 * user_call - send a request and wait for its reply
 *
 * Return: 0, or -errno with a message: what the server answered; -EIO or
 *         another when the connection is, or now was, ended.
 */
int user_call(struct vfio_user *u, struct user_req *q)
	__attribute__((warn_unused_result));

/**
 * user_post - send a request that is not answered
 * @until: as user_sock_send()
 *
 * Return: as user_call(); -EAGAIN (no message) if @until is 0 and it had to
 *         wait.
 */
int user_post(struct vfio_user *u, struct user_req *q, uint64_t until)
	__attribute__((warn_unused_result));

/** user_until - the deadline of a request that is made now */
uint64_t user_until(const struct vfio_user *u, unsigned cmd);

/**
 * user_receive_unasked - one message of the server's own, if there is one
 * @ch: .main, whose .turn the caller has, or .twin
 *
 * Return: 0, or -errno: the connection is dead.
 */
int user_receive_unasked(struct vfio_user *u, struct user_chan *ch);

/* ---- dma.c -------------------------------------------------------------- */

/** user_ram_init - nothing mapped; 0 or -errno, no message */
int user_ram_init(struct user_ram *ram) __attribute__((warn_unused_result));

/** user_ram_fini - undo it */
void user_ram_fini(struct user_ram *ram);

/** user_dma_map - DMA_MAP for a part of RAM; 0 or -errno with a message */
int user_dma_map(struct vfio_user *u, const struct gmem_part *part)
	__attribute__((warn_unused_result));

/** user_dma_unmap - DMA_UNMAP likewise, the whole of a part */
int user_dma_unmap(struct vfio_user *u, struct range iova)
	__attribute__((warn_unused_result));

/**
 * user_serve - do what the server asks for, and reply
 * @in:    its header, checked, and no descriptors
 * @until: when all of it must be done
 *
 * Return: 0, or -errno: the connection is dead.
 */
int user_serve(struct vfio_user *u, struct user_chan *ch,
	       const struct user_in *in, uint64_t until)
	__attribute__((warn_unused_result));

/* ---- version.c ---------------------------------------------------------- */

/** user_version - agree with the server; 0 or -errno with a message */
int user_version(struct vfio_user *u) __attribute__((warn_unused_result));

/* ---- regions.c, irqs.c: of struct vfio_backend -------------------------- */

/** user_info - see vfio_backend.info */
int user_info(struct vfio_device *d, struct vfio_device_info *info);
/** user_region_info - see vfio_backend.region_info */
int user_region_info(struct vfio_device *d, struct vfio_region_info *info,
		     uint32_t argsz);
/** user_read - see vfio_backend.read */
ssize_t user_read(const struct vfio_device *d, const struct vfio_region *r,
		  uint64_t off, void *buf, size_t len);
/** user_write - see vfio_backend.write */
ssize_t user_write(const struct vfio_device *d, const struct vfio_region *r,
		   uint64_t off, const void *buf, size_t len);
/** user_mmap - see vfio_backend.mmap */
void *user_mmap(const struct vfio_device *d, const struct vfio_region *r,
		struct range part, int prot);
/**
 * user_check_files - are the files still as long as what is mapped of them?
 *
 * Return: 0, or -errno: the connection is dead.
 */
int user_check_files(struct vfio_user *u) __attribute__((warn_unused_result));
/** user_irq_info - see vfio_backend.irq_info */
int user_irq_info(struct vfio_device *d, struct vfio_irq_info *info);
/** user_set_irqs - see vfio_backend.set_irqs */
int user_set_irqs(struct vfio_device *d, struct vfio_irq_set *set);

/** user_find_bars - which BARs are memory; a failed read leaves none */
void user_find_bars(struct vfio_user *u);

/** user_unmask - SET_IRQS for INTx at the guest's EOI; as user_post(), 0 */
int user_unmask(struct vfio_user *u) __attribute__((warn_unused_result));

/* ---- thread.c ----------------------------------------------------------- */

/** user_thread_start - begin to receive; 0 or -errno with a message */
int user_thread_start(struct vfio_user *u) __attribute__((warn_unused_result));

/** user_thread_stop - end it; its sockets must be shut down; idempotent */
void user_thread_stop(struct vfio_user *u);

/** user_thread_watch - shall the thread, or not, receive from .main? */
void user_thread_watch(struct vfio_user *u, bool on);

/**
 * user_thread_eoi - have it wait for an eventfd, by which KVM says that INTx
 *                   is to be unmasked
 * @fd: duplicated; replaces the one before; -1: no more
 *
 * Return: 0, or -errno with a message.
 */
int user_thread_eoi(struct vfio_user *u, int fd)
	__attribute__((warn_unused_result));

/* ---- backend.c, for tests ----------------------------------------------- */

/**
 * user_open - begin with a connected socket, up to and with VERSION
 * @fd:  taken, also on failure
 * @src: .path is for messages, .limit_ms counts
 *
 * Owns:   *@out, until user_close().
 * Return: 0, or -errno with a message.
 */
int user_open(struct vfio_user **out, struct user_container *c, int fd,
	      const struct vfio_source *src)
	__attribute__((warn_unused_result));

/** user_close - end it and free it; NULL is harmless */
void user_close(struct vfio_user *u);

#endif
