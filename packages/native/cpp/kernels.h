// The kernels of one instruction set. Matrices are row-major; a `line` is the floats from one row to
// the next. Kernels return false when there is no memory for their scratch. Results do not depend on
// the number of threads.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace ramble {

// c[m, n] (+)= a * b + bias. a is [m, k], or [k, m] when transposed; b [k, n] or [n, k].
struct Gemm {
  int m, n, k;
  const float *a;
  size_t aLine;
  bool transposeA;
  const float *b;
  size_t bLine;
  bool transposeB;
  float *c;
  size_t cLine;
  bool isAdded;       // to what c holds
  const float *bias;  // [n] or null
  float *activated;   // [m, n] with c's line, receives GELU of c; or null
};

// y = x weight + bias, x [rows, in], weight [in, out].
struct LinearGrad {
  int rows, in, out;
  const float *dy, *x, *weight;
  const float *sum;  // what GELU was applied to, [rows, out]; null without activation
  float *dx, *dWeight, *dBias;
};

struct LayerNorm {
  int rows, width;
  float eps;
  const float *x, *gain, *bias;
  float *y, *mean, *inverse;  // inverse: 1 / sqrt(variance + eps)
};

struct LayerNormGrad {
  int rows, width;
  const float *dy, *x, *gain, *mean, *inverse;
  float *dx, *dGain, *dBias;
};

// Entry i is kept, and scaled by `factor`, when word i of the Philox address is at least `threshold`.
struct Dropout {
  uint64_t threshold;  // 0 drops nothing
  float factor;
  uint32_t key0, key1, step, stream;
};

// qkv is [batch * length, 3 * heads * headDim]; position t sees s when s <= t or s < prefix[sequence];
// with blocks, only from its own block and `back` blocks before it. From ends[sequence] on there is
// padding: nobody sees it, and its results are zero.
struct Attention {
  int batch, length, heads, headDim;
  const float *qkv;
  const int32_t *prefix;  // [batch] or null
  const int32_t *ends;    // [batch], each up to length, or null
  int block, back;        // positions of a block, 0 for none; blocks before a position's own
  // [heads, reach, headDim]: row reach - 1 - d is added to keys d positions back; or null. No prefix.
  const float *distances;
  int reach;
  // With groups of this many positions, position t sees the first one and, of keys and values, group g when
  // (g + 1) * group <= t; 0 for none. [batch * groups] rows, `memoryLine` floats apart. No prefix, no
  // blocks, no distances.
  int group;
  const float *keys, *values;
  size_t memoryLine;
  Dropout dropout;        // of entry [batch, heads, t, s]; s: the first position and groups, where there are
  float *read;            // [batch * length, heads * headDim]
  float *logSum;          // log of the sum of exponentials, [batch, heads, length]
};

struct AttentionGrad {
  Attention forward;  // with its results
  const float *dRead;
  float *dQkv;
  float *dDistances;  // null without distances
  float *dKeys, *dValues;  // null without groups
};

// A matrix, row-major, of 32-bit floats, 16-bit floats, or bytes with a scale for every 64 entries of a
// row, from its beginning.
enum class Width { f32, f16, int8 };
struct Weights {
  Width width;
  int columns;
  const void *values;
  const float *scales;  // [rows, groups] or null
};

// What a model does with every row of a step. A value is `in` or `out` floats of each row and lies at
// a place of its own, in floats of a row.
enum class StepKind { tokens, positions, add, layerNorm, linear, groups, attention, select, logits };
// What a step has rows of: its new tokens, the groups of positions that it completes, or the tokens whose logits are
// wanted.
enum class StepRows { tokens, groups, wanted };
struct StepOp {
  StepKind kind;
  int from, other, to;  // places
  int in, out;
  int layer;
  bool hasGelu;
  int block, back, reach;  // as Attention has them; reach 0 without distances, which are the weights
  StepRows rows;           // of the result; of the logits those of x
  int group;               // positions of a group, where attention compresses
  int column;              // the first one that is grouped: of inputs, keys or values
  int keys, values;        // places of the memory: both the same where it is laid out as qkv
  int input;               // place of what the memory is made of in that case
  Weights weights;
  const float *gain, *bias;
};

// Ops from `first` to before `end` that are done together, row by row, or the tasks of one op.
struct StepStage {
  int first, end;
  bool isByRows;
  int tasks;
};

struct StepProgram {
  int count, layers, heads, headDim;
  float eps;
  int width;  // floats of a row that all places take
  int group;  // positions of a group in layers that compress, or 0
  StepOp *ops;
  StepStage *stages;  // room for two an op
  float **keys, **values;  // of each layer, for the time of one step: [slots, rows, heads * headDim]
};

