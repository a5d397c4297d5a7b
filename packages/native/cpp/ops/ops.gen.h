// npm run build:native, from the *.op.json files beside the kernels.
#pragma once

#include "ops/types.h"

#define RAMBLE_OPS_SHA256 "f11075c043586aa0d27b8bc38cc6df6275afc435fba5a5ca0ebd2046995a3060"

namespace ramble {

enum class Activation { none, gelu };
enum class Width { f32, f16, int8, q8, q4, f32Panels, f16Panels, int8Panels };
enum class Activations { f32, int8 };
enum class StepRows { tokens, groups, wanted };
enum class BinaryOperator { add, subtract, multiply, divide, maximum, minimum, squaredDifference };
enum class Comparison { equal, notEqual, greater, greaterEqual };
enum class UnaryFunction { negate, absolute, square, squareRoot, reciprocalRoot, reciprocal, exponential, logistic, hyperbolicTangent, rectified };
enum class GateActivation { silu, gelu };
enum class Reduction { sum, largest, smallest };
enum class WeightDecay { decoupled, coupled };

struct StepProgram;

// A matrix, row-major, of 32-bit floats, 16-bit floats, or bytes with a scale for every 64 entries of a row; or one in blocks (decoding/blocks.h), or one in panels (decoding/panel-product.h).
struct Weights {
  int columns;
  Width width;
  Stored stored;
  const float *scales;  // [rows, groups of 64 entries], in panels [groups, rows]; of bytes alone
};
template <class Reader>
void readFields(Reader &reader, Weights &p) {
  reader.read(p.columns);
  reader.read(p.width);
  reader.read(p.stored);
  reader.read(p.scales);
}

// Rows of an embedding.
struct StepTable {
  Weights weights;
  float scale;  // factor of the rows
};
template <class Reader>
void readFields(Reader &reader, StepTable &p) {
  reader.read(p.weights);
  reader.read(p.scale);
}

// activation(from + scale * other).
struct StepAdd {
  int from;
  int other;
  float scale;
  Activation activation;
};
template <class Reader>
void readFields(Reader &reader, StepAdd &p) {
  reader.read(p.from);
  reader.read(p.other);
  reader.read(p.scale);
  reader.read(p.activation);
}

// Layer norm.
struct StepLayerNorm {
  int from;
  const float *gain;
  const float *bias;
};
template <class Reader>
void readFields(Reader &reader, StepLayerNorm &p) {
  reader.read(p.from);
  reader.read(p.gain);
  reader.read(p.bias);
}

// RMS norm.
struct StepRmsNorm {
  int from;
  const float *gain;
};
template <class Reader>
void readFields(Reader &reader, StepRmsNorm &p) {
  reader.read(p.from);
  reader.read(p.gain);
}

// What of a row is normalised: `queries` spans of `queryWidth` columns, then `keys` spans of `keyWidth`; each span by itself, with the gain of its kind. The columns behind them pass.
struct HeadSpans {
  int queries;
  int queryWidth;
  int keys;
  int keyWidth;
};
template <class Reader>
void readFields(Reader &reader, HeadSpans &p) {
  reader.read(p.queries);
  reader.read(p.queryWidth);
  reader.read(p.keys);
  reader.read(p.keyWidth);
}

// RMS norm of the queries and keys in qkv.
struct StepNormHeads {
  int from;
  HeadSpans spans;
  const float *queryGain;  // [queryWidth]
  const float *keyGain;  // [keyWidth]
};
template <class Reader>
void readFields(Reader &reader, StepNormHeads &p) {
  reader.read(p.from);
  reader.read(p.spans);
  reader.read(p.queryGain);
  reader.read(p.keyGain);
}

// Rotary positions of the queries and keys in qkv.
struct StepRotate {
  int from;
  int turned;  // columns of a head that turn
  int angles;  // index among the angles of the step
};
template <class Reader>
void readFields(Reader &reader, StepRotate &p) {
  reader.read(p.from);
  reader.read(p.turned);
  reader.read(p.angles);
}

// activation(the first half of the columns) * the second half.
struct StepGated {
  int from;
  GateActivation activation;
};
template <class Reader>
void readFields(Reader &reader, StepGated &p) {
  reader.read(p.from);
  reader.read(p.activation);
}

// activation(x weights + bias).
struct StepLinear {
  int from;
  int in;  // columns of x
  Activation activation;
  Weights weights;  // [in, width]
  const float *bias;  // [width]
};
template <class Reader>
void readFields(Reader &reader, StepLinear &p) {
  reader.read(p.from);
  reader.read(p.in);
  reader.read(p.activation);
  reader.read(p.weights);
  reader.read(p.bias);
}

// Positions of each group that the step completes, side by side.
struct StepGroups {
  int from;
  int in;  // columns of x
  int layer;
  int group;  // positions of a group
  int column;  // the first column that is grouped: of inputs, keys or values
};
template <class Reader>
void readFields(Reader &reader, StepGroups &p) {
  reader.read(p.from);
  reader.read(p.in);
  reader.read(p.layer);
  reader.read(p.group);
  reader.read(p.column);
}

// Where attention finds the keys and values of groups.
struct StepGroupMemory {
  int group;  // positions of a group, 0 without groups
  int keys;
  int values;  // the same as keys where both are laid out as qkv
  int input;  // what the memory is made of in that case
};
template <class Reader>
void readFields(Reader &reader, StepGroupMemory &p) {
  reader.read(p.group);
  reader.read(p.keys);
  reader.read(p.values);
  reader.read(p.input);
}

// Attention of new positions to the cache and to themselves.
struct StepAttention {
  int from;  // qkv
  int layer;
  int block;  // positions of a block, 0 for none
  int back;  // blocks before a position's own that it sees
  int window;  // positions that one sees, itself among them; 0 for all
  float scale;  // factor of the products of queries and keys
  float cap;  // the scores become cap * tanh(score / cap); 0 for none
  int reach;  // rows of a head's distances, 0 for none
  Weights distances;  // [heads * reach, headDim]
  StepGroupMemory memory;
};
template <class Reader>
void readFields(Reader &reader, StepAttention &p) {
  reader.read(p.from);
  reader.read(p.layer);
  reader.read(p.block);
  reader.read(p.back);
  reader.read(p.window);
  reader.read(p.scale);
  reader.read(p.cap);
  reader.read(p.reach);
  reader.read(p.distances);
  reader.read(p.memory);
}

// The rows whose logits are wanted.
struct StepSelect {
  int from;
};
template <class Reader>
void readFields(Reader &reader, StepSelect &p) {
  reader.read(p.from);
}

// Scalar products with the rows of a table; the result goes to the logits of the step.
struct StepLogits {
  int from;
  int in;  // columns of x
  float cap;  // the logits become cap * tanh(logit / cap); 0 for none
  Weights weights;  // [width, in]
};
template <class Reader>
void readFields(Reader &reader, StepLogits &p) {
  reader.read(p.from);
  reader.read(p.in);
  reader.read(p.cap);
  reader.read(p.weights);
}

// New tokens of one sequence, in consecutive rows of a step.
struct StepFeed {
  int slot;  // of those whose keys and values the step gets
  int firstRow;
  int count;
  int past;  // positions in the cache
  int prefix;  // positions that see one another both ways
  int twin;  // a slot whose first `shared` positions are the same, and are read by a feed before this one
  int shared;
};
template <class Reader>
void readFields(Reader &reader, StepFeed &p) {
  reader.read(p.slot);
  reader.read(p.firstRow);
  reader.read(p.count);
  reader.read(p.past);
  reader.read(p.prefix);
  reader.read(p.twin);
  reader.read(p.shared);
}

// The rows of a full slot in a layer of the cache: positions, p in row p modulo their number, then the first position and its groups, where attention compresses.
struct CacheLayout {
  int memoryRows;
  int positionRows;
};
template <class Reader>
void readFields(Reader &reader, CacheLayout &p) {
  reader.read(p.memoryRows);
  reader.read(p.positionRows);
}

// Which entries dropout keeps: entry i, when word i of this Philox address is at least the threshold.
struct DropoutMask {
  uint64_t threshold;  // 2^32 times the rate; 0 drops nothing
  float factor;  // of the entries that are kept
  uint32_t key0;
  uint32_t key1;
  uint32_t step;
  uint32_t stream;
};
template <class Reader>
void readFields(Reader &reader, DropoutMask &p) {
  reader.read(p.threshold);
  reader.read(p.factor);
  reader.read(p.key0);
  reader.read(p.key1);
  reader.read(p.step);
  reader.read(p.stream);
}

// Adam with bias correction.
struct AdamRule {
  double learningRate;
  double beta1;
  double beta2;
  double eps;
  double weightDecay;
  WeightDecay decay;  // decoupled shrinks the weight (AdamW), coupled is added to the gradient
  double count;  // updates, this one included
};
template <class Reader>
void readFields(Reader &reader, AdamRule &p) {
  reader.read(p.learningRate);
  reader.read(p.beta1);
  reader.read(p.beta2);
  reader.read(p.eps);
  reader.read(p.weightDecay);
  reader.read(p.decay);
  reader.read(p.count);
}

// Stochastic gradient descent; the mean holds the velocity.
struct SgdRule {
  double learningRate;
  double momentum;
  bool nesterov;
  double weightDecay;
};
template <class Reader>
void readFields(Reader &reader, SgdRule &p) {
  reader.read(p.learningRate);
  reader.read(p.momentum);
  reader.read(p.nesterov);
  reader.read(p.weightDecay);
}

// Two arrays over common axes.
struct Walk {
  int rank;  // number of axes, at least 1
  const int32_t *axes;  // the sizes of the axes, then the strides of the first array, then those of the second; a stride of 0 repeats an entry
};
template <class Reader>
void readFields(Reader &reader, Walk &p) {
  reader.read(p.rank);
  reader.read(p.axes);
}

// The numbers of a matrix of any width that is not in panels.
struct Dequantize {
  int rows;
  Weights weights;  // [rows, columns]
  bool hasOutputRows;  // whether a row of a matrix in blocks belongs to an output, as in a table; else a column does
  float *y;  // [rows, columns]
};
template <class Reader>
void readFields(Reader &reader, Dequantize &p) {
  reader.read(p.rows);
  reader.read(p.weights);
  reader.read(p.hasOutputRows);
  reader.read(p.y);
}

// What a model does with every row of a step. Values lie in floats of a row: `from`, `other` and `to` are their offsets.
struct StepOp {
  enum class Kind { tokens, positions, add, layerNorm, rmsNorm, normHeads, rotate, gated, linear, groups, attention, select, logits };
  Kind kind;
  StepRows rows;  // what the result has rows of: the new tokens of the step, the groups of positions that it completes, or the tokens whose logits are wanted
  int to;
  int width;  // columns of the result
  union {
    StepTable tokens;
    StepTable positions;
    StepAdd add;
    StepLayerNorm layerNorm;
    StepRmsNorm rmsNorm;
    StepNormHeads normHeads;
    StepRotate rotate;
    StepGated gated;
    StepLinear linear;
    StepGroups groups;
    StepAttention attention;
    StepSelect select;
    StepLogits logits;
  };
};
template <class Reader>
void readFields(Reader &reader, StepOp &p) {
  reader.read(p.kind);
  reader.read(p.rows);
  reader.read(p.to);
  reader.read(p.width);
  switch (p.kind) {
    case StepOp::Kind::tokens: return readFields(reader, p.tokens);
    case StepOp::Kind::positions: return readFields(reader, p.positions);
    case StepOp::Kind::add: return readFields(reader, p.add);
    case StepOp::Kind::layerNorm: return readFields(reader, p.layerNorm);
    case StepOp::Kind::rmsNorm: return readFields(reader, p.rmsNorm);
    case StepOp::Kind::normHeads: return readFields(reader, p.normHeads);
    case StepOp::Kind::rotate: return readFields(reader, p.rotate);
    case StepOp::Kind::gated: return readFields(reader, p.gated);
    case StepOp::Kind::linear: return readFields(reader, p.linear);
    case StepOp::Kind::groups: return readFields(reader, p.groups);
    case StepOp::Kind::attention: return readFields(reader, p.attention);
    case StepOp::Kind::select: return readFields(reader, p.select);
    case StepOp::Kind::logits: return readFields(reader, p.logits);
  }
}

// Makes a program of a model's ops. It reads weights where they are: keep their arrays as long as it.
struct PrepareStep {
  List<StepOp> ops;
  Activations activations;  // int8 rounds the inputs of products with weights in blocks
  int layers;
  int heads;  // of queries
  int keyHeads;  // a divisor of heads
  int headDim;
  float eps;
  int width;  // floats of a row that all values take
};
template <class Reader>
void readFields(Reader &reader, PrepareStep &p) {
  reader.read(p.ops);
  reader.read(p.activations);
  reader.read(p.layers);
  reader.read(p.heads);
  reader.read(p.keyHeads);
  reader.read(p.headDim);
  reader.read(p.eps);
  reader.read(p.width);
}

// Runs a program on new tokens.
struct RunStep {
  StepProgram *program;
  int rows;  // number of new tokens
  const int32_t *tokens;  // [rows]
  const int32_t *positions;  // [rows]
  ArrayList<const float> angles;  // one array a rotation, cosines and sines of each row, [rows, turned]
  Packed<StepFeed> feeds;
  ArrayList<uint8_t> keys;  // one array a layer and slot, [rows, keyHeads] heads in the format of the cache
  ArrayList<uint8_t> values;  // one array a layer and slot, [rows, keyHeads] heads in the format of the cache
  Width cache;  // format of the cache: f32, f16 or int8 (decoding/cache-rows.h)
  Packed<CacheLayout> layouts;  // one a layer
  int wantedCount;
  const int32_t *wanted;  // rows whose logits are wanted, [wantedCount]
  float *logits;  // [wantedCount, vocabulary]
};
template <class Reader>
void readFields(Reader &reader, RunStep &p) {
  reader.read(p.program);
  reader.read(p.rows);
  reader.read(p.tokens);
  reader.read(p.positions);
  reader.read(p.angles);
  reader.read(p.feeds);
  reader.read(p.keys);
  reader.read(p.values);
  reader.read(p.cache);
  reader.read(p.layouts);
  reader.read(p.wantedCount);
  reader.read(p.wanted);
  reader.read(p.logits);
}

// Attention of every head. Position t sees s when s <= t or s < prefix[sequence]; with blocks, only from its own block and `back` blocks before it; with a window, only when s > t - window. Query head h reads key head h / (heads / keyHeads).
struct Attention {
  int batch;
  int length;  // positions of a sequence
  int heads;  // of queries
  int keyHeads;  // a divisor of heads
  int headDim;
  float scale;  // factor of the products of queries and keys
  float cap;  // the scores become cap * tanh(score / cap); 0 for none
  const float *qkv;  // [batch * length, (heads + 2 * keyHeads) * headDim]
  const int32_t *prefix;  // positions of each sequence that see one another both ways, [batch]
  const int32_t *ends;  // positions of each sequence without its padding, [batch]; padding is seen by none, and its results are zero
  int block;  // positions of a block, 0 for none
  int back;  // blocks before a position's own that it sees
  int window;  // positions that one sees, itself among them; 0 for all
  const float *distances;  // [heads, reach, headDim]; row reach - 1 - d is added to keys d positions back; no prefix
  int reach;  // rows of a head's distances
  int group;  // positions of a group, 0 for none; position t then sees the first position and, of keys and values, group g when (g + 1) * group <= t; no prefix, blocks, window or distances, and as many key heads as heads
  const float *keys;  // of the groups, [batch * groups] rows
  const float *values;  // of the groups, [batch * groups] rows
  size_t memoryLine;  // floats from one row of keys or values to the next
  DropoutMask mask;  // of entry [batch, heads, t, s]; with groups s counts the first position and the groups
  float *read;  // the result, [batch * length, heads * headDim]
  float *logSum;  // log of the sum of exponentials, [batch, heads, length]
};
template <class Reader>
void readFields(Reader &reader, Attention &p) {
  reader.read(p.batch);
  reader.read(p.length);
  reader.read(p.heads);
  reader.read(p.keyHeads);
  reader.read(p.headDim);
  reader.read(p.scale);
  reader.read(p.cap);
  reader.read(p.qkv);
  reader.read(p.prefix);
  reader.read(p.ends);
  reader.read(p.block);
  reader.read(p.back);
  reader.read(p.window);
  reader.read(p.distances);
  reader.read(p.reach);
  reader.read(p.group);
  reader.read(p.keys);
  reader.read(p.values);
  reader.read(p.memoryLine);
  reader.read(p.mask);
  reader.read(p.read);
  reader.read(p.logSum);
}

// The gradients of attention.
struct AttentionGrad {
  Attention forward;  // with its results
  const float *dRead;
  float *dQkv;
  float *dDistances;  // null without distances
  float *dKeys;  // null without groups
  float *dValues;  // null without groups
};
template <class Reader>
void readFields(Reader &reader, AttentionGrad &p) {
  reader.read(p.forward);
  reader.read(p.dRead);
  reader.read(p.dQkv);
  reader.read(p.dDistances);
  reader.read(p.dKeys);
  reader.read(p.dValues);
}

// An operator on two arrays, with broadcasting.
struct Binary {
  BinaryOperator kind;
  Walk walk;  // over a and b; strides of the last axis are 0 or 1
  const float *a;
  const float *b;
  float *y;
};
template <class Reader>
void readFields(Reader &reader, Binary &p) {
  reader.read(p.kind);
  reader.read(p.walk);
  reader.read(p.a);
  reader.read(p.b);
  reader.read(p.y);
}

// Compares two arrays, with broadcasting: 1 where it holds, else 0.
struct Compare {
  Comparison kind;
  Walk walk;  // over a and b; strides of the last axis are 0 or 1
  const float *a;
  const float *b;
  uint8_t *y;
};
template <class Reader>
void readFields(Reader &reader, Compare &p) {
  reader.read(p.kind);
  reader.read(p.walk);
  reader.read(p.a);
  reader.read(p.b);
  reader.read(p.y);
}

// loss = sum(weights * perPosition). The loss of a row is logSumExp - (targetShare - otherShare) logit[target] - otherShare sum(logits) - entropy + zLoss logSumExp^2. If rDrop is above 0, the loss also has rDrop / 4 (KL(p, q) + KL(q, p)), with q the probabilities of the row rows / 2 away.
struct CrossEntropy {
  int rows;
  int width;
  int vocabulary;
  const float *hidden;  // [rows, width]
  const float *projection;  // [vocabulary, width]
  const int32_t *targets;  // [rows], each below vocabulary
  const float *weights;  // [rows]
  float targetShare;
  float otherShare;
  float entropy;
  float zLoss;
  float rDrop;  // the number of rows is even if it is above 0
  float cap;  // the logits become cap * tanh(logit / cap); 0 for none
  bool bf16;  // whether the operands of products are rounded to bf16
  float *loss;  // [1]
  float *perPosition;  // the loss of each row, [rows]
  float *dHidden;  // null where no gradient is wanted
  float *dProjection;  // null also where the projection is not trained
};
template <class Reader>
void readFields(Reader &reader, CrossEntropy &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.vocabulary);
  reader.read(p.hidden);
  reader.read(p.projection);
  reader.read(p.targets);
  reader.read(p.weights);
  reader.read(p.targetShare);
  reader.read(p.otherShare);
  reader.read(p.entropy);
  reader.read(p.zLoss);
  reader.read(p.rDrop);
  reader.read(p.cap);
  reader.read(p.bf16);
  reader.read(p.loss);
  reader.read(p.perPosition);
  reader.read(p.dHidden);
  reader.read(p.dProjection);
}

