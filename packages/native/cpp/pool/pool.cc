#include "pool/pool.h"

#include "old-glibc.h"

#include <time.h>

#include <atomic>

namespace ramble {
namespace {

// A worker looks for the next job this long before it sleeps: longer than the gaps between the kernels of a
// training step, as waking takes longer than most kernels of a small model.
constexpr long SPIN_NANOSECONDS = 2000000;

pthread_mutex_t callerMutex = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t sleepMutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

struct Job {
  void (*work)(void *, int, int);
  void *context;
  int threads;  // that may take part
};
Job job;
// The share of a thread: in jobs of one size it is always the same, so that the cache of its core holds its
// memory.
struct alignas(64) Share {
  std::atomic<int> next;
  int end;
};
Share shares[MAX_THREADS];
std::atomic<unsigned> jobNumber;  // grows with every job
std::atomic<bool> isOpen;         // workers may enter
std::atomic<int> inside;          // workers that may touch the job
std::atomic<int> sleepers;
thread_local int wanted = 1;  // threads that this thread's jobs may have
thread_local bool arePairsAllowed = false;
int started = 1;  // threads there are; guarded by callerMutex

long nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

void claimTasks(int worker) {
  const Job mine = job;
  if (worker >= mine.threads) return;
  // A worker runs its own share first, then steals work from the others.
  for (int i = 0; i < mine.threads; i++) {
    Share &share = shares[(worker + i) % mine.threads];
    for (int task; (task = share.next.fetch_add(1)) < share.end;) {
      mine.work(mine.context, task, worker);
    }
  }
}

// Waits for a job that the worker has not seen, and returns its number.
unsigned waitForJob(unsigned seen) {
  const long start = nanoseconds();
  for (int i = 1; jobNumber.load() == seen; i++) {
    pause();
    if (i % 64 != 0 || nanoseconds() - start < SPIN_NANOSECONDS) continue;
    pthread_mutex_lock(&sleepMutex);
    sleepers.fetch_add(1);
    while (jobNumber.load() == seen) pthread_cond_wait(&wake, &sleepMutex);
    sleepers.fetch_sub(1);
    pthread_mutex_unlock(&sleepMutex);
  }
  return jobNumber.load();
}

void *workerMain(void *argument) {
  const int worker = static_cast<int>(reinterpret_cast<long>(argument));
  for (unsigned seen = 0;;) {
    seen = waitForJob(seen);
    inside.fetch_add(1);
    if (isOpen.load()) claimTasks(worker);
    inside.fetch_sub(1);
  }
  return nullptr;
}

// Where the system refuses a thread, the pool works with fewer.
void startWorkers(int count) {
  for (; started < count; started++) {
    pthread_t thread;
    void *argument = reinterpret_cast<void *>(static_cast<long>(started));
    if (pthread_create(&thread, nullptr, workerMain, argument) != 0) return;
    pthread_detach(thread);
  }
}

}  // namespace

int threadCount() { return wanted; }

void setThreadCount(int count) { wanted = count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : count; }

bool hasPairs() { return arePairsAllowed; }

void setPairs(bool isAllowed) { arePairsAllowed = isAllowed; }

void runTasks(int count, void (*work)(void *, int, int), void *context) {
  if (count < 2 || wanted < 2 || pthread_mutex_trylock(&callerMutex) != 0) {
    for (int task = 0; task < count; task++) work(context, task, 0);
    return;
  }
  startWorkers(wanted);
  job = {work, context, wanted};
  for (int i = 0; i < wanted; i++) {
    shares[i].next.store(static_cast<int>(1LL * count * i / wanted));
    shares[i].end = static_cast<int>(1LL * count * (i + 1) / wanted);
  }
  isOpen.store(true);
  jobNumber.fetch_add(1);
  if (sleepers.load() > 0) {
    pthread_mutex_lock(&sleepMutex);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&sleepMutex);
  }
  claimTasks(0);
  isOpen.store(false);
  while (inside.load() != 0) pause();
  pthread_mutex_unlock(&callerMutex);
}

}  // namespace ramble
