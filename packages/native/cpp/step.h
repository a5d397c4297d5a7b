// A decoding step: the list of ops that core lowers a model to, as one job of the pool.
#pragma once

#include "attend-cached.h"
#include "layer-norm.h"
#include "stages.h"
#include "step-logits.h"
#include "step-product.h"

namespace ramble::RAMBLE_ISA {

class StepRun {
 public:
  explicit StepRun(const Step &step) : step_(step), program_(*step.program) {}

  bool run() {
    if (!takeMemory()) return false;
    plan();
    runStages(
        stages_, [&](int stage) { return program_.stages[stage].tasks; },
        [&](int stage, int task, int worker) {
          runTask(program_.stages[stage], task, workers_ + worker * workerFloats_);
        });
    return true;
  }

 private:
  static constexpr int ROWS_OF_TASK = 4;

  bool takeMemory() {
    size_t parts = 0, most = PRODUCT_FLOATS;
    const auto atLeast = [](size_t &size, size_t floats) { size = floats > size ? floats : size; };
    for (int i = 0; i < program_.count; i++) {
      const StepOp &op = program_.ops[i];
      if (op.kind == StepKind::linear) atLeast(parts, size_t(blocksOf(op.in)) * op.out * FEW_ROWS);
      if (op.kind == StepKind::logits) atLeast(most, 2 * size_t(op.in));
    }
    atLeast(most, step_.capacity + LANES + size_t(DISTANCES_AT_ONCE) * program_.headDim);
    workerFloats_ = ceilDivide(most, LANES) * size_t(LANES);
    // Means and deviations of rows, which nobody reads, lie behind the workers' memory.
    const size_t workers = workerFloats_ * threads_;
    memory_ = scratch(Scratch::work, size_t(program_.width) * step_.rows + parts);
    workers_ = scratch(Scratch::more, workers + 2 * size_t(step_.rows));
    if (!memory_ || !workers_) return false;
    parts_ = memory_ + size_t(program_.width) * step_.rows;
    statistics_ = workers_ + workers;
    return true;
  }

  // Ops that go row by row are one stage together.
  void plan() {
    int byRows = -1;
    const auto add = [&](int first, int end, bool isByRows, int tasks) {
      program_.stages[stages_++] = {first, end, isByRows, tasks};
    };
    const auto endRows = [&](int i) {
      if (byRows >= 0) add(byRows, i, true, ceilDivide(step_.rows, ROWS_OF_TASK));
      byRows = -1;
    };
    for (int i = 0; i < program_.count; i++) {
      const StepOp &op = program_.ops[i];
      if (op.kind == StepKind::logits && step_.wantedCount == 0) {
        endRows(i);
        continue;
      }
      const bool isByRows =
          op.kind != StepKind::linear && op.kind != StepKind::attention && op.kind != StepKind::logits;
      if (!isByRows) {
        endRows(i);
        add(i, i + 1, false, tasksOf(op));
      }
      const bool goesOn = op.kind == StepKind::linear && isInParts(productOf(op));
      if (byRows < 0 && (isByRows || goesOn)) byRows = i;
    }
    endRows(program_.count);
  }

  int tasksOf(const StepOp &op) const {
    if (op.kind == StepKind::linear) return taskCount(productOf(op));
    if (op.kind == StepKind::attention) return step_.feedCount * program_.heads;
    return ceilDivide(op.out, logitsAtOnce(op.out, threads_));
  }

  void runTask(const StepStage &stage, int task, float *worker) {
    if (!stage.isByRows) return runPart(program_.ops[stage.first], task, worker);
    const int end = (task + 1) * ROWS_OF_TASK < step_.rows ? (task + 1) * ROWS_OF_TASK : step_.rows;
    for (int i = stage.first; i < stage.end; i++) {
      for (int row = task * ROWS_OF_TASK; row < end; row++) runRow(program_.ops[i], row);
    }
  }

  void runPart(const StepOp &op, int task, float *worker) {
    if (op.kind == StepKind::linear) return multiply(productOf(op), task, worker);
    if (op.kind == StepKind::logits) {
      return logits({step_.wantedCount, step_.wanted, at(op.from), op.weights, op.out, step_.logits,
                     threads_},
                    task, worker);
    }
    const StepFeed &feed = step_.feeds[task / program_.heads];
    attendFeed(step_, op, feed, task % program_.heads, at(op.from), at(op.to), worker);
  }

  void runRow(const StepOp &op, size_t row) {
    float *y = at(op.to) + row * op.out;
    switch (op.kind) {
      case StepKind::tokens: return readRow(op.weights, step_.tokens[row], y);
      case StepKind::positions: return readRow(op.weights, step_.positions[row], y);
      case StepKind::layerNorm:
        return normaliseRow({step_.rows, op.out, program_.eps, at(op.from), op.gain, op.bias,
                             at(op.to), statistics_, statistics_ + step_.rows},
                            static_cast<int>(row));
      case StepKind::add: {
        const float *a = at(op.from) + row * op.out, *b = at(op.other) + row * op.out;
        return forRow(op.out, [&](int j, int n) {
          storeUpTo(y + j, loadUpTo(a + j, n) + loadUpTo(b + j, n), n);
        });
      }
      default: return finishRow(productOf(op), row);
    }
  }

  StepProduct productOf(const StepOp &op) const {
    return {step_.rows, op.in, op.out, at(op.from), at(op.to), op.weights, op.bias, op.hasGelu, parts_, threads_};
  }

  // Where a value of every row lies.
  float *at(int place) const { return memory_ + size_t(place) * step_.rows; }

  const Step &step_;
  StepProgram &program_;
  const int threads_ = threadCount();
  int stages_ = 0;
  size_t workerFloats_ = 0;
  float *memory_ = nullptr, *parts_ = nullptr, *workers_ = nullptr, *statistics_ = nullptr;
};

inline bool runStep(const Step &step) { return StepRun(step).run(); }

}  // namespace ramble::RAMBLE_ISA
