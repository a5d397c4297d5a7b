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
  explicit StepRun(const Step &step) : step_(step), program_(*step.program) {
    for (int i = 0; i < step.feedCount; i++) groups_ += groupsOf(step.feeds[i], program_.group);
  }

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
      if (op.kind == StepKind::linear) atLeast(parts, partFloats(step_.rows, op.in, op.out));
    }
    for (int layer = 0; layer < program_.layers; layer++) {
      const CacheLayout &layout = step_.layouts[layer];
      const int keys = layout.memoryRows > layout.positionRows ? layout.memoryRows : layout.positionRows;
      atLeast(most, size_t(keys + LANES) * program_.heads + size_t(DISTANCES_AT_ONCE) * program_.headDim);
    }
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
      const bool isSkipped = rowsOf(op) == 0;
      // These are made of rows that other tasks finish.
      if (isSkipped || op.kind == StepKind::groups || op.kind == StepKind::select) endRows(i);
      if (isSkipped) continue;
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
    if (op.kind == StepKind::attention) return step_.feedCount * ceilDivide(program_.heads, headsTogether());
    return ceilDivide(op.out, logitsAtOnce(op.out, threads_));
  }

  void runTask(const StepStage &stage, int task, float *worker) {
    if (!stage.isByRows) return runPart(program_.ops[stage.first], task, worker);
    const int end = (task + 1) * ROWS_OF_TASK < step_.rows ? (task + 1) * ROWS_OF_TASK : step_.rows;
    for (int i = stage.first; i < stage.end; i++) {
      const StepOp &op = program_.ops[i];
      for (int row = task * ROWS_OF_TASK; row < end && row < rowsOf(op); row++) runRow(op, row);
    }
  }

  void runPart(const StepOp &op, int task, float *worker) {
    if (op.kind == StepKind::linear) return multiply(productOf(op), task, worker);
    if (op.kind == StepKind::logits) {
      return logits({step_.wantedCount, at(op.from), op.weights, op.out, step_.logits, threads_}, task);
    }
    const int atOnce = headsTogether(), parts = ceilDivide(program_.heads, atOnce);
    const int number = task / parts, first = task % parts * atOnce, left = program_.heads - first;
    const Heads heads{first, left < atOnce ? left : atOnce, program_.headDim};
    const StepFeed &feed = step_.feeds[number];
    if (op.group == 0) return attendFeed(step_, op, feed, heads, at(op.from), at(op.to), worker);
    attendFeedToMemory(step_, op, feed, heads, at(op.from), memoryOf(op, number), at(op.to), worker);
  }

  // Heads of a task: all of them where there are feeds enough for all threads.
  int headsTogether() const {
    return step_.feedCount < 4 * threads_ ? ceilDivide(program_.heads, threads_) : program_.heads;
  }

  // The memory of the groups of a feed.
  StepMemory memoryOf(const StepOp &op, int feed) const {
    size_t first = 0;
    for (int i = 0; i < feed; i++) first += groupsOf(step_.feeds[i], op.group);
    const size_t C = size_t(program_.heads) * program_.headDim;
    if (op.keys != op.values) return {at(op.keys) + first * C, at(op.values) + first * C, C, nullptr};
    const float *both = at(op.keys) + first * 3 * C;
    return {both + C, both + 2 * C, 3 * C, at(op.input)};
  }

  void gather(const StepOp &op, int row, float *y) const {
    const StepFeed *feed = step_.feeds;
    for (int count; (count = groupsOf(*feed, op.group)) <= row; feed++) row -= count;
    gatherGroup(step_, op, *feed, row, at(op.from), y);
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
      case StepKind::groups: return gather(op, static_cast<int>(row), y);
      case StepKind::select:
        __builtin_memcpy(y, at(op.from) + size_t(step_.wanted[row]) * op.out, op.out * sizeof(float));
        return;
      default: return finishParts(productOf(op), row);
    }
  }

  StepProduct productOf(const StepOp &op) const {
    return {rowsOf(op), op.in, op.out, at(op.from), at(op.to), op.weights, op.bias, op.hasGelu, parts_, threads_};
  }

  int rowsOf(const StepOp &op) const {
    return op.rows == StepRows::groups ? groups_ : op.rows == StepRows::wanted ? step_.wantedCount : step_.rows;
  }

  // Where a value of every row lies.
  float *at(int place) const { return memory_ + size_t(place) * step_.rows; }

  const Step &step_;
  StepProgram &program_;
  const int threads_ = threadCount();
  int stages_ = 0;
  int groups_ = 0;  // that the step completes
  size_t workerFloats_ = 0;
  float *memory_ = nullptr, *parts_ = nullptr, *workers_ = nullptr, *statistics_ = nullptr;
};

inline bool runStep(const Step &step) { return StepRun(step).run(); }

}  // namespace ramble::RAMBLE_ISA