// Softmax of 32-bit logits in double precision.
struct Distribution {
  size_t count;
  const float *logits;
  double *probabilities;  // null where only the totals are wanted
  double *totals;  // the largest logit, and the sum of e^(logit - largest)
};
template <class Reader>
void readFields(Reader &reader, Distribution &p) {
  reader.read(p.count);
  reader.read(p.logits);
  reader.read(p.probabilities);
  reader.read(p.totals);
}

// Softmax of 64-bit logits in double precision.
struct WideDistribution {
  size_t count;
  const double *logits;
  double *probabilities;  // null where only the totals are wanted
  double *totals;  // the largest logit, and the sum of e^(logit - largest)
};
template <class Reader>
void readFields(Reader &reader, WideDistribution &p) {
  reader.read(p.count);
  reader.read(p.logits);
  reader.read(p.probabilities);
  reader.read(p.totals);
}

// y = x + dropout(branch); without x, dropout(branch).
struct Dropout {
  size_t count;
  const float *x;
  const float *branch;
  float *y;
  DropoutMask mask;
};
template <class Reader>
void readFields(Reader &reader, Dropout &p) {
  reader.read(p.count);
  reader.read(p.x);
  reader.read(p.branch);
  reader.read(p.y);
  reader.read(p.mask);
}

