// Tells the thread sanitizer what it cannot see by itself, in test programs built with it; empty in all others.
//
// The sanitizer instruments what is compiled with it, which Swift's runtime libraries are not. Two of their ways to hand memory from one
// thread to the next stay hidden from it (Swift 6.3, Linux), and what is right looks like a race:
//
// - The contended paths of Synchronization.Mutex. The uncontended ones are compiled into the callers and are seen.
// - A continuation that is resumed before its task has begun to wait. For one that waits the runtime itself tells the sanitizer.
//
// The functions concerned are called by way of here, and do what they always do. Should a toolchain rename them or change what is relied
// upon, tests end at once or false reports return: neither goes unnoticed. Nothing is suppressed.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && defined(__linux__)

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Of the sanitizer's own library.
void __tsan_acquire(void *address);
void __tsan_release(void *address);

static void *find(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        fprintf(stderr, "ThreadSanitizerSupport: this toolchain's runtime has no %s\n", name);
        abort();
    }
    return function;
}

#pragma mark Mutex

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void mutexLockSlow(uint32_t thread, SELF void *word) __asm__(LOCK_SLOW);
SWIFT _Bool mutexTryLockSlow(SELF void *word) __asm__(TRY_LOCK_SLOW);
SWIFT void mutexUnlockSlow(SELF void *word) __asm__(UNLOCK_SLOW);

static SWIFT void (*originalLockSlow)(uint32_t thread, SELF void *word);
static SWIFT _Bool (*originalTryLockSlow)(SELF void *word);
static SWIFT void (*originalUnlockSlow)(SELF void *word);

SWIFT void mutexLockSlow(uint32_t thread, SELF void *word) {
    originalLockSlow(thread, word);
    __tsan_acquire(word);
}

SWIFT _Bool mutexTryLockSlow(SELF void *word) {
    _Bool isLocked = originalTryLockSlow(word);
    if (isLocked) __tsan_acquire(word);
    return isLocked;
}

SWIFT void mutexUnlockSlow(SELF void *word) {
    __tsan_release(word);
    originalUnlockSlow(word);
}

#pragma mark Continuation

#define ASYNC __attribute__((swiftasynccall))
#define CONTEXT __attribute__((swift_async_context))
// The sanitizer's own bookkeeping of calls would come between these functions and what they end in.
#define PLAIN __attribute__((disable_sanitizer_instrumentation))

struct Continuation;
typedef ASYNC void (*Resumption)(CONTEXT struct Continuation *continuation);

// The beginning of what the compiler lays out for a continuation.
struct Continuation {
    void *parent;
    Resumption resume;
    uintptr_t flags;
};

// The task goes to another executor on its way; the runtime tells the sanitizer about that.
static const uintptr_t switchesExecutor = 2;

void *swift_task_getCurrent(void);
ASYNC void swift_continuation_await(struct Continuation *continuation);
static ASYNC void (*originalAwait)(struct Continuation *continuation);

// What to go on with. The runtime comes back here on this very thread, or not at all: a task that has to wait goes on by other means.
static _Thread_local Resumption pending;

PLAIN static ASYNC void acquireAndResume(CONTEXT struct Continuation *continuation) {
    continuation->resume = pending;
    // Where the runtime has released when the continuation was resumed.
    __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return continuation->resume(continuation);
}

PLAIN ASYNC void swift_continuation_await(struct Continuation *continuation) {
    if ((continuation->flags & switchesExecutor) == 0) {
        pending = continuation->resume;
        continuation->resume = acquireAndResume;
    }
    __attribute__((musttail)) return originalAwait(continuation);
}

// In withCheckedContinuation the runtime waits without coming by here. What it says to its caller's memory, once it is back, does.
SWIFT void swift_task_dealloc(void *memory);
static SWIFT void (*originalDealloc)(void *memory);

SWIFT void swift_task_dealloc(void *memory) {
    __tsan_acquire(swift_task_getCurrent());
    originalDealloc(memory);
}

// Before anything that runs at the same time as something else.
__attribute__((constructor)) static void findOriginals(void) {
    originalLockSlow = find(LOCK_SLOW);
    originalTryLockSlow = find(TRY_LOCK_SLOW);
    originalUnlockSlow = find(UNLOCK_SLOW);
    originalAwait = find("swift_continuation_await");
    originalDealloc = find("swift_task_dealloc");
}

#endif
#endif
