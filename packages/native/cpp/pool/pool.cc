#include "pool/pool.h"

#include <atomic>

#include "system/system.h"

namespace ramble {
namespace {

// A worker looks for the next job this long before it sleeps: longer than the gaps between the kernels of a
// training step, as waking takes longer than most kernels of a small model.
constexpr long long SPIN_NANOSECONDS = 2000000;

Mutex callerMutex, sleepMutex;
Condition wake;

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
  const long long start = nanoseconds();
  for (int i = 1; jobNumber.load() == seen; i++) {
    pause();
    if (i % 64 != 0 || nanoseconds() - start < SPIN_NANOSECONDS) continue;
    sleepMutex.lock();
    sleepers.fetch_add(1);
    while (jobNumber.load() == seen) wake.wait(sleepMutex);
    sleepers.fetch_sub(1);
    sleepMutex.unlock();
  }
  return jobNumber.load();
}

void workerMain(int worker) {
  for (unsigned seen = 0;;) {
    seen = waitForJob(seen);
    inside.fetch_add(1);
    if (isOpen.load()) claimTasks(worker);
    inside.fetch_sub(1);
  }
}

// Where the system refuses a thread, the pool works with fewer.
void startWorkers(int count) {
  if (started < count) stayLoaded();
  while (started < count && startThread<workerMain>(started)) started++;
}

}  // namespace

int threadCount() { return wanted; }

void setThreadCount(int count) { wanted = count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : count; }

bool hasPairs() { return arePairsAllowed; }

void setPairs(bool isAllowed) { arePairsAllowed = isAllowed; }

void giveWay() { yieldProcessor(); }

void runTasks(int count, void (*work)(void *, int, int), void *context) {
  if (count < 2 || wanted < 2 || !callerMutex.tryLock()) {
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
    sleepMutex.lock();
    wake.wakeAll();
    sleepMutex.unlock();
  }
  claimTasks(0);
  isOpen.store(false);
  while (inside.load() != 0) pause();
  callerMutex.unlock();
}

}  // namespace ramble