// A function of each entry.
struct Unary {
  UnaryFunction kind;
  size_t count;
  const float *x;
  float *y;
};
template <class Reader>
void readFields(Reader &reader, Unary &p) {
  reader.read(p.kind);
  reader.read(p.count);
  reader.read(p.x);
  reader.read(p.y);
}

// Entries of a where the condition holds, of b elsewhere.
struct Select {
  size_t count;
  const uint8_t *condition;
  const float *a;
  const float *b;
  float *y;
};
template <class Reader>
void readFields(Reader &reader, Select &p) {
  reader.read(p.count);
  reader.read(p.condition);
  reader.read(p.a);
  reader.read(p.b);
  reader.read(p.y);
}

// y = factor x.
struct Scale {
  size_t count;
  float factor;
  const float *x;
  float *y;
};
template <class Reader>
void readFields(Reader &reader, Scale &p) {
  reader.read(p.count);
  reader.read(p.factor);
  reader.read(p.x);
  reader.read(p.y);
}

// GELU of x; with dy, the gradient of x.
struct ApplyGelu {
  size_t count;
  const float *x;
  const float *dy;
  float *y;
};
template <class Reader>
void readFields(Reader &reader, ApplyGelu &p) {
  reader.read(p.count);
  reader.read(p.x);
  reader.read(p.dy);
  reader.read(p.y);
}

