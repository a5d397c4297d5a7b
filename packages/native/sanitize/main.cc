// Runs every kernel under a sanitizer: on each instruction set of this processor, on one thread and on
// three, which must agree bit for bit, and from several threads at once, as Node's workers do; then the
// hand-over between stages.
// With the path of a file, writes there what every case computes in plain code, or on the instruction set
// that is named after it, to be compared with what another processor or another form of the code computes.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "pool/pool.h"
#include "stages-case.h"

namespace {

using namespace ramble;

bool isSame(const Floats &a, const Floats &b) {
  return a.size() == b.size() && memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

int compareThreads() {
  int count = 0;
  forAllCases([&](const char *name, const auto &run) {
    setThreadCount(1);
    const Floats alone = run();
    setThreadCount(3);
    count++;
    if (isSame(run(), alone)) return;
    printf("%s on %s: other bits on three threads than on one\n", name, kernels().name);
    exit(1);
  });
  return count;
}

// Another instruction set and number of threads than its neighbours.
void *runWorker(void *argument) {
  const long number = reinterpret_cast<long>(argument);
  useKernels(available(number % 2 && available(1) ? 1 : 0)->name);
  setThreadCount(1 + number);
  for (int round = 0; round < 20; round++) {
    matMulCase(65, 64, 63, false, true, true);
    attentionCase(2, 65, 3, 16, {false, 0, 0, 65}, true, true);
    crossEntropyCase(17, 16, 65, true);
    elementwiseCase(40000);
    updateCase(UpdateRule::Kind::adam);
    callListCase(65, 40);
  }
  return nullptr;
}

bool writeNumbers(const char *path, const char *instructionSet) {
  FILE *file = fopen(path, "wb");
  if (file == nullptr || !useKernels(instructionSet)) return false;
  bool isWritten = true;
  forAllCases([&](const char *, const auto &run) {
    const Floats numbers = run();
    isWritten &= fwrite(numbers.data(), sizeof(float), numbers.size(), file) == numbers.size();
  });
  return fclose(file) == 0 && isWritten;
}

}  // namespace

int main(int count, char **arguments) {
  if (count > 1) {
    roundsActivations = count > 2;
    return writeNumbers(arguments[1], count > 2 ? arguments[2] : "portable") ? 0 : 1;
  }
  for (int i = 0; const Kernels *table = available(i); i++) {
    useKernels(table->name);
    printf("%s: %d cases\n", table->name, compareThreads());
    fflush(stdout);
  }
  pthread_t workers[4];
  for (long i = 0; i < 4; i++) {
    if (pthread_create(&workers[i], nullptr, runWorker, reinterpret_cast<void *>(i)) != 0) return 1;
  }
  for (pthread_t worker : workers) pthread_join(worker, nullptr);
  printf("4 callers at once\n");
  fflush(stdout);
  for (int threads = 2; threads <= 3; threads++) checkStages(threads, 100000);
  printf("100000 rounds of stages on 2 and on 3 threads\n");
}
