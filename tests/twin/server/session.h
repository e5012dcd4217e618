/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One client on one connection.
 *
 * Whoever owns the session waits for its descriptors with poll(2) and calls
 * vfu_session_step(); nothing here blocks, but DMA by message, which serves
 * the client while it waits.  One thread.
 *
 *   msg.c     bytes to messages and back      session.c  which verb, whether
 *   version.c VERSION                         info.c     what there is
 *   access.c  regions, reset, maps, irqs      remote.c   DMA, by message too
 */
#ifndef TESTS_TWIN_SERVER_SESSION_H
#define TESTS_TWIN_SERVER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/twin/server/dma.h"
#include "tests/twin/server/irqs.h"
#include "tests/twin/server/vfu.h"
#include "vfio/userwire.h"

enum {
	/* in a message; more than VERSION promises, who is generous */
	VFU_MSG_FDS = 64,
	VFU_MSG_FDS_TOLD = 16, /* QEMU takes no higher number */
	/* longest message: header, struct userwire_access or _dma, data */
	VFU_MSG_MAX = 32 + USERWIRE_XFER_MAX,
	/* no message that may bring descriptors is shorter, see msg.c */
	VFU_CHUNK = 36,
	/* bytes of replies that wait for the client; then it is not read */
	VFU_OUT_MAX = 4 << 20,
	/* QEMU cuts replies that are longer than its socket's buffer */
	VFU_REMOTE_CHUNK = 64 << 10,
};

/* A message that has arrived: header, body, descriptors */
struct vfu_msg {
	struct userwire_header head;
	uint8_t *body; /* VFU_MSG_MAX bytes; the first .len are valid */
	size_t len;
	int fds[VFU_MSG_FDS]; /* a handler that keeps one makes it -1 */
	unsigned nfds;
	bool fds_lost; /* more came than could be taken */
};

/* What is being received */
struct vfu_in {
	struct vfu_msg msg;
	size_t got;    /* bytes of it so far, header first */
	uint64_t skip; /* bytes of a message too long that are thrown away */
	uint8_t chunk[VFU_CHUNK];
	size_t from, to; /* bytes of .chunk that are still to be looked at */
	int fds[VFU_MSG_FDS]; /* came with .chunk, see msg.c */
	unsigned nfds;
	bool fds_lost;
};

/* What waits for room in the socket */
struct vfu_out {
	uint8_t *buf;
	size_t cap, from, to;
	int fd;       /* borrowed; -1: none of the messages has one */
	size_t fd_at; /* where the message begins that it belongs to */
};

/* Our own request to the client; one at a time */
struct vfu_remote {
	uint16_t id;
	enum { VFU_REMOTE_IDLE, VFU_REMOTE_SENT, VFU_REMOTE_LATE } state;
	struct userwire_dma want;
	uint16_t cmd;
	uint8_t *data; /* where DMA_READ's data go; @want.count bytes */
	int rc;
	uint64_t waited; /* ns that answers took since the owner made it 0 */
};

struct vfu_session {
	int fd;
	const struct vfu_dev *dev;
	bool open;       /* VERSION is agreed */
	bool ending;     /* to be closed when .out is empty */
	bool ended;      /* the client is gone, or was sent away */
	bool in_handler; /* no DMA now */
	struct vfu_in in;
	struct vfu_out out;
	uint8_t *reply; /* VFU_MSG_MAX bytes: header, payload */
	int reply_fd;   /* to go with it, borrowed of the device; -1: none */
	struct vfu_irqs irqs;
	struct vfu_dma dma;
	struct vfu_remote remote;
	uint64_t xfer_max; /* the client's max_data_xfer_size */
	unsigned wait_ms;  /* how long it may take to answer */
};

/**
 * vfu_session_open - begin with a new client
 * @s:   uninitialised; must stay where it is
 * @fd:  connected socket; taken and made non-blocking.  -1: none, for tests
 *       that call vfu_session_handle() themselves
 * @dev: borrowed until vfu_session_close()
 *
 * Return: 0, or -errno with err_last() set; then @fd is closed.
 */
int vfu_session_open(struct vfu_session *s, int fd, const struct vfu_dev *dev)
	__attribute__((warn_unused_result));

/**
 * vfu_session_close - drop the connection, its maps and eventfds
 *
 * Idempotent.  Tells the device that no interrupt is wired, and nothing else:
 * a reset is the owner's to do.
 */
void vfu_session_close(struct vfu_session *s);