// Softmax of each row.
struct Softmax {
  int rows;
  int width;
  const float *x;  // [rows, width]
  float *y;  // [rows, width]
};
template <class Reader>
void readFields(Reader &reader, Softmax &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.x);
  reader.read(p.y);
}

// Rows of a table by id.
struct Gather {
  int count;
  int width;
  const int32_t *ids;  // [count], each below the number of rows
  const float *table;  // [rows, width]
  float *y;  // [count, width]
};
template <class Reader>
void readFields(Reader &reader, Gather &p) {
  reader.read(p.count);
  reader.read(p.width);
  reader.read(p.ids);
  reader.read(p.table);
  reader.read(p.y);
}

// The gradient of gather: the rows of dy added up by id.
struct ScatterAdd {
  int count;
  int width;
  int rows;  // rows of the table
  const int32_t *ids;  // [count], each below rows
  const float *dy;  // [count, width]
  float *dTable;  // [rows, width]
};
template <class Reader>
void readFields(Reader &reader, ScatterAdd &p) {
  reader.read(p.count);
  reader.read(p.width);
  reader.read(p.rows);
  reader.read(p.ids);
  reader.read(p.dy);
  reader.read(p.dTable);
}

// activation(the first half of the columns) * the second half.
struct Gated {
  int rows;
  int width;  // of the result
  GateActivation activation;
  const float *x;  // [rows, 2 * width]
  float *y;  // [rows, width]
};
template <class Reader>
void readFields(Reader &reader, Gated &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.activation);
  reader.read(p.x);
  reader.read(p.y);
}

