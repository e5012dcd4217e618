/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vfio-user server that lies when it is told to.
 *
 * Without a lie it is an honest, small PCI device: it shows that what a client
 * makes of a lie comes from the lie.  It shares nothing with the client but the
 * layout of messages, so that a mistake there cannot cancel out here.
 *
 *   main.c    options; waits for a client and for what it sends
 *   wire.c    bytes to messages and back, with every way to do that badly
 *   device.c  the honest answers
 *   engine.c  what the device does: DMA by message, interrupts
 *   lies.c    the table of lies
 *   tell*.c   what its rows call
 *
 * Everything here may block, for seconds, and ends the process when it cannot
 * go on: the tests are about the other side.
 */
#ifndef LYING_LIAR_H
#define LYING_LIAR_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio/userwire.h"

enum {
	LIAR_MSG = 4 << 20, /* bytes of the longest message, either way */
	LIAR_FDS = 253,     /* as many as the kernel takes along */
	LIAR_LIES = 4,
	LIAR_MAPS = 64,
	LIAR_ASKED = 1 << 15,
	LIAR_VECTORS = 8, /* MSI-X */
	LIAR_REGIONS = 9,
	LIAR_HEAD = sizeof(struct userwire_header),
};

/* Registers in BAR 0, 4 bytes each */
enum {
	REG_ID = 0x00,
	REG_SCRATCH = 0x04,
	REG_IOVA = 0x08, /* 8 bytes */
	REG_COUNT = 0x10,
	REG_GO = 0x14,     /* 1: DMA from the guest, 2: to it */
	REG_STATUS = 0x18, /* 0 idle, 1 busy, 2 done, else 1 << 31 | errno */
	REG_FIRE = 0x1c,   /* index << 8 | vector */
	REG_DROP = 0x20,   /* INTx is no longer asserted */
	REG_DATA = 0x100,  /* what DMA reads and writes */
	REG_DATA_MAX = 0x100,
	REG_BYTES = 0x1000,
};

enum {
	LIAR_ID = 0x4c494152,
	CFG_PM = 0x40,
	CFG_MSIX = 0x50,
	CFG_MSI = 0x60,
	CFG_EXT = 0x100,
	CFG_BYTES = 0x1000,
	BAR2_BYTES = 0x8000,
};

/* What happens once a message was sent, or not sent */
enum after {
	AFTER_GO_ON,
	AFTER_CLOSE, /* the connection, in order */
	AFTER_DEAF,  /* neither reads nor writes, but keeps it open */
	AFTER_KILL,  /* SIGKILL */
	AFTER_STOP,  /* SIGSTOP */
};

/* A message on its way out; a lie changes it */
struct out {
	uint8_t *p; /* LIAR_MSG bytes: header and body */
	size_t len; /* how many are sent, whatever the header says */
	int fd[LIAR_FDS];
	unsigned nfds;
	bool close_fds;  /* once sent */
	unsigned piece;  /* bytes a sendmsg(2), 0: all of them */
	unsigned pause;  /* ms between pieces */
	unsigned copies; /* 0: not sent at all */
	enum after after;
};

/* A request of ours that the client has yet to answer */
struct asked {
	uint16_t id;
	uint16_t cmd;
	uint64_t count;
	enum { ASKED_GOOD, ASKED_BAD, ASKED_ANY } want;
	bool engine; /* it was the guest that wanted it */
};

struct device {
	uint8_t config[CFG_BYTES];
	uint8_t reg[REG_BYTES];
	struct userwire_region region[LIAR_REGIONS];
	uint32_t irqs[VFIO_PCI_NUM_IRQS];
	int event[VFIO_PCI_NUM_IRQS][LIAR_VECTORS];
	bool intx_masked;
	bool intx_asserted;
	int mem; /* memfd of BAR 2 */
	struct userwire_map map[LIAR_MAPS];
	unsigned nmaps;
	int ram; /* descriptor of the first map; -1 */
};

struct liar;

enum when {
	AT_START,   /* the device is made */
	AT_REQUEST, /* came in, is not yet looked at */
	AT_REPLY,   /* is made, not yet sent */
};

