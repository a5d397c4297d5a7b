// The update of parameters.
#pragma once

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vector>

#include "dispatch/dispatch.h"
#include "numbers.h"

namespace ramble {

inline UpdateRule ruleOf(UpdateRule::Kind kind, int count) {
  UpdateRule rule{};
  rule.kind = kind;
  switch (kind) {
    case UpdateRule::Kind::adam:
      rule.adam = {.learningRate = 0.01,
                   .beta1 = 0.9,
                   .beta2 = 0.95,
                   .eps = 1e-8,
                   .weightDecay = 0.1,
                   .decay = WeightDecay::decoupled,
                   .count = double(count)};
      break;
    case UpdateRule::Kind::sgd:
      rule.sgd = {.learningRate = 0.01, .momentum = 0.9, .nesterov = true, .weightDecay = 0.1};
      break;
  }
  return rule;
}

inline Floats updateCase(UpdateRule::Kind kind) {
  Floats gradients[3];
  const float *pointers[3];
  size_t sizes[3] = {65, 1, 70000}, total = 0;
  for (int i = 0; i < 3; i++) {
    gradients[i] = noise(sizes[i], i + 1);
    pointers[i] = gradients[i].data();
    total += sizes[i];
  }
  const std::vector<uint8_t> decays = {1, 0, 1};
  Floats values = noise(total, 5), mean(total), variance(total);
  float *places[3] = {values.data(), values.data() + 65, values.data() + 66};
  double squares[4];
  kernels().sumsOfSquares({.arrays = {3, pointers, sizes}, .sums = squares});
  const std::vector<float> losses = {1, 1, NAN};
  Floats factors(1), kept;
  for (int step = 1; step <= 3; step++) {  // the last one changes nothing
    kernels().clip(
        {.chunks = 4, .sums = squares, .limit = 9, .loss = &losses[step - 1], .factor = factors.data()});
    if (step == 3) kept = values + mean + variance;
    kernels().update({.gradients = {3, pointers, sizes},
                      .decays = decays.data(),
                      .values = {3, places, sizes},
                      .mean = mean.data(),
                      .variance = variance.data(),
                      .factor = factors.data(),
                      .rule = ruleOf(kind, step)});
  }
  if (kept != values + mean + variance) {
    printf("update on %s: expected no change for a loss that is no number\n", kernels().name);
    exit(1);
  }
  Floats sums;
  for (const double each : squares) sums.push_back(static_cast<float>(each));
  return values + mean + variance + sums;
}

}  // namespace ramble