// New tokens of one sequence, one behind the other in the rows of a step.
struct StepFeed {
  int32_t slot;           // in the cache
  int32_t firstRow, count;
  int32_t past;           // positions in the cache
  int32_t prefix;         // positions that see one another both ways
  int32_t twin, shared;   // the first `shared` positions are in slot `twin`, too, where a feed before reads them
};

// The rows of a slot in a layer of the cache: the first position and the groups behind it, where attention
// compresses, then positions: p is in row p modulo their number.
struct CacheLayout {
  int32_t memoryRows, positionRows;
};

struct Step {
  StepProgram *program;
  int rows, feedCount;
  const int32_t *tokens, *positions;  // [rows]
  const StepFeed *feeds;
  const CacheLayout *layouts;  // of the layers
  int wantedCount;
  const int32_t *wanted;  // rows
  float *logits;          // [wantedCount, vocabulary]
};

struct Embedding {
  int count, width, rows;
  const int32_t *ids;  // [count], each below rows
};

// The loss of a row is logSumExp - (target - other) logit[target] - other sum(logits) - entropy
// + zLoss logSumExp^2. The gradients, of `sum(weights * perPosition)`, may be null.
struct CrossEntropy {
  int rows, width, vocabulary;
  const float *hidden, *projection;  // [rows, width], [vocabulary, width]
  const int32_t *targets;
  const float *weights;
  float targetShare, otherShare, entropy, zLoss;
  float *perPosition;
  float *dHidden, *dProjection;
};

// One update of every parameter, in place; see applyUpdate in core for the rules.
struct Update {
  int count;               // parameters, one behind the other in values, mean and variance
  const size_t *sizes;
  const uint8_t *decays;   // whether weight decay applies
  const float *const *gradients;
  float *values, *mean, *variance;
  bool isAdam;
  double learningRate, weightDecay, clipNorm;
  double beta1, beta2, eps;  // Adam
  bool isDecoupled;
  double steps;              // updates, this one included
  double momentum;           // SGD
  bool isNesterov;
};

// Two arrays over axes of these sizes. A stride is the entries from one place on an axis to the next;
// 0 repeats.
struct Walk {
  int rank;  // at least 1
  const int32_t *sizes, *aStrides, *bStrides;
};

// x is [outer, length, inner], y [outer, inner], times factor.
enum class Reduction { sum, largest, smallest };
struct Reduce {
  Reduction kind;
  int outer, length, inner;
  float factor;
  const float *x;
  float *y;
};

// In the order of their names in src/addon/addon-types.ts.
enum class Unary {
  negate,
  absolute,
  square,
  squareRoot,
  reciprocalRoot,
  reciprocal,
  exponential,
  logistic,
  hyperbolicTangent,
  rectified,
};
enum class Binary { add, subtract, multiply, divide, maximum, minimum, squaredDifference };
enum class Comparison { equal, notEqual, greater, greaterEqual };

struct Kernels {
  const char *name;
  bool (*gemm)(const Gemm &);
  bool (*linearGrad)(const LinearGrad &);
  bool (*layerNorm)(const LayerNorm &);
  bool (*layerNormGrad)(const LayerNormGrad &);
  bool (*attention)(const Attention &);
  bool (*attentionGrad)(const AttentionGrad &);
  bool (*runStep)(const Step &);
  void (*gather)(const Embedding &, const float *table, float *y);
  void (*scatterAdd)(const Embedding &, const float *dy, float *dTable);
  bool (*crossEntropy)(const CrossEntropy &, double *loss);
  // y = x + dropout(branch); x may be null.
  void (*dropout)(size_t count, const float *x, const float *branch, const Dropout &, float *y);
  // Returns the norm of all gradients before clipping; nothing changes when it is not finite.
  bool (*update)(const Update &, double *norm);
  void (*unary)(Unary, size_t count, const float *x, float *y);
  // Strides of the last axis are 0 or 1; y has none of its own.
  void (*binary)(Binary, const Walk &, const float *a, const float *b, float *y);
  void (*compare)(Comparison, const Walk &, const float *a, const float *b, uint8_t *y);
  void (*select)(size_t count, const uint8_t *condition, const float *a, const float *b, float *y);
  void (*reduce)(const Reduce &);
  // Entries of four bytes, between the two arrays of the walk.
  void (*copy)(const Walk &, const float *from, float *to);
  void (*scale)(size_t count, const float *x, float factor, float *y);
  void (*softmax)(int rows, int width, const float *x, float *y);
  // Of floats or doubles; probabilities may be null. totals: the largest logit, the sum of
  // e^(logit - largest).
  void (*distribution)(size_t count, const float *logits, double *probabilities, double *totals);
  void (*wideDistribution)(size_t count, const double *logits, double *probabilities, double *totals);
  // To 16-bit floats; how many from the beginning on. y may be where x is.
  size_t (*narrowed)(size_t count, const float *x, uint16_t *y);
};

}  // namespace ramble
