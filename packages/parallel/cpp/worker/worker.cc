#include "worker/worker.h"

#include "old-glibc.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

namespace ramble {
namespace {

// MPI_Abort is of the thread alone: how long it may take to come out of an operation.
constexpr long GRACE_NANOSECONDS = 1000000000;
constexpr long GLANCE_NANOSECONDS = 100000000;  // between two looks at the time

Mpi *library;
void (*whenFinished)(Operation *);
double timeout;  // seconds

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t posted = PTHREAD_COND_INITIALIZER;
// Guarded by the mutex.
Operation *first, *last;
const char *running;  // the name of the operation that runs
double runsSince;
char announced[MAX_WORK_BYTES];  // what it is for; empty before anybody has said so
bool mustAbort;
int abortStatus;

double seconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

void sleepFor(long nanoseconds) {
  const timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  nanosleep(&time, nullptr);
}

// Waits for one, and marks it as running.
Operation *nextOperation() {
  pthread_mutex_lock(&mutex);
  running = nullptr;
  while (first == nullptr && !mustAbort) pthread_cond_wait(&posted, &mutex);
  if (mustAbort) {
    pthread_mutex_unlock(&mutex);
    library->abort(abortStatus);
    _exit(abortStatus);
  }
  Operation *operation = first;
  first = operation->next;
  running = operation->name();
  runsSince = seconds();
  pthread_mutex_unlock(&mutex);
  return operation;
}

void *work(void *) {
  for (bool isLast = false; !isLast;) {
    Operation *operation = nextOperation();
    if (const int code = operation->run(*library)) {
      operation->hasFailed = true;
      char text[Mpi::MAX_ERROR_BYTES] = "";
      library->describeError(code, text);
      snprintf(operation->error, sizeof operation->error, "%s: %s", operation->name(), text);
    }
    isLast = operation->isLast;
    if (isLast) {
      pthread_mutex_lock(&mutex);
      running = nullptr;
      pthread_mutex_unlock(&mutex);
    }
    whenFinished(operation);  // which may free it
  }
  return nullptr;
}

// MPI_Abort would be a call on a second thread while the first is inside MPI, which FUNNELED forbids. A
// process that ends without MPI_Finalize makes launchers end the others.
void *watch(void *) {
  for (;;) {
    sleepFor(GLANCE_NANOSECONDS);
    pthread_mutex_lock(&mutex);
    const double waited = running == nullptr ? 0 : seconds() - runsSince;
    if (waited >= timeout) {
      const bool isNamed = announced[0] != '\0';
      dprintf(2,
              "ranks%s%s%s: expected %s within %.10g s, got no answer of the other ranks after %.1f s; "
              "ending all\n",
              isNamed ? " (" : "", announced, isNamed ? ")" : "", running, timeout, waited);
      _exit(1);
    }
    pthread_mutex_unlock(&mutex);
  }
}

bool startThread(void *(*main)(void *)) {
  pthread_t thread;
  if (pthread_create(&thread, nullptr, main, nullptr) != 0) return false;
  pthread_detach(thread);
  return true;
}

}  // namespace

bool startWorker(Mpi &mpi, double timeoutSeconds, void (*finished)(Operation *)) {
  library = &mpi;
  timeout = timeoutSeconds;
  whenFinished = finished;
  return startThread(work) && startThread(watch);
}

void post(Operation &operation) {
  pthread_mutex_lock(&mutex);
  if (first == nullptr) {
    first = &operation;
  } else {
    last->next = &operation;
  }
  last = &operation;
  pthread_cond_signal(&posted);
  pthread_mutex_unlock(&mutex);
}

void announceWork(const char *work) {
  pthread_mutex_lock(&mutex);
  snprintf(announced, sizeof announced, "%s", work);
  pthread_mutex_unlock(&mutex);
}

void abortRanks(int status) {
  pthread_mutex_lock(&mutex);
  mustAbort = true;
  abortStatus = status;
  pthread_cond_signal(&posted);
  pthread_mutex_unlock(&mutex);
  sleepFor(GRACE_NANOSECONDS);
  _exit(status);
}

}  // namespace ramble
