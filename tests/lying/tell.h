/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a row of the table can call; a, b, c and text are the row's.
 *
 * Those of tell_wire.c spoil any message, those of tell_more.c know what is in
 * it, those of tell_noise.c know nothing.
 */
#ifndef LYING_TELL_H
#define LYING_TELL_H

#include "tests/lying/liar.h"

/* enum tell_fd: what can come in place of a regular file */
enum tell_fd {
	TELL_PIPE,
	TELL_EVENTFD,
	TELL_DIR,
	TELL_NULL,
	TELL_ZERO,
	TELL_OPATH,
	TELL_SOCKET,
	TELL_SHORT,    /* a file of one page */
	TELL_EMPTY,    /* a file of no page */
	TELL_READONLY, /* the right one, but only to be read */
	TELL_SEALED,   /* a copy, sealed against writing */
	TELL_EPOLL,
	TELL_LINGER, /* a socket whose close(2) takes its time */
};

/** tell_size - the header's size is that of the message plus a */
void tell_size(struct liar *l, const struct lie *lie);

/** tell_size_is - the header's size is a */
void tell_size_is(struct liar *l, const struct lie *lie);

/** tell_longer - a bytes behind the end, and the header's size says so */
void tell_longer(struct liar *l, const struct lie *lie);

/** tell_body - only a bytes of body, and the header's size says so */
void tell_body(struct liar *l, const struct lie *lie);

/** tell_cut - only a bytes are sent, or all but -a; then b of enum after */
void tell_cut(struct liar *l, const struct lie *lie);

/** tell_drip - a bytes at a time, b ms apart */
void tell_drip(struct liar *l, const struct lie *lie);

/** tell_id - the id is off by a */
void tell_id(struct liar *l, const struct lie *lie);

/** tell_cmd - the command is a */
void tell_cmd(struct liar *l, const struct lie *lie);

/** tell_flags - the flags are a */
void tell_flags(struct liar *l, const struct lie *lie);

/** tell_error - an error reply with errno a; with its body if b */
void tell_error(struct liar *l, const struct lie *lie);

/** tell_copies - it is sent a times; then b of enum after */
void tell_copies(struct liar *l, const struct lie *lie);

/** tell_fds - a descriptors more than there should be */
void tell_fds(struct liar *l, const struct lie *lie);

/** tell_no_fds - none */
void tell_no_fds(struct liar *l, const struct lie *lie);

/** tell_fd - a descriptor of what a (enum tell_fd) says */
void tell_fd(struct liar *l, const struct lie *lie);

/** tell_fd_other - a second one, of another file */
void tell_fd_other(struct liar *l, const struct lie *lie);

/** tell_die - a of enum after, now */
void tell_die(struct liar *l, const struct lie *lie);

/** tell_alarm - end in a seconds, whatever happens until then */
void tell_alarm(struct liar *l, const struct lie *lie);

/** tell_sleep - nothing for a ms */
void tell_sleep(struct liar *l, const struct lie *lie);

/** tell_answer_quiet - reply to requests that want no reply */
void tell_answer_quiet(struct liar *l, const struct lie *lie);

/** tell_no_accept - listen, but no more; a: nobody else can connect either */
void tell_no_accept(struct liar *l, const struct lie *lie);

/** tell_unasked - a reply to a, id b, that nobody asked for */
void tell_unasked(struct liar *l, const struct lie *lie);

/** tell_request - a request with command a and b bytes of body, c descriptors
 */
void tell_request(struct liar *l, const struct lie *lie);

/** tell_put - b bytes at a of the reply's body are c */
void tell_put(struct liar *l, const struct lie *lie);

/** tell_config - b bytes at a of configuration space are c */
void tell_config(struct liar *l, const struct lie *lie);

/** tell_fill - configuration space from a to b is c */
void tell_fill(struct liar *l, const struct lie *lie);

/** tell_region - region lie->index is of a bytes, with flags b if not 0 */
void tell_region(struct liar *l, const struct lie *lie);

/** tell_json - VERSION's text is the row's */
void tell_json(struct liar *l, const struct lie *lie);

/** tell_json_bare - likewise, and there is no NUL behind it */
void tell_json_bare(struct liar *l, const struct lie *lie);

/** tell_json_many - VERSION's text is the row's a times, and a NUL */
void tell_json_many(struct liar *l, const struct lie *lie);

/** tell_twin - the reply to VERSION names the twin socket, in the way of a */
void tell_twin(struct liar *l, const struct lie *lie);

/** tell_grow - argsz is a more at every question */
void tell_grow(struct liar *l, const struct lie *lie);

/** tell_shrink - the file of BAR 2 is truncated to a bytes, now */
void tell_shrink(struct liar *l, const struct lie *lie);

/** tell_dma - lie->cmd of b bytes at a; c times */
void tell_dma(struct liar *l, const struct lie *lie);

/** tell_dma_ram - at the end of RAM plus a (signed), b bytes; DMA_READ */
void tell_dma_ram(struct liar *l, const struct lie *lie);

/** tell_dma_form - a DMA_WRITE of a bytes of body that says count b; c: flags
 */
void tell_dma_form(struct liar *l, const struct lie *lie);

/** tell_flood - a DMA_READs of b bytes; no reply is read between them */
void tell_flood(struct liar *l, const struct lie *lie);

/** tell_for_ever - DMA_READs of a bytes, one after the other, and no reply */
void tell_for_ever(struct liar *l, const struct lie *lie);

/** tell_events - write every eventfd the value a; c: make them blocking */
void tell_events(struct liar *l, const struct lie *lie);

/** tell_storm - from now on all eventfds are written all the time */
void tell_storm(struct liar *l, const struct lie *lie);

/** tell_event_close - close every eventfd that we were given */
void tell_event_close(struct liar *l, const struct lie *lie);

/** tell_noise - one reply in a, or what is about it, is wrong in some way */
void tell_noise(struct liar *l, const struct lie *lie);

/** tell_ram - try to take guest RAM away: a is 0 truncate, 1 seal, 2 grow */
void tell_ram(struct liar *l, const struct lie *lie);

#endif