/* A row of the table */
struct lie {
	const char *name;
	enum when when;
	uint16_t cmd; /* the message; 0: any */
	int index;    /* region or interrupt index in it; -1: any */
	void (*tell)(struct liar *l, const struct lie *lie);
	uint64_t a, b, c; /* what they mean, tell() knows */
	const char *text; /* likewise */
};

/* A lie that was ordered */
struct told {
	const struct lie *lie;
	uint16_t cmd;
	int index;
	unsigned nth; /* only this one of the messages; 0: all */
	unsigned seen;
};

struct liar {
	const char *path;
	int listener;
	int fd;
	int twin; /* our end of the twin socket; -1 */
	bool offer_twin;
	bool late; /* what is done at a request is done after the reply */
	bool fork; /* go on behind the back of who started us */
	unsigned delay_ms;
	uint64_t seed; /* of noise */
	bool storm;    /* write every eventfd all the time */
	bool deaf;     /* accepts nobody */
	bool full;     /* and its queue is full */
	bool lenient;  /* replies to what was no request are no surprise */
	uint64_t xfer; /* its max_data_xfer_size */
	struct told told[LIAR_LIES];
	unsigned ntold;
	/* the request that is being served */
	struct userwire_header head;
	uint8_t *in; /* its body, LIAR_MSG bytes */
	size_t in_len;
	int in_fd[LIAR_FDS];
	unsigned in_nfds;
	struct out out;
	uint16_t next_id;
	struct asked *asked; /* LIAR_ASKED */
	unsigned nasked;
	unsigned grown; /* for argsz that grows */
	struct device dev;
};

/* wire.c */

/** liar_die - print a line and end the process with status 2 */
void liar_die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/** liar_bug - print that the client did wrong; the process ends with 3 */
void liar_bug(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/** liar_receive - one message from @fd; false: the client is gone */
bool liar_receive(struct liar *l, int fd);

/** liar_send - @l->out to @fd as it says, and what comes after it */
void liar_send(struct liar *l, int fd);

/** liar_raw - bytes to @fd; the client may be gone */
void liar_raw(int fd, const void *p, size_t len);

/** liar_sleep - milliseconds */
void liar_sleep(unsigned ms);

/** liar_deaf - wait until the client is gone, reading nothing; then end */
void liar_deaf(struct liar *l) __attribute__((noreturn));

/* device.c */

/** liar_device_init - the honest device */
void liar_device_init(struct device *d);

/** liar_answer - put the honest reply to the request into @l->out */
void liar_answer(struct liar *l);

/** liar_fail - make @l->out an error reply without a body */
void liar_fail(struct liar *l, uint32_t err);

/** liar_body - @len bytes of reply body, zeroed, behind the header */
void *liar_body(struct liar *l, size_t len);

/* engine.c */

/** liar_engine_write - the guest wrote @len bytes of registers at @off */
void liar_engine_write(struct liar *l, uint64_t off, size_t len);

/** liar_engine_reset - registers and interrupts as after power-on */
void liar_engine_reset(struct liar *l);

/** liar_set_irqs - SET_IRQS; 0 or an errno */
uint32_t liar_set_irqs(struct liar *l);

/** liar_fire - write one eventfd, if there is one */
void liar_fire(struct liar *l, unsigned index, unsigned vector);

/** liar_fire_all - write every eventfd we have */
void liar_fire_all(struct liar *l);

/**
 * liar_ask - send DMA_READ or DMA_WRITE of honest form
 * @data: @count bytes for DMA_WRITE
 *
 * What the reply must be follows from what the client mapped.
 */
void liar_ask(struct liar *l, uint16_t cmd, uint64_t iova, uint64_t count,
	      const void *data);

/** liar_expect - remember a request that is sent by other means */
struct asked *liar_expect(struct liar *l, uint16_t cmd, uint64_t count);

/** liar_answered - the reply in @l->in to a request of ours */
void liar_answered(struct liar *l);

/* lies.c */

/** liar_lies - the table and its length */
const struct lie *liar_lies(size_t *n);

/** liar_order - NAME[@MESSAGE[/INDEX]][:N] of the command line; ends if bad */
void liar_order(struct liar *l, const char *spec);

/** liar_tell - tell the lies that are due */
void liar_tell(struct liar *l, enum when when);

/** liar_message - name of a message, NULL for none */
const char *liar_message(unsigned cmd);

#endif
