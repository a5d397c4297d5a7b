// A program: the ops of a model in memory of their own, with room for the stages of a step.
#pragma once

#include <stdlib.h>
#include <string.h>

#include "ops/ops.gen.h"

namespace ramble {

// Ops from `first` to before `end` that are done together, row by row, or the tasks of one op.
struct StepStage {
  int first, end;
  bool isByRows;
  int tasks;
};

struct StepProgram {
  Activations activations;
  int count, layers, heads, keyHeads, headDim;
  float eps;
  int width;  // floats of a row that all values take
  int group;  // positions of a group in layers that compress, or 0
  StepOp *ops;
  StepStage *stages;  // room for two an op
};

// Memory of the program and of all that it points to, which `free` returns; null when there is none.
inline StepProgram *makeProgram(const PrepareStep &given) {
  const size_t count = given.ops.count;
  const size_t bytes = sizeof(StepProgram) + count * (sizeof(StepOp) + 2 * sizeof(StepStage));
  StepProgram *program = static_cast<StepProgram *>(calloc(1, bytes));
  if (program == nullptr) return nullptr;
  StepOp *ops = reinterpret_cast<StepOp *>(program + 1);
  memcpy(ops, given.ops.items, count * sizeof(StepOp));
  int group = 0;
  for (size_t i = 0; i < count; i++) {
    if (ops[i].kind == StepOp::Kind::groups) group = ops[i].groups.group;
  }
  *program = {given.activations,
              given.ops.count,
              given.layers,
              given.heads,
              given.keyHeads,
              given.headDim,
              given.eps,
              given.width,
              group,
              ops,
              reinterpret_cast<StepStage *>(ops + count)};
  return program;
}

// Floats of a row of queries, of keys or values, and of all three side by side.
inline size_t queryWidth(const StepProgram &p) { return size_t(p.heads) * p.headDim; }
inline size_t keyWidth(const StepProgram &p) { return size_t(p.keyHeads) * p.headDim; }
inline size_t qkvWidth(const StepProgram &p) { return queryWidth(p) + 2 * keyWidth(p); }

// The weights that an op reads, or null.
inline const Weights *weightsOf(const StepOp &op) {
  switch (op.kind) {
    case StepOp::Kind::tokens: return &op.tokens.weights;
    case StepOp::Kind::positions: return &op.positions.weights;
    case StepOp::Kind::linear: return &op.linear.weights;
    case StepOp::Kind::attention: return op.attention.reach > 0 ? &op.attention.distances : nullptr;
    case StepOp::Kind::logits: return &op.logits.weights;
    default: return nullptr;
  }
}

}  // namespace ramble