// The gradient of gated.
struct GatedGrad {
  int rows;
  int width;  // of dy
  GateActivation activation;
  const float *dy;  // [rows, width]
  const float *x;  // [rows, 2 * width]
  float *dx;  // [rows, 2 * width]
};
template <class Reader>
void readFields(Reader &reader, GatedGrad &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.activation);
  reader.read(p.dy);
  reader.read(p.x);
  reader.read(p.dx);
}

// Layer norm of each row: y = (x - mean) * inverse * gain + bias.
struct LayerNorm {
  int rows;
  int width;
  float eps;
  const float *x;  // [rows, width]
  const float *gain;  // [width]
  const float *bias;  // [width]
  float *y;  // [rows, width]
  float *mean;  // [rows]
  float *inverse;  // 1 / sqrt(variance + eps), [rows]
};
template <class Reader>
void readFields(Reader &reader, LayerNorm &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.eps);
  reader.read(p.x);
  reader.read(p.gain);
  reader.read(p.bias);
  reader.read(p.y);
  reader.read(p.mean);
  reader.read(p.inverse);
}

// The gradients of layerNorm.
struct LayerNormGrad {
  int rows;
  int width;
  const float *dy;  // [rows, width]
  const float *x;  // [rows, width]
  const float *gain;  // [width]
  const float *mean;  // [rows], of layerNorm
  const float *inverse;  // [rows], of layerNorm
  float *dx;  // [rows, width]
  float *dGain;  // [width]
  float *dBias;  // [width]
};
template <class Reader>
void readFields(Reader &reader, LayerNormGrad &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.dy);
  reader.read(p.x);
  reader.read(p.gain);
  reader.read(p.mean);
  reader.read(p.inverse);
  reader.read(p.dx);
  reader.read(p.dGain);
  reader.read(p.dBias);
}