/** vfu_session_events - what poll(2) shall wait for at @s->fd */
short vfu_session_events(const struct vfu_session *s);

/**
 * vfu_session_step - send what waits, receive, and handle one message at most
 *
 * Return: 1 a message was handled, more may be there, and if
 *         vfu_msg_buffered() says so then poll(2) does not tell; 0 nothing
 *         more to do before poll(2) says so; -ECONNRESET (no message) it is
 *         over, then and ever after: call vfu_session_close().
 */
int vfu_session_step(struct vfu_session *s);

/**
 * vfu_session_handle - do what @m says
 *
 * Return: bytes of the reply at @s->reply, header included; 0: none.
 */
size_t vfu_session_handle(struct vfu_session *s, struct vfu_msg *m);

/**
 * vfu_session_dma - read from or write to the client's memory
 * @iova, @len: any; a range may span maps
 * @buf:   @len bytes, ours
 * @write: from @buf to the client
 *
 * Where a map came without file, this sends requests and serves the client
 * until it has answered, so not in a handler.
 *
 * Return: 0, or -errno (no message): -EFAULT not mapped, or the memory is
 *         gone; -EACCES not mapped for that; -EDEADLK in a handler;
 *         -ETIMEDOUT when answers took @s->wait_ms, all together; -EIO until
 *         a late reply has come; -ECONNRESET; what the client answered.  Part
 *         of it may be done.
 */
int vfu_session_dma(struct vfu_session *s, uint64_t iova, void *buf, size_t len,
		    bool write) __attribute__((warn_unused_result));

/* ---- between the files of the session --------------------------------- */

/** vfu_msg_init - buffers; 0 or -ENOMEM (no message); vfu_msg_fini() anyway */
int vfu_msg_init(struct vfu_session *s);

/** vfu_msg_fini - free them, close descriptors not taken; idempotent */
void vfu_msg_fini(struct vfu_session *s);

/** vfu_msg_done - the message is dealt with: close what is left of it */
void vfu_msg_done(struct vfu_msg *m);

/**
 * vfu_msg_receive - as much of a message as is there
 *
 * Return: 1 @s->in.msg is whole, or its header is bad: .len is then less than
 *         the header says; 0 not yet; -errno the connection is over.
 */
int vfu_msg_receive(struct vfu_session *s);

/** vfu_msg_buffered - bytes are here already that poll(2) knows nothing of */
bool vfu_msg_buffered(const struct vfu_session *s);

/**
 * vfu_msg_send - @len bytes, now or when there is room
 * @fd: goes with the first of them, borrowed until it went; -1: none
 *
 * Return: 0 or -errno; -EBUSY when another one's descriptor waits: no message
 *         was to be read then, see vfu_msg_full().
 */
int vfu_msg_send(struct vfu_session *s, const void *msg, size_t len, int fd)
	__attribute__((warn_unused_result));

/** vfu_msg_flush - send what waits; 0 or -errno */
int vfu_msg_flush(struct vfu_session *s) __attribute__((warn_unused_result));

/** vfu_msg_waiting - bytes that wait */
size_t vfu_msg_waiting(const struct vfu_session *s);

/** vfu_msg_full - so much waits that the client is not to be read */
bool vfu_msg_full(const struct vfu_session *s);

/*
 * Handlers: what one verb means.
 *
 * @m:   length and descriptors were checked against the verb's row
 * @out: the payload of the reply goes here, below VFU_MSG_MAX bytes
 *
 * Return: bytes of payload, or -errno (no message).
 */
/** vfu_do_version - agree on a version, and the session is open */
int vfu_do_version(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_info - how many regions and interrupts */
int vfu_do_info(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_region_info - size and rights of a region */
int vfu_do_region_info(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_io_fds - none: refused */
int vfu_do_io_fds(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_irq_info - number and kind of an index's interrupts */
int vfu_do_irq_info(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_set_irqs - see irqs.h */
int vfu_do_set_irqs(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_read - bytes of a region */
int vfu_do_read(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_write - likewise to it */
int vfu_do_write(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_reset - the device's reset */
int vfu_do_reset(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_map - see dma.h */
int vfu_do_map(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);
/** vfu_do_unmap - see dma.h */
int vfu_do_unmap(struct vfu_session *s, struct vfu_msg *m, uint8_t *out);

/** vfu_remote_answer - a reply has come; is it the one that is waited for? */
void vfu_remote_answer(struct vfu_session *s, const struct vfu_msg *m);

#endif
