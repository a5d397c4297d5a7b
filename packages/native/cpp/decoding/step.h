// A decoding step: the list of ops that core lowers a model to, as one job of the pool.
#pragma once

#include "decoding/attend-cached.h"
#include "decoding/attend-rows.h"
#include "decoding/block-product.h"
#include "decoding/panel-product.h"
#include "decoding/step-logits.h"
#include "decoding/step-program.h"
#include "kernels/gated.h"
#include "kernels/layer-norm.h"
#include "kernels/norm-heads.h"
#include "kernels/rotate-heads.h"
#include "pool/stages.h"

namespace ramble::RAMBLE_ISA {

class StepRun {
 public:
  explicit StepRun(const RunStep &step) : step_(step), program_(*step.program) {
    for (int i = 0; i < step.feeds.count; i++) groups_ += groupsOf(step.feeds.items[i], program_.group);
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
      if (hasBlocks(op)) {
        atLeast(most, blockFloats(blockProductOf(op)));
      } else if (op.kind == StepOp::Kind::linear && !isInPanels(op.linear.weights)) {
        atLeast(parts, partFloats(step_.rows, op.linear.in, op.width));
      } else if (op.kind == StepOp::Kind::attention) {
        for (int feed = 0; feed < step_.feeds.count; feed++) {
          if (!isByGroups(program_, op.attention, step_.feeds.items[feed])) continue;
          atLeast(most,
                  RowsMemory::floats(positionsSeen(op.attention, step_.feeds.items[feed]), program_.headDim));
        }
      }
    }
    int longest = 0;
    for (int i = 0; i < step_.feeds.count; i++) {
      const int length = step_.feeds.items[i].past + step_.feeds.items[i].count;
      longest = length > longest ? length : longest;
    }
    for (int layer = 0; layer < program_.layers; layer++) {
      const CacheLayout &layout = step_.layouts.items[layer];
      const int rows = layout.memoryRows > layout.positionRows ? layout.memoryRows : layout.positionRows;
      const int keys = longest < rows ? longest : rows;
      atLeast(most, size_t(keys + LANES) * program_.heads + copyFloats(program_.keyHeads, program_.headDim));
    }
    workerFloats_ = ceilDivide(most, LANES) * size_t(LANES);
    // The means and deviations of rows, which are not used, lie behind the workers' memory.
    const size_t workers = workerFloats_ * threads_;
    memory_ = scratch(Scratch::work, size_t(program_.width) * step_.rows + parts);
    workers_ = scratch(Scratch::more, workers + 2 * size_t(step_.rows));
    if (!memory_ || !workers_) return false;
    parts_ = memory_ + size_t(program_.width) * step_.rows;
    statistics_ = workers_ + workers;
    return true;
  }

