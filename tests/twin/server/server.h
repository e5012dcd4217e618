/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The twin as a process: one chip, its wire, and a socket for each function.
 *
 *   listen.c  sockets in the file system     device.c  chip <-> session, wire
 *   loop.c    what happens when              opts.c    the command line
 *   shm.c     memory that clients may map
 *
 * One thread does everything, so the chip needs no lock.
 */
#ifndef TESTS_TWIN_SERVER_SERVER_H
#define TESTS_TWIN_SERVER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/twin/model/bcm5720.h"
#include "tests/twin/server/log.h"
#include "tests/twin/server/opts.h"
#include "tests/twin/server/session.h"
#include "tests/twin/server/vfu.h"
#include "tests/twin/wire/wire.h"

/* A function of the chip, and its client if it has one */
struct vfu_port {
	struct vfu_server *server;
	unsigned int fn;
	char name[8];     /* in the log */
	const char *path; /* of the socket */
	bool bound;       /* @path is ours to remove */
	int listener;     /* -1: not yet */
	bool connected;   /* .session is open */
	bool fresh;       /* reset, and not used since */
	bool armed;       /* faults count: a register was touched */
	unsigned err_at;  /* countdown of interrupts to ERR; 0: never */
	unsigned req_at;  /* likewise to REQ */
	struct vfu_dev dev;
	struct vfu_session session;
};

struct vfu_server {
	const struct vfu_opts *opts;
	struct vfu_log *log;
	struct bcm_chip *chip;
	struct wire *wire;
	uint32_t *shm;          /* BCM_BAR_SIZE bytes with --mmap, else NULL */
	struct vfu_share share; /* the file that they are, what of it is used */
	struct vfu_port port[BCM_FUNCS];
	unsigned nports;
	int signals;         /* signalfd of SIGTERM and SIGINT */
	bool stop;           /* one came */
	uint64_t deaf_until; /* no accept(2) before; 0: at any time */
};

/* ---- listen.c --------------------------------------------------------- */

/**
 * vfu_listen - a socket at @path that clients can connect to
 * @fd: set; the caller's to close, and @path then to unlink(2)
 *
 * A socket that nobody listens at any more is replaced.
 *
 * Return: 0, or -errno with err_last() set: -EADDRINUSE somebody does.
 */
int vfu_listen(const char *path, int *fd) __attribute__((warn_unused_result));

/* ---- shm.c ------------------------------------------------------------ */

/**
 * vfu_shm_open - memory that this process and clients share
 * @fd:  set to a file of that size, which it keeps; -1 on failure
 * @mem: set to the file's bytes, all zero; NULL on failure
 * @len: whole pages
 *
 * Owns:   both, until vfu_shm_close().
 * Return: 0, or -errno with err_last() set.
 */
int vfu_shm_open(int *fd, uint32_t **mem, size_t len)
	__attribute__((warn_unused_result));

/** vfu_shm_close - free both; idempotent */
void vfu_shm_close(int *fd, uint32_t **mem, size_t len);

/* ---- device.c --------------------------------------------------------- */

/**
 * vfu_device_open - chip and wire as @s->opts says, offered at @s->port[]
 *
 * Owns:   @s->chip and @s->wire, until vfu_device_close().
 * Return: 0, or -errno with err_last() set.
 */
int vfu_device_open(struct vfu_server *s) __attribute__((warn_unused_result));

/** vfu_device_close - free both; idempotent */
void vfu_device_close(struct vfu_server *s);

/** vfu_device_gone - the client of @p is gone: its function starts afresh */
void vfu_device_gone(struct vfu_port *p);

/** vfu_device_run - the chip's work, and frames that arrived; bounded */
void vfu_device_run(struct vfu_server *s);

/** vfu_device_deadline - when that is wanted next: 0 now, UINT64_MAX never */
uint64_t vfu_device_deadline(struct vfu_server *s);

/* ---- loop.c ----------------------------------------------------------- */

/**
 * vfu_server_open - everything, up to sockets that accept
 * @s: uninitialised; must stay where it is
 * @o, @log: borrowed
 *
 * Return: 0, or -errno with err_last() set; vfu_server_close() in any case.
 */
int vfu_server_open(struct vfu_server *s, const struct vfu_opts *o,
		    struct vfu_log *log) __attribute__((warn_unused_result));

/** vfu_server_close - everything, and the sockets' files removed */
void vfu_server_close(struct vfu_server *s);

/**
 * vfu_server_run - serve until SIGTERM or SIGINT
 *
 * Return: 0, or -errno with err_last() set.
 */
int vfu_server_run(struct vfu_server *s) __attribute__((warn_unused_result));

/**
 * vfu_server_serve - wait for the clients and serve them, and no more
 * @ms: at most so long
 *
 * For the time that the chip waits for its own request to a client; it is not
 * entered again, nobody is sent away, no frame moves.  Who comes is let in.
 *
 * Return: 0; -EINTR when the server shall end.  No message.
 */
int vfu_server_serve(struct vfu_server *s, int ms)
	__attribute__((warn_unused_result));

#endif