// The gradients of y = activation(x weight + bias): dx [rows, in], dWeight [in, out], dBias [out], null without a bias.
struct LinearGrad {
  int rows;
  int in;
  int out;
  const float *dy;  // [rows, out]
  const float *x;  // [rows, in]
  const float *weight;  // [in, out]
  const float *sum;  // what GELU was applied to, [rows, out]; null without an activation
  bool bf16;  // whether the operands of products are rounded to bf16
  float *dx;
  float *dWeight;
  float *dBias;
};
template <class Reader>
void readFields(Reader &reader, LinearGrad &p) {
  reader.read(p.rows);
  reader.read(p.in);
  reader.read(p.out);
  reader.read(p.dy);
  reader.read(p.x);
  reader.read(p.weight);
  reader.read(p.sum);
  reader.read(p.bf16);
  reader.read(p.dx);
  reader.read(p.dWeight);
  reader.read(p.dBias);
}

// RMS norm of the queries and keys in qkv.
struct NormHeads {
  int rows;
  int width;  // of qkv
  HeadSpans spans;
  float eps;
  const float *qkv;  // [rows, width]
  const float *queryGain;  // [queryWidth]
  const float *keyGain;  // [keyWidth]
  float *y;  // [rows, width]
  float *inverse;  // 1 / sqrt(mean square + eps), [rows, queries + keys]
};
template <class Reader>
void readFields(Reader &reader, NormHeads &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.spans);
  reader.read(p.eps);
  reader.read(p.qkv);
  reader.read(p.queryGain);
  reader.read(p.keyGain);
  reader.read(p.y);
  reader.read(p.inverse);
}

// The gradients of normHeads.
struct NormHeadsGrad {
  int rows;
  int width;  // of qkv
  HeadSpans spans;
  const float *dy;  // [rows, width]
  const float *qkv;  // [rows, width]
  const float *queryGain;  // [queryWidth]
  const float *keyGain;  // [keyWidth]
  const float *inverse;  // of normHeads
  float *dQkv;  // [rows, width]
  float *dQueryGain;  // [queryWidth]
  float *dKeyGain;  // [keyWidth]
};
template <class Reader>
void readFields(Reader &reader, NormHeadsGrad &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.spans);
  reader.read(p.dy);
  reader.read(p.qkv);
  reader.read(p.queryGain);
  reader.read(p.keyGain);
  reader.read(p.inverse);
  reader.read(p.dQkv);
  reader.read(p.dQueryGain);
  reader.read(p.dKeyGain);
}

// Reduces an axis: from x, [outer, length, inner], to y, [outer, inner], times a factor.
struct Reduce {
  Reduction kind;
  int outer;
  int length;
  int inner;
  float factor;
  const float *x;
  float *y;
};
template <class Reader>
void readFields(Reader &reader, Reduce &p) {
  reader.read(p.kind);
  reader.read(p.outer);
  reader.read(p.length);
  reader.read(p.inner);
  reader.read(p.factor);
  reader.read(p.x);
  reader.read(p.y);
}

