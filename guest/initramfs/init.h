/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the guest's init share.
 *
 * init is process 1 of the guest: it mounts, loads drivers, runs one command
 * and ends the machine.  Static and in C because fork and exec are the dearest
 * things a guest does where virtualization is itself emulated.
 */
#ifndef GUEST_INITRAMFS_INIT_H
#define GUEST_INITRAMFS_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>

/* What the VMM asked for, in files it adds to the initramfs */
struct request {
	char **argv;       /* /passthru/cmd; NULL: none */
	bool tty;          /* /passthru/tty is there */
	struct winsize ws; /* and its ROWS COLS */
};

/**
 * say - one line to the console
 * @fmt: as for printf, without prefix and newline
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * mark - leave a time stamp in the kernel's log, unseen on a quiet console
 * @what: a word or two
 */
void mark(const char *what);

/**
 * read_file - a whole small file
 * @path: file; sysfs and procfs files too
 * @len:  bytes read, may be NULL
 *
 * Owns:   caller frees.
 * Return: contents with a NUL behind, or NULL when it cannot be read.
 */
char *read_file(const char *path, size_t *len);

/**
 * cmdline_has - is a word on the kernel's command line
 * @word: whole word, like "passthru.noload"
 */
bool cmdline_has(const char *word);

/**
 * modules_load - load what is listed and what the PCI devices here need
 * @list:    file with one module name a line, loaded first and in order
 * @devices: also load by the modalias of every PCI device
 *
 * Parameters given as MODULE.NAME=VALUE on the kernel's command line are
 * passed, as modprobe does.  What fails is said on the console.
 */
void modules_load(const char *list, bool devices);

/**
 * command_run - run the command, its output to COM2 and COM3
 * @rq: argv is set
 *
 * Without a terminal standard input is /dev/null and both outputs go through
 * pipes to the ports; with one, input and output are ttyS1.
 *
 * Return: exit status, 128 + signal number, 126 or 127 as a shell does.
 */
int command_run(const struct request *rq);

/**
 * command_report - tell the VMM the exit status; it ends the machine then
 * @status: 0..255
 */
void command_report(int status);

/**
 * tty_spawn - start a program in the foreground of a terminal
 * @path: terminal, like "/dev/ttyS0"
 * @rq:   window size
 * @argv: program, searched in PATH
 * @err:  file descriptor for standard error, or -1 for the terminal
 *
 * The session is init's own: were it the program's, the kernel would hang up
 * the terminal at its exit and throw away output not sent yet.
 *
 * Return: its process, or -1.
 */
int tty_spawn(const char *path, const struct request *rq, char **argv, int err);

/** tty_drain - wait until standard output of a terminal is sent */
void tty_drain(const char *path);

/**
 * spawn_exec - in a child: replace it by a program, or exit as a shell would
 * @argv: program, searched in PATH
 */
void spawn_exec(char **argv) __attribute__((noreturn));

#endif
