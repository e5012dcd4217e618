/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A back end made of tables: a server that can be slow, dead or stingy, for
 * what the fake kernel cannot be.  Its device is a model of tests/fake.
 *
 * Knows struct vfio_backend and nothing above it.
 */
#ifndef TEST_ASSIGN_SERVER_H
#define TEST_ASSIGN_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/fake/fake.h"
#include "vfio/backend.h"

#define SERVERS 2

struct server {
	struct sim_pci card;
	uint32_t vectors[VFIO_PCI_NUM_IRQS]; /* what IRQ_INFO says */
	uint32_t irq_flags;                  /* of all of them */
	uint64_t offset;                     /* of BAR 2 in its file */
	char log[1024]; /* "INTx 0+1 fd;" for each SET_IRQS */
	/* one access waits from server_hold() to server_release() or death */
	bool hold;
	bool held;
	bool dead;
	unsigned calls; /* that reached it, dead or alive */
	int lost_fd;
	int bar_fd[6];
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

extern const struct vfio_backend server_backend;

/** server_start - number @i, a BCM5720 with every interrupt; .path is "@i" */
struct server *server_start(unsigned i);

/** server_source - where it is to be had */
struct vfio_source server_source(unsigned i);

/** server_hold - the next access waits inside */
void server_hold(struct server *s);

/** server_held - wait until it is there; false after a few seconds */
bool server_held(struct server *s);

/** server_release - let it go on */
void server_release(struct server *s);

/** server_kill - every access fails from now on, those that wait as well */
void server_kill(struct server *s);

/** server_stop - the end of a test: blames what was not closed */
void server_stop(struct server *s);

/** server_calls - how many calls there were since the last time */
unsigned server_calls(struct server *s);

#endif
