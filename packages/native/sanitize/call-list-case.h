// Lists of calls: what a training step runs, read once, with arrays that are replaced between runs.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include <memory>

#include "door/call-list.h"
#include "field-values.h"
#include "update-case.h"

namespace ramble {

// The arrays of a chain of four kernels, each of which reads what the one before it wrote.
class Chain {
 public:
  static constexpr int COUNT = 4;

  Chain(int rows, int width, uint32_t seed)
      : rows_(rows), width_(width), a_(noise(size_t(rows) * width, seed)),
        b_(noise(size_t(width) * width, seed + 1)), gain_(noise(width, seed + 2)), c_(a_.size()),
        normed_(a_.size()), mean_(rows), inverse_(rows), dropped_(a_.size()),
        gradients_{dropped_.data(), gain_.data()}, sizes_{dropped_.size(), gain_.size()}, decays_{1, 0},
        values_(noise(a_.size() + width, seed + 3)), places_{values_.data(), values_.data() + a_.size()},
        means_(values_.size()), variances_(values_.size()) {}

  Chain(const Chain &) = delete;

  void run() {
    kernels().matMul(product());
    kernels().layerNorm(layerNorm());
    kernels().dropout(dropout());
    kernels().update(update());
  }

  // The kernel of a call, and its values.
  napi_value nameOf(napi_env env, int i) const {
    constexpr const char *NAMES[COUNT] = {"matMul", "layerNorm", "dropout", "update"};
    return env->add({.kind = napi_value__::Kind::text, .text = NAMES[i]});
  }
  napi_value valuesOfCall(napi_env env, int i) {
    switch (i) {
      case 0: return valuesOf(env, product());
      case 1: return valuesOf(env, layerNorm());
      case 2: return valuesOf(env, dropout());
      default: return valuesOf(env, update());
    }
  }

  Floats numbers() const {
    return c_ + normed_ + mean_ + inverse_ + dropped_ + values_ + means_ + variances_;
  }

 private:
  MatMul product() {
    const size_t step = size_t(width_) * width_;
    return {1,     rows_,     width_, width_, a_.data(), b_.data(), false,
            false, a_.size(), step,   false,  nullptr,   c_.data(), nullptr};
  }
  LayerNorm layerNorm() {
    return {rows_,        width_,         1e-5f,        c_.data(),      gain_.data(),
            gain_.data(), normed_.data(), mean_.data(), inverse_.data()};
  }
  Dropout dropout() { return {a_.size(), a_.data(), normed_.data(), dropped_.data(), DROPOUT}; }
  Update update() {
    return {.gradients = {2, gradients_, sizes_},
            .decays = decays_,
            .values = {2, places_, sizes_},
            .mean = means_.data(),
            .variance = variances_.data(),
            .factor = &factor_,
            .rule = ruleOf(UpdateRule::Kind::adam, 1)};
  }

  int rows_, width_;
  Floats a_, b_, gain_, c_, normed_, mean_, inverse_, dropped_;
  const float *gradients_[2];
  size_t sizes_[2];
  uint8_t decays_[2];
  Floats values_;
  float *places_[2];
  Floats means_, variances_;
  float factor_ = 0.5;
};

inline void expectList(bool isRight, const char *what) {
  if (isRight) return;
  printf("call list on %s: expected %s\n", kernels().name, what);
  exit(1);
}

// A list runs as its kernels do when they are called directly, also with other arrays, twice, when those
// that it had before are gone; a call that cannot be read leaves the list as it was.
inline Floats callListCase(int rows, int width) {
  napi_env__ env;
  using Kind = napi_value__::Kind;
  auto first = std::make_unique<Chain>(rows, width, 1);
  Chain other(rows, width, 11), directFirst(rows, width, 1), directOther(rows, width, 11);
  napi_value__ names{.kind = Kind::array}, values{.kind = Kind::array};
  for (int i = 0; i < Chain::COUNT; i++) {
    names.items.push_back(first->nameOf(&env, i));
    values.items.push_back(first->valuesOfCall(&env, i));
  }
  napi_callback_info__ prepared{{env.add(names), env.add(values)}};
  const napi_value list = prepareCalls(&env, &prepared);
  expectList(list != nullptr && env.thrown == 0, "a list");
  napi_value__ lists{.kind = Kind::array};
  lists.items.push_back(list);
  napi_callback_info__ listed{{env.add(lists)}};
  runCalls(&env, &listed);
  directFirst.run();
  Floats found = first->numbers(), expected = directFirst.numbers();

  for (int i = 0; i < Chain::COUNT; i++) {
    const napi_value index = env.add({.kind = Kind::number, .number = double(i)});
    const napi_value unknown = env.add({.kind = Kind::text, .text = "none"});
    napi_callback_info__ refused{{list, index, unknown, first->valuesOfCall(&env, i)}};
    setCall(&env, &refused);
    napi_callback_info__ replaced{{list, index, other.nameOf(&env, i), other.valuesOfCall(&env, i)}};
    setCall(&env, &replaced);
  }
  expectList(env.thrown == Chain::COUNT, "an error for each kernel that there is not, and no other");
  first.reset();
  for (int run = 0; run < 2; run++) {
    runCalls(&env, &listed);
    directOther.run();
  }
  found = found + other.numbers();
  expected = expected + directOther.numbers();
  expectList(memcmp(found.data(), expected.data(), found.size() * sizeof(float)) == 0,
             "the bits of direct calls");
  return found;
}

}  // namespace ramble
