import { concat, slice, tile, transpose } from './copy.js';
import { binary, compare, select, unary } from './elementwise.js';
import { cast, fill, fillLike, oneHot } from './fill.js';
import { gather } from './gather.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';
import { reduce } from './reduce.js';
import { softmax } from './softmax.js';
import type { StandardKernel } from './standard-kernel.js';

/** Kernels of tfjs by name, for what models spend time on outside core's ops. */
export const STANDARD_KERNELS: Readonly<Record<string, StandardKernel>> = {
  Abs: unary('absolute'),
  Add: binary('add'),
  BatchMatMul: batchMatMul,
  Cast: cast,
  Concat: concat,
  Equal: compare('equal'),
  Exp: unary('exponential'),
  Fill: fill,
  GatherV2: gather,
  Greater: compare('greater'),
  GreaterEqual: compare('greaterEqual'),
  Less: compare('greater', { swapped: true }),
  LessEqual: compare('greaterEqual', { swapped: true }),
  Max: reduce('largest'),
  Maximum: binary('maximum'),
  Mean: reduce('sum', { isMean: true }),
  Min: reduce('smallest'),
  Minimum: binary('minimum'),
  Multiply: binary('multiply'),
  Neg: unary('negate'),
  NotEqual: compare('notEqual'),
  OneHot: oneHot,
  OnesLike: fillLike(1),
  RealDiv: binary('divide'),
  Reciprocal: unary('reciprocal'),
  Relu: unary('rectified'),
  Rsqrt: unary('reciprocalRoot'),
  Select: select,
  Sigmoid: unary('logistic'),
  Slice: slice,
  Softmax: softmax,
  Sqrt: unary('squareRoot'),
  Square: unary('square'),
  SquaredDifference: binary('squaredDifference'),
  Sub: binary('subtract'),
  Sum: reduce('sum'),
  Tanh: unary('hyperbolicTangent'),
  Tile: tile,
  Transpose: transpose,
  ZerosLike: fillLike(0),
  _FusedMatMul: fusedMatMul,
};