  // Divides the ops into stages; consecutive ops that run row by row are one stage.
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
      // These read rows that other tasks finish.
      if (isSkipped || op.kind == StepOp::Kind::groups || op.kind == StepOp::Kind::select) endRows(i);
      if (isSkipped) continue;
      const bool isByRows = op.kind != StepOp::Kind::linear && op.kind != StepOp::Kind::attention &&
                            op.kind != StepOp::Kind::logits;
      if (!isByRows) {
        endRows(i);
        add(i, i + 1, false, tasksOf(op));
      }
      const bool goesOn = op.kind == StepOp::Kind::linear && !hasBlocks(op) && isInParts(productOf(op));
      if (byRows < 0 && (isByRows || goesOn)) byRows = i;
    }
    endRows(program_.count);
  }

  int tasksOf(const StepOp &op) const {
    if (hasBlocks(op)) return blockTasks(blockProductOf(op));
    if (op.kind == StepOp::Kind::linear) {
      const StepProduct product = productOf(op);
      return isInPanels(product.weights) ? panelTasks(product) : taskCount(product);
    }
    if (op.kind == StepOp::Kind::attention) {
      int tasks = 0;
      for (int i = 0; i < step_.feeds.count; i++) tasks += tasksOf(op.attention, step_.feeds.items[i]);
      return tasks;
    }
    return ceilDivide(op.width, logitsAtOnce(op.width, threads_));
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
    if (hasBlocks(op)) return multiplyBlocks(blockProductOf(op), task, worker);
    if (op.kind == StepOp::Kind::linear) {
      const StepProduct product = productOf(op);
      return isInPanels(product.weights) ? multiplyPanels(product, task, worker)
                                         : multiply(product, task, worker);
    }
    if (op.kind == StepOp::Kind::logits) {
      const StepLogits &last = op.logits;
      return logits(
          {step_.wantedCount, at(last.from), last.weights, op.width, step_.logits, last.cap, threads_}, task);
    }
    int number = 0;
    for (int tasks; task >= (tasks = tasksOf(op.attention, step_.feeds.items[number])); number++) {
      task -= tasks;
    }
    attend(op, number, task, worker);
  }

  // The tasks of a feed.
  int tasksOf(const StepAttention &op, const StepFeed &feed) const {
    if (isByGroups(program_, op, feed)) {
      return program_.keyHeads * partsOf(step_, op, feed, threads_).count;
    }
    return ceilDivide(program_.keyHeads, headsTogether());
  }

  void attend(const StepOp &op, int number, int task, float *worker) {
    const StepAttention &attention = op.attention;
    const StepFeed &feed = step_.feeds.items[number];
    const float *qkv = at(attention.from);
    if (isByGroups(program_, attention, feed)) {
      const FeedParts parts = partsOf(step_, attention, feed, threads_);
      const int first = (parts.count - 1 - task % parts.count) * parts.size;  // the longest goes first
      const int end = first + parts.size < feed.count ? first + parts.size : feed.count;
      return attendRows(step_, attention, feed, task / parts.count, first, end, qkv, at(op.to), worker);
    }
    const int atOnce = headsTogether(), first = task * atOnce, left = program_.keyHeads - first;
    const Heads heads{first, left < atOnce ? left : atOnce, program_.headDim,
                      program_.heads / program_.keyHeads};
    if (attention.memory.group == 0) {
      attendFeed(step_, attention, feed, heads, qkv, at(op.to), worker);
    } else {
      attendFeedToMemory(step_, attention, feed, heads, qkv, memoryOf(attention.memory, number), at(op.to),
                         worker);
    }
  }

  // The key heads of a task: all of them where there are enough feeds for all threads.
  int headsTogether() const {
    return step_.feeds.count < 4 * threads_ ? ceilDivide(program_.keyHeads, threads_) : program_.keyHeads;
  }

  // The memory of the groups of a feed.
  StepMemory memoryOf(const StepGroupMemory &p, int feed) const {
    size_t first = 0;
    for (int i = 0; i < feed; i++) first += groupsOf(step_.feeds.items[i], p.group);
    const size_t C = keyWidth(program_);
    if (p.keys != p.values) return {at(p.keys) + first * C, at(p.values) + first * C, C, nullptr};
    const float *both = at(p.keys) + first * 3 * C;
    return {both + C, both + 2 * C, 3 * C, at(p.input)};
  }

  void gather(const StepGroups &op, int row, float *y) const {
    const StepFeed *feed = step_.feeds.items;
    for (int count; (count = groupsOf(*feed, op.group)) <= row; feed++) row -= count;
    gatherGroup(step_, op, *feed, row, at(op.from), y);
  }

  void runRow(const StepOp &op, size_t row) {
    float *y = at(op.to) + row * op.width;
    switch (op.kind) {
      case StepOp::Kind::tokens: return readTable(op.tokens, step_.tokens[row], y);
      case StepOp::Kind::positions: return readTable(op.positions, step_.positions[row], y);
      case StepOp::Kind::layerNorm: {
        const StepLayerNorm &norm = op.layerNorm;
        return normaliseRow({step_.rows, op.width, program_.eps, at(norm.from), norm.gain, norm.bias,
                             at(op.to), statistics_, statistics_ + step_.rows},
                            static_cast<int>(row));
      }
      case StepOp::Kind::rmsNorm:
        normaliseByRms(at(op.rmsNorm.from) + row * op.width, op.rmsNorm.gain, op.width, program_.eps, y);
        return;
      case StepOp::Kind::normHeads: {
        const StepNormHeads &norm = op.normHeads;
        const float *qkv = at(norm.from) + row * op.width;
        forSpans(norm.spans, [&](int, size_t from, int width, bool isKey) {
          normaliseByRms(qkv + from, isKey ? norm.keyGain : norm.queryGain, width, program_.eps, y + from);
        });
        return passValues(norm.spans, op.width, qkv, y);
      }
      case StepOp::Kind::rotate: {
        const StepRotate &p = op.rotate;
        return rotateRow({step_.rows, op.width, program_.heads + program_.keyHeads, program_.headDim,
                          p.turned, at(p.from), step_.angles.arrays[p.angles], false, at(op.to)},
                         row);
      }
      case StepOp::Kind::gated:
        return gateRow({rowsOf(op), op.width, op.gated.activation, at(op.gated.from), at(op.to)}, row);
      case StepOp::Kind::add: return addRow(op.add, row * op.width, op.width, y);
      case StepOp::Kind::groups: return gather(op.groups, static_cast<int>(row), y);
      case StepOp::Kind::select: {
        const float *from = at(op.select.from) + size_t(step_.wanted[row]) * op.width;
        __builtin_memcpy(y, from, op.width * sizeof(float));
        return;
      }
      default: return finishParts(productOf(op), row);
    }
  }

  void addRow(const StepAdd &p, size_t first, int width, float *y) const {
    const float *a = at(p.from) + first, *b = at(p.other) + first;
    forRow(width, [&](int j, int n) {
      const Vec sum = loadUpTo(a + j, n) + p.scale * loadUpTo(b + j, n);
      storeUpTo(y + j, p.activation == Activation::gelu ? gelu(sum) : sum, n);
    });
  }

  __attribute__((noinline)) static void readTable(const StepTable &table, size_t row, float *y) {
    readRow(table.weights, row, y);
    if (table.scale == 1) return;
    forRow(table.weights.columns,
           [&](int j, int n) { storeUpTo(y + j, table.scale * loadUpTo(y + j, n), n); });
  }

  StepProduct productOf(const StepOp &op) const {
    const StepLinear &p = op.linear;
    return {rowsOf(op), p.in,   op.width,     at(p.from), at(op.to),
            p.weights,  p.bias, p.activation, parts_,     threads_};
  }

  // Whether an op is a product with weights in blocks.
  static bool hasBlocks(const StepOp &op) {
    return (op.kind == StepOp::Kind::linear && isInBlocks(op.linear.weights)) ||
           (op.kind == StepOp::Kind::logits && isInBlocks(op.logits.weights));
  }

  BlockProduct blockProductOf(const StepOp &op) const {
    if (op.kind == StepOp::Kind::logits) {
      const StepLogits &last = op.logits;
      return {step_.wantedCount, last.in,          op.width, at(last.from),        step_.logits, last.weights,
              nullptr,           Activation::none, last.cap, program_.activations, threads_};
    }
    const StepLinear &p = op.linear;
    return {rowsOf(op), p.in,         op.width, at(p.from),           at(op.to), p.weights,
            p.bias,     p.activation, 0,        program_.activations, threads_};
  }

  int rowsOf(const StepOp &op) const {
    return op.rows == StepRows::groups   ? groups_
           : op.rows == StepRows::wanted ? step_.wantedCount
                                         : step_.rows;
  }

  // The memory of a value, for all rows.
  float *at(int place) const { return memory_ + size_t(place) * step_.rows; }

  const RunStep &step_;
  StepProgram &program_;
  const int threads_ = threadCount();
  int stages_ = 0;
  int groups_ = 0;  // groups that the step completes
  size_t workerFloats_ = 0;
  float *memory_ = nullptr, *parts_ = nullptr, *workers_ = nullptr, *statistics_ = nullptr;
};

inline bool runStep(const RunStep &step) { return StepRun(step).run(); }

}  // namespace ramble::RAMBLE_ISA
