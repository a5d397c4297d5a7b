// How fast memory can be read: sums of 512 MB in huge pages by some threads, in GB/s, once for every line
// on standard input. The limit of what decoding can reach, which reads every weight for every token.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

typedef float Vec __attribute__((vector_size(32)));
constexpr size_t BYTES = 512u << 20, VECTORS = BYTES / sizeof(Vec);
constexpr int MOST_THREADS = 64;
Vec *memory;
int threads;
pthread_barrier_t together;
Vec sums[MOST_THREADS][8];

double seconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

void readShare(long thread) {
  Vec total[8] = {};
  const size_t share = VECTORS / threads / 8 * 8, start = thread * share;
  for (size_t i = start; i < start + share; i += 8) {
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) total[j] += memory[i + j];
  }
  for (int j = 0; j < 8; j++) sums[thread][j] = total[j];
}

void *help(void *thread) {
  for (;;) {
    pthread_barrier_wait(&together);
    readShare(reinterpret_cast<long>(thread));
    pthread_barrier_wait(&together);
  }
  return nullptr;
}

int main(int, char **words) {
  threads = atoi(words[1]);
  void *pages = nullptr;
  if (threads < 1 || threads > MOST_THREADS || posix_memalign(&pages, 2 << 20, BYTES) != 0) return 1;
#if defined(MADV_HUGEPAGE)
  madvise(pages, BYTES, MADV_HUGEPAGE);
#endif
  memory = static_cast<Vec *>(pages);
  for (size_t i = 0; i < VECTORS; i++) memory[i] = Vec{} + 1;
  pthread_barrier_init(&together, nullptr, threads);
  for (long thread = 1; thread < threads; thread++) {
    pthread_t helper;
    if (pthread_create(&helper, nullptr, help, reinterpret_cast<void *>(thread)) != 0) return 1;
  }
  printf("{\"versions\":{\"compiler\":\"%s\"}}\n", __VERSION__);
  fflush(stdout);
  while (getchar() == '\n') {
    double best = 0;
    for (int round = 0; round < 5; round++) {
      const double start = seconds();
      pthread_barrier_wait(&together);
      readShare(0);
      pthread_barrier_wait(&together);
      const double speed = BYTES / (seconds() - start) / 1e9;
      if (speed > best) best = speed;
    }
    printf("{\"gigabytesPerSecond\": %.2f}\n", best);
    fflush(stdout);
  }
}
