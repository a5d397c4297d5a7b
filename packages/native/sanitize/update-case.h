// The update of parameters.
#pragma once

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
  double norm = 0;
  for (int step = 1; step <= 2; step++) {
    kernels().update({.gradients = {3, pointers, sizes},
                      .decays = decays.data(),
                      .values = values.data(),
                      .mean = mean.data(),
                      .variance = variance.data(),
                      .clipNorm = 1,
                      .rule = ruleOf(kind, step)},
                     &norm);
  }
  return values + mean + variance + Floats{static_cast<float>(norm)};
}

}  // namespace ramble