// RMS norm of each row: y = x * inverse * gain.
struct RmsNorm {
  int rows;
  int width;
  float eps;
  const float *x;  // [rows, width]
  const float *gain;  // [width]
  float *y;  // [rows, width]
  float *inverse;  // 1 / sqrt(mean square + eps), [rows]
};
template <class Reader>
void readFields(Reader &reader, RmsNorm &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.eps);
  reader.read(p.x);
  reader.read(p.gain);
  reader.read(p.y);
  reader.read(p.inverse);
}

// The gradients of rmsNorm.
struct RmsNormGrad {
  int rows;
  int width;
  const float *dy;  // [rows, width]
  const float *x;  // [rows, width]
  const float *gain;  // [width]
  const float *inverse;  // [rows], of rmsNorm
  float *dx;  // [rows, width]
  float *dGain;  // [width]
};
template <class Reader>
void readFields(Reader &reader, RmsNormGrad &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.dy);
  reader.read(p.x);
  reader.read(p.gain);
  reader.read(p.inverse);
  reader.read(p.dx);
  reader.read(p.dGain);
}

// Rotary positions: of each of the first `heads` heads of a row, columns i and i + turned / 2 turn by the angle whose cosine is angles[row][i] and sine angles[row][turned / 2 + i]; backwards for the gradient. The other columns pass.
struct RotateHeads {
  int rows;
  int width;  // of qkv
  int heads;  // those that turn, queries and keys
  int headDim;
  int turned;  // columns of a head that turn; even
  const float *qkv;  // [rows, width]
  const float *angles;  // cosines and sines of each row, [rows, turned]
  bool isBackwards;
  float *y;  // [rows, width]
};
template <class Reader>
void readFields(Reader &reader, RotateHeads &p) {
  reader.read(p.rows);
  reader.read(p.width);
  reader.read(p.heads);
  reader.read(p.headDim);
  reader.read(p.turned);
  reader.read(p.qkv);
  reader.read(p.angles);
  reader.read(p.isBackwards);
  reader.read(p.y);
}

// Rounds numbers to 16-bit floats from the first one on, and returns how many: it ends before a block with a number that is infinite, NaN or too large for 16 bits, and before numbers that do not fill a vector.
struct RoundToFloat16 {
  size_t count;
  const float *x;
  uint16_t *y;  // the bits; may start where x does, in the same memory
};
template <class Reader>
void readFields(Reader &reader, RoundToFloat16 &p) {
  reader.read(p.count);
  reader.read(p.x);
  reader.read(p.y);
}

// Sums the squares of arrays in chunks of 65,536 entries; the last of an array may be shorter.
struct SumsOfSquares {
  ArrayList<const float> arrays;
  double *sums;  // one a chunk
};
template <class Reader>
void readFields(Reader &reader, SumsOfSquares &p) {
  reader.read(p.arrays);
  reader.read(p.sums);
}

// The factor of gradients that keeps their norm under a limit: core's `clipFactor`.
struct Clip {
  int chunks;
  const double *sums;  // of squares, one a chunk
  double limit;  // of the norm; 0 for none
  const float *loss;  // one number
  float *factor;  // one number; NaN where the loss or the norm is not finite
};
template <class Reader>
void readFields(Reader &reader, Clip &p) {
  reader.read(p.chunks);
  reader.read(p.sums);
  reader.read(p.limit);
  reader.read(p.loss);
  reader.read(p.factor);
}

// An optimizer with its numbers for one update; core's `applyUpdate` is the plain form.
struct UpdateRule {
  enum class Kind { adam, sgd };
  Kind kind;
  union {
    AdamRule adam;
    SgdRule sgd;
  };
};
template <class Reader>
void readFields(Reader &reader, UpdateRule &p) {
  reader.read(p.kind);
  switch (p.kind) {
    case UpdateRule::Kind::adam: return readFields(reader, p.adam);
    case UpdateRule::Kind::sgd: return readFields(reader, p.sgd);
  }
}

// Updates parameters, or pieces of them, in place.
struct Update {
  ArrayList<const float> gradients;  // one array a piece
  const uint8_t *decays;  // 1 for each piece that weight decay applies to
  ArrayList<float> values;  // one array a piece
  float *mean;  // the slot of that name, one piece after the other
  float *variance;  // the slot of that name; null where the rule has none
  const float *factor;  // one number, of the gradients, from clipping; NaN changes nothing
  UpdateRule rule;
};
template <class Reader>
void readFields(Reader &reader, Update &p) {
  reader.read(p.gradients);
  reader.read(p.decays);
  reader.read(p.values);
  reader.read(p.mean);
  reader.read(p.variance);
  reader.read(p.factor);
  reader.readUnion(p.rule);
}

