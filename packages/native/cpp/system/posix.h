// Threads, the clock and memory of Linux and macOS.
#pragma once

#include "old-glibc.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#if defined(__linux__)
#include <sys/mman.h>
#else
#include <dlfcn.h>
#endif

namespace ramble {

class Mutex {
 public:
  void lock() { pthread_mutex_lock(&mutex_); }
  bool tryLock() { return pthread_mutex_trylock(&mutex_) == 0; }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  friend class Condition;
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

class Condition {
 public:
  void wait(Mutex &mutex) { pthread_cond_wait(&condition_, &mutex.mutex_); }
  void wakeAll() { pthread_cond_broadcast(&condition_); }

 private:
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

// Keeps this code in memory when a worker thread of Node, which loaded it, ends: the pool's threads stay. On
// Linux the linker marks the file with that.
inline void stayLoaded() {
#if !defined(__linux__)
  Dl_info info;
  if (dladdr(reinterpret_cast<void *>(stayLoaded), &info) != 0) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }
#endif
}

// Starts MAIN(number) in a thread that does not end before the process. False where the system refuses it.
template <void (*MAIN)(int)>
bool startThread(int number) {
  pthread_attr_t *attributes = nullptr;
#if !defined(__GLIBC__)
  // glibc's own size; musl's threads have 128 kB, macOS's 512.
  pthread_attr_t own;
  attributes = &own;
  if (pthread_attr_init(attributes) != 0) return false;
  pthread_attr_setstacksize(attributes, 8 << 20);
#endif
  const auto main = [](void *argument) -> void * {
    MAIN(static_cast<int>(reinterpret_cast<intptr_t>(argument)));
    return nullptr;
  };
  pthread_t thread;
  void *argument = reinterpret_cast<void *>(static_cast<intptr_t>(number));
  if (pthread_create(&thread, attributes, main, argument) != 0) return false;
  pthread_detach(thread);
  return true;
}

// Lets another thread have the processor.
inline void yieldProcessor() { sched_yield(); }

// Since any time; never goes back.
inline long long nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// A pointer of each thread, null at first, that goes to RELEASE when the thread ends.
template <void (*RELEASE)(void *)>
class ThreadPointer {
 public:
  void *get() {
    pthread_once(&once_, [] { pthread_key_create(&key_, RELEASE); });
    return pthread_getspecific(key_);
  }
  void set(void *pointer) { pthread_setspecific(key_, pointer); }

 private:
  static inline pthread_key_t key_;
  static inline pthread_once_t once_ = PTHREAD_ONCE_INIT;
};

inline void *allocateAligned(size_t alignment, size_t bytes) {
  void *memory = nullptr;
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
}

inline void freeAligned(void *memory) { free(memory); }

// Linux's numbers: MADV_HUGEPAGE, and MADV_COLLAPSE, which Linux has since 6.1.
enum class Advice { useHugePages = 14, moveToHugePages = 25 };

// Other systems choose the pages by themselves.
inline void advise([[maybe_unused]] void *start, [[maybe_unused]] size_t bytes,
                   [[maybe_unused]] Advice advice) {
#if defined(__linux__)
  madvise(start, bytes, static_cast<int>(advice));
#endif
}

}  // namespace ramble
