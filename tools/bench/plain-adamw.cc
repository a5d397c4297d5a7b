// AdamW as a plain loop over the parameters of GPT-2 small: four reads and three writes each, no norm,
// no clipping. What adamw.mjs is compared with. Threads come first on the command line; measures once
// for every line on standard input and prints a line of JSON each time.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <chrono>
#include <thread>
#include <vector>

constexpr size_t PARAMETERS = 123702528;  // 12 x 768, context 64, vocabulary 50,257
constexpr int UPDATES = 5;

static void update(size_t count, const float *gradient, float *value, float *mean, float *variance,
                   int step) {
  const float rate = 1e-3f, decay = 1 - rate * 0.1f, beta1 = 0.9f, beta2 = 0.95f, eps = 1e-8f;
  const float stepSize = rate / (1 - powf(beta1, step));
  const float correction = 1 / sqrtf(1 - powf(beta2, step));
  for (size_t i = 0; i < count; i++) {
    const float g = gradient[i];
    mean[i] = beta1 * mean[i] + (1 - beta1) * g;
    variance[i] = beta2 * variance[i] + (1 - beta2) * g * g;
    value[i] = decay * value[i] - stepSize * mean[i] / (sqrtf(variance[i]) * correction + eps);
  }
}

int main(int, char **arguments) {
  const size_t threads = strtoul(arguments[1], nullptr, 10);
  std::vector<float> gradient(PARAMETERS, 1e-4f), value(PARAMETERS), mean(PARAMETERS),
      variance(PARAMETERS);
  int step = 0;
  const auto updateAll = [&] {
    const auto start = std::chrono::steady_clock::now();
    step++;
    std::vector<std::thread> workers;
    for (size_t i = 0; i < threads; i++) {
      const size_t from = PARAMETERS * i / threads, count = PARAMETERS * (i + 1) / threads - from;
      workers.emplace_back([&, from, count] {
        update(count, &gradient[from], &value[from], &mean[from], &variance[from], step);
      });
    }
    for (std::thread &worker : workers) worker.join();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  };
  updateAll();
  printf("{\"versions\":{\"compiler\":\"%s\"}}\n", __VERSION__);
  fflush(stdout);
  for (int c; (c = getchar()) != EOF;) {
    if (c != '\n') continue;
    printf("{\"milliseconds\":[");
    for (int i = 0; i < UPDATES; i++) printf("%s%.2f", i > 0 ? "," : "", updateAll());
    printf("]}\n");
    fflush(stdout);
  }
}
