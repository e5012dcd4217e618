/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The software BCM5720 of --device bcm5720: its server, a process of our own.
 *
 * Starts it before this process has threads, waits until it accepts on its two
 * sockets, and ends it with everything that was made for it.  What is said on
 * the sockets is vfio/'s.
 */
#ifndef VMM_CLI_TWIN_H
#define VMM_CLI_TWIN_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

#define TWIN_PORTS    2
#define TWIN_PATH_MAX sizeof(((struct sockaddr_un *)0)->sun_path)

struct twin {
	pid_t pid; /* 0: none runs */
	int said;  /* a memory file that is its standard error; -1: none */
	char dir[TWIN_PATH_MAX];              /* private; "": none */
	char path[TWIN_PORTS][TWIN_PATH_MAX]; /* its sockets, in there */
	int ready_ms;                         /* limits: until it is ready */
	int stop_ms;                          /* and from SIGTERM to SIGKILL */
};

/** twin_init - inert, with the usual limits */
void twin_init(struct twin *t);

/**
 * twin_find - the server's program: bcm5720 beside ours, or where `make
 *             install` puts it
 * @path: filled, @cap bytes
 *
 * Return: 0, or -ENOENT with a message.
 */
int twin_find(char *path, size_t cap) __attribute__((warn_unused_result));

/**
 * twin_start - start a server and wait until it is ready
 * @t:       twin_init() was called; inert again after a failure
 * @program: its file; not searched for in $PATH
 * @unit:    0..99; each gives other MAC addresses
 *
 * The server is in a process group of its own, so that keys of the terminal do
 * not reach it, has no descriptor of ours, and gets SIGTERM when this thread
 * dies.  Its sockets are in a directory that only this user can enter, in
 * $XDG_RUNTIME_DIR, $TMPDIR or /tmp; not in one that belongs to another user
 * than root when we are root.
 *
 * Owns:    process, directory and .said, until twin_stop().
 * Context: the main thread, before there are others.
 * Return:  0, or with a message:
 *   -ECHILD     it ended; the message has what it said
 *   -EPROTO     it said something else than that it is ready
 *   -ETIMEDOUT  not ready within .ready_ms
 *   -EINTR      a signal of loop_signals() waits to be taken
 *   other       errno of mkdtemp(3), pipe2(2), memfd_create(2), fork(2)
 */
int twin_start(struct twin *t, const char *program, unsigned unit)
	__attribute__((warn_unused_result));

/**
 * twin_stop - end the server, remove its sockets and their directory
 *
 * One that ended by itself before is reported as a warning.  Waits .stop_ms at
 * most, then kills.  Harmless on an inert @t.
 */
void twin_stop(struct twin *t);

#endif
