#ifndef MAINSTAY_CLIBPQ_SHIM_H
#define MAINSTAY_CLIBPQ_SHIM_H

#include <libpq-fe.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds of the monotonic clock. Here because which module owns `timespec` in Swift varies with the build mode. */
static inline int64_t mainstay_monotonic_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What waiting on libpq's sockets takes and Swift's Glibc module leaves out. */
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

static inline void mainstay_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
#endif

#endif