// Copies entries of four bytes from the first array of the walk to the second: transposes, slices, tiles and joins arrays.
struct Copy {
  Walk walk;
  const float *from;
  size_t start;  // the entry of `from` where the walk starts
  float *to;
  size_t toStart;  // the entry of `to` where the walk starts
};
template <class Reader>
void readFields(Reader &reader, Copy &p) {
  reader.read(p.walk);
  reader.read(p.from);
  reader.read(p.start);
  reader.read(p.to);
  reader.read(p.toStart);
}

// c = a b + bias for every matrix of a batch, and GELU of c in activated.
struct MatMul {
  int batch;  // number of products
  int m;
  int n;
  int k;
  const float *a;  // [batch, m, k], or [batch, k, m] when transposed
  const float *b;  // [batch, k, n], or [batch, n, k] when transposed
  bool transposeA;
  bool transposeB;
  size_t aStep;  // entries from one matrix of a to the next; 0 uses one for the whole batch
  size_t bStep;  // entries from one matrix of b to the next; 0 uses one for the whole batch
  bool bf16;  // whether a and b are rounded to bf16
  const float *bias;  // [n]
  float *c;  // [batch, m, n]
  float *activated;  // [batch, m, n]
};
template <class Reader>
void readFields(Reader &reader, MatMul &p) {
  reader.read(p.batch);
  reader.read(p.m);
  reader.read(p.n);
  reader.read(p.k);
  reader.read(p.a);
  reader.read(p.b);
  reader.read(p.transposeA);
  reader.read(p.transposeB);
  reader.read(p.aStep);
  reader.read(p.bStep);
  reader.read(p.bf16);
  reader.read(p.bias);
  reader.read(p.c);
  reader.read(p.activated);
}

// The kernels of one instruction set. They return false when there is no memory for their scratch.
// Results do not depend on the number of threads.
struct Kernels {
  const char *name;
  bool (*dequantize)(const Dequantize &);
  bool (*runStep)(const RunStep &);
  bool (*attention)(const Attention &);
  bool (*attentionGrad)(const AttentionGrad &);
  bool (*binary)(const Binary &);
  bool (*compare)(const Compare &);
  bool (*crossEntropy)(const CrossEntropy &);
  bool (*distribution)(const Distribution &);
  bool (*wideDistribution)(const WideDistribution &);
  bool (*dropout)(const Dropout &);
  bool (*unary)(const Unary &);
  bool (*select)(const Select &);
  bool (*scale)(const Scale &);
  bool (*applyGelu)(const ApplyGelu &);
  bool (*softmax)(const Softmax &);
  bool (*gather)(const Gather &);
  bool (*scatterAdd)(const ScatterAdd &);
  bool (*gated)(const Gated &);
  bool (*gatedGrad)(const GatedGrad &);
  bool (*layerNorm)(const LayerNorm &);
  bool (*layerNormGrad)(const LayerNormGrad &);
  bool (*linearGrad)(const LinearGrad &);
  bool (*normHeads)(const NormHeads &);
  bool (*normHeadsGrad)(const NormHeadsGrad &);
  bool (*reduce)(const Reduce &);
  bool (*rmsNorm)(const RmsNorm &);
  bool (*rmsNormGrad)(const RmsNormGrad &);
  bool (*rotateHeads)(const RotateHeads &);
  bool (*roundToFloat16)(const RoundToFloat16 &, double *result);
  bool (*sumsOfSquares)(const SumsOfSquares &);
  bool (*clip)(const Clip &);
  bool (*update)(const Update &);
  bool (*copy)(const Copy &);
  bool (*matMul)(const MatMul &);
};

#define RAMBLE_EACH_KERNEL(use) \
  use(dequantize) \
  use(runStep) \
  use(attention) \
  use(attentionGrad) \
  use(binary) \
  use(compare) \
  use(crossEntropy) \
  use(distribution) \
  use(wideDistribution) \
  use(dropout) \
  use(unary) \
  use(select) \
  use(scale) \
  use(applyGelu) \
  use(softmax) \
  use(gather) \
  use(scatterAdd) \
  use(gated) \
  use(gatedGrad) \
  use(layerNorm) \
  use(layerNormGrad) \
  use(linearGrad) \
  use(normHeads) \
  use(normHeadsGrad) \
  use(reduce) \
  use(rmsNorm) \
  use(rmsNormGrad) \
  use(rotateHeads) \
  use(roundToFloat16) \
  use(sumsOfSquares) \
  use(clip) \
  use(update) \
  use(copy) \
  use(matMul)

#define RAMBLE_KERNEL_COUNT 34

// Arguments of the call that has most of them.
#define RAMBLE_MOST_ARGUMENTS 32

}  // namespace ramble
