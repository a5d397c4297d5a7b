// Threads, the clock and memory of Windows, without a library for POSIX threads.
#pragma once

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <malloc.h>
#include <stdint.h>
#include <windows.h>

namespace ramble {

class Mutex {
 public:
  void lock() { AcquireSRWLockExclusive(&lock_); }
  bool tryLock() { return TryAcquireSRWLockExclusive(&lock_) != 0; }
  void unlock() { ReleaseSRWLockExclusive(&lock_); }

 private:
  friend class Condition;
  SRWLOCK lock_ = SRWLOCK_INIT;
};

class Condition {
 public:
  void wait(Mutex &mutex) { SleepConditionVariableSRW(&condition_, &mutex.lock_, INFINITE, 0); }
  void wakeAll() { WakeAllConditionVariable(&condition_); }

 private:
  CONDITION_VARIABLE condition_ = CONDITION_VARIABLE_INIT;
};

// Keeps this code in memory when a worker thread of Node, which loaded it, ends: the pool's threads stay.
inline void stayLoaded() {
  HMODULE module;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<const wchar_t *>(stayLoaded), &module);
}

// Starts MAIN(number) in a thread that does not end before the process. False where the system refuses it.
template <void (*MAIN)(int)>
bool startThread(int number) {
  const LPTHREAD_START_ROUTINE main = [](void *argument) -> DWORD {
    MAIN(static_cast<int>(reinterpret_cast<intptr_t>(argument)));
    return 0;
  };
  void *argument = reinterpret_cast<void *>(static_cast<intptr_t>(number));
  const HANDLE thread =
      CreateThread(nullptr, 8 << 20, main, argument, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
  if (thread == nullptr) return false;
  CloseHandle(thread);
  return true;
}

// Lets another thread have the processor.
inline void yieldProcessor() { SwitchToThread(); }

// Since any time; never goes back.
inline long long nanoseconds() {
  LARGE_INTEGER count, perSecond;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&perSecond);
  const long long seconds = count.QuadPart / perSecond.QuadPart, rest = count.QuadPart % perSecond.QuadPart;
  return seconds * 1000000000LL + rest * 1000000000LL / perSecond.QuadPart;
}

// A pointer of each thread, null at first, that goes to RELEASE when the thread ends.
template <void (*RELEASE)(void *)>
class ThreadPointer {
 public:
  void *get() {
    mutex_.lock();
    if (index_ == FLS_OUT_OF_INDEXES) index_ = FlsAlloc(release);
    mutex_.unlock();
    return FlsGetValue(index_);
  }
  void set(void *pointer) { FlsSetValue(index_, pointer); }

 private:
  static void WINAPI release(void *pointer) {
    if (pointer != nullptr) RELEASE(pointer);
  }
  static inline Mutex mutex_;
  static inline DWORD index_ = FLS_OUT_OF_INDEXES;
};

inline void *allocateAligned(size_t alignment, size_t bytes) { return _aligned_malloc(bytes, alignment); }

inline void freeAligned(void *memory) { _aligned_free(memory); }

// Windows has large pages only for accounts with a right to lock memory.
enum class Advice { useHugePages, moveToHugePages };
inline void advise(void *, size_t, Advice) {}

}  // namespace ramble
