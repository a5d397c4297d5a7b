import { memoryRow, positionRow } from '../src/attention/layer-cache.js';
import type { DecodingStep, StepModel, StepRunner } from '../src/model/step-runners.js';
import type { ModelOp, Value } from '../src/model/lower-model.js';
import { parameterSpecs } from '../src/model/model-parameters.js';
import { rotationAngles } from '../src/positions/rotary.js';

type AttentionOp = Extract<ModelOp, { kind: 'attention' }>;

/** Runs the list of a model in plain loops on one array of memory, as an engine does. */
export function plainStepRunner({ decoder, lowered, stored }: StepModel): StepRunner {
  const { config } = decoder;
  const { nHead, nKvHead, headDim: D, nEmbd: C, vocabSize: V, normEps, scoreCap } = config;
  const { scoreScale = 1 / Math.sqrt(D) } = config;
  const [queries, shared] = [nHead * D, nKvHead * D];
  const all = queries + 2 * shared; // width of a row of qkv
  const names = new Set(parameterSpecs(config).map(({ name }) => name));
  const rms = (x: Float32Array, gain: Float32Array): Float32Array => {
    const square = x.reduce((sum, value) => sum + value ** 2, 0) / x.length;
    return x.map((value, i) => (value / Math.sqrt(square + normEps)) * gain[i]);
  };
  const numbers = (name: string): Float32Array => {
    const { array, layout } = stored(name);
    if (array instanceof Float32Array) return array;
    throw new TypeError(`${name}: expected f32, got ${layout.name}`);
  };

  /** Returns the distance term of the score of a query and a key `back` positions before it. */
  function distanceScore(
    { distances }: AttentionOp,
    head: number,
    query: Float32Array,
    back: number,
  ): number {
    if (!distances || back >= distances.rows) return 0;
    const row = head * distances.rows + distances.rows - 1 - back;
    return query.reduce((sum, q, d) => sum + q * numbers(distances.name)[row * D + d], 0);
  }

  function attend(
    step: DecodingStep,
    op: AttentionOp,
    at: (value: Value) => Float32Array,
    qkv: Float32Array,
    read: Float32Array,
    input?: Float32Array,
  ): void {
    const { layer, memory } = op;
    const attention = step.cache.attention[layer];
    const layout = step.cache.layouts[layer];
    const K = memory?.groupLength ?? 0;
    let group = 0;
    for (const { storage, firstRow, count, past, prefixLength } of step.feeds) {
      const [keys, values] = [step.cache.keys[layer][storage], step.cache.values[layer][storage]];
      const rowOf = (
        from: Float32Array,
        row: number,
        column: number,
        width: number,
      ): Float32Array => from.subarray(row * width + column, row * width + column + shared);
      const put = (row: number, key: Float32Array, value: Float32Array): void => {
        keys.set(key, row * shared);
        values.set(value, row * shared);
      };
      const store = (t: number): void => {
        const row = firstRow + t;
        const key = input ? rowOf(input, row, 0, C) : rowOf(qkv, row, queries, all);
        put(positionRow(layout, past + t), key, rowOf(qkv, row, queries + shared, all));
      };
      if (memory) {
        const width = memory.keys.width;
        const putMemory = (m: number, key: Float32Array, value: Float32Array): void => {
          put(memoryRow(layout, m), key, value);
        };
        if (past === 0)
          putMemory(0, rowOf(qkv, firstRow, C, 3 * C), rowOf(qkv, firstRow, 2 * C, 3 * C));
        for (let m = 1 + Math.floor(past / K); m <= Math.floor((past + count) / K); m++, group++) {
          const key = rowOf(at(memory.keys), group, width === C ? 0 : C, width);
          putMemory(m, key, rowOf(at(memory.values), group, width === C ? 0 : 2 * C, width));
        }
      }
      if (prefixLength > 0) for (let t = 0; t < count; t++) store(t);
      for (let t = 0; t < count; t++) {
        store(t);
        const last = Math.max(past + t, prefixLength - 1);
        const first = attention.firstSeen(past + t);
        const seen = memory
          ? Array.from({ length: 1 + Math.floor((past + t) / K) }, (_, m) => memoryRow(layout, m))
          : Array.from({ length: last + 1 - first }, (_, i) => positionRow(layout, first + i));
        for (let head = 0; head < nHead; head++) {
          const query = qkv.subarray((firstRow + t) * all + head * D).subarray(0, D);
          const at = (row: number): number =>
            row * shared + Math.floor((head * nKvHead) / nHead) * D;
          const scores = seen.map((row, i) => {
            const dot = query.reduce((sum, q, d) => sum + q * keys[at(row) + d], 0);
            const far = distanceScore(op, head, query, past + t - first - i);
            const scaled = (dot + far) * scoreScale;
            return Math.exp(scoreCap ? scoreCap * Math.tanh(scaled / scoreCap) : scaled);
          });
          const total = scores.reduce((sum, score) => sum + score, 0);
          for (let d = 0; d < D; d++) {
            read[(firstRow + t) * queries + head * D + d] =
              scores.reduce((sum, score, i) => sum + score * values[at(seen[i]) + d], 0) / total;
          }
        }
      }
    }
  }

  /** Joins the positions of the groups that a step completes, as columns. */
  function group(
    step: DecodingStep,
    { part, groupLength: K, layer, from }: Extract<ModelOp, { kind: 'groups' }>,
    rows: Float32Array,
    groups: Float32Array,
  ): void {
    const layout = step.cache.layouts[layer];
    const column = { input: 0, keys: C, values: 2 * C }[part];
    let done = 0;
    for (const { storage, firstRow, count, past } of step.feeds) {
      const kept = (part === 'values' ? step.cache.values : step.cache.keys)[layer][storage];
      const end = Math.floor((past + count) / K) * K;
      for (let p = Math.floor(past / K) * K; p < end; p++, done += C) {
        const cached = positionRow(layout, p) * C;
        const fresh = (firstRow + p - past) * from.width + column;
        const row = p < past ? kept.subarray(cached, cached + C) : rows.subarray(fresh, fresh + C);
        groups.set(row, done);
      }
    }
  }

  return (step) => {
    const N = step.tokens.length;
    const memory = new Float32Array(lowered.rowSize * N);
    const at = ({ place, width, rows }: Value): Float32Array => {
      const count = rows === 'wanted' ? step.wanted.length : N;
      return memory.subarray(place * N, place * N + width * count);
    };
    for (const op of lowered.ops) {
      switch (op.kind) {
        case 'embedding': {
          const ids = op.table === 'tokenEmbedding' ? step.tokens : step.tableRows;
          const table = numbers(`${op.table}.weight`);
          ids.forEach((id, row) => {
            const { width } = op.to;
            const values = table.subarray(id * width, (id + 1) * width);
            at(op.to).set(
              values.map((value) => value * op.scale),
              row * width,
            );
          });
          break;
        }
        case 'add':
          at(op.to).set(
            at(op.from).map((value, i) => {
              const sum = value + op.scale * at(op.other)[i];
              return op.hasGelu ? gelu(sum) : sum;
            }),
          );
          break;
        case 'layerNorm': {
          const [gain, bias] = [numbers(`${op.name}.gain`), numbers(`${op.name}.bias`)];
          for (let row = 0; row < at(op.from).length / C; row++) {
            const x = at(op.from).subarray(row * C, (row + 1) * C);
            const mean = x.reduce((sum, value) => sum + value, 0) / C;
            const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / C;
            const normal = x.map((value) => (value - mean) / Math.sqrt(variance + normEps));
            at(op.to).set(
              normal.map((value, i) => value * gain[i] + bias[i]),
              row * C,
            );
          }
          break;
        }
        case 'linear': {
          const weight = numbers(`${op.name}.weight`);
          const bias = names.has(`${op.name}.bias`) ? numbers(`${op.name}.bias`) : undefined;
          const [I, O] = [op.from.width, op.to.width];
          const product = at(op.to).map((_, i) => {
            const [row, column] = [Math.floor(i / O), i % O];
            let sum = bias?.[column] ?? 0;
            for (let k = 0; k < I; k++) sum += at(op.from)[row * I + k] * weight[k * O + column];
            return op.hasGelu ? gelu(sum) : sum;
          });
          at(op.to).set(product);
          break;
        }
        case 'rmsNorm': {
          const gain = numbers(`${op.name}.gain`);
          eachRow(at(op.from), C, (x, row) => at(op.to).set(rms(x, gain), row * C));
          break;
        }
        case 'gated':
          eachRow(at(op.from), op.from.width, (x, row) => {
            const F = op.to.width;
            const activate = op.activation === 'gelu' ? gelu : silu;
            at(op.to).set(
              Float32Array.from({ length: F }, (_, i) => activate(x[i]) * x[F + i]),
              row * F,
            );
          });
          break;
        case 'normHeads': {
          const gains = [numbers(op.queryGain), numbers(op.keyGain)];
          eachRow(at(op.from), op.from.width, (x, row) => {
            const out = x.slice();
            const spans = [x.subarray(0, queries), x.subarray(queries, queries + shared)];
            spans.forEach((span, i) => {
              const width = gains[i].length;
              eachRow(span, width, (part, n) => {
                out.set(rms(part, gains[i]), i * queries + n * width);
              });
            });
            at(op.to).set(out, row * x.length);
          });
          break;
        }
        case 'rotate': {
          const R = op.rotation.columns;
          eachRow(at(op.from), op.from.width, (x, row) => {
            const angles = rotationAngles(op.rotation, [step.positions[row]]);
            const out = x.slice();
            for (let head = 0; head < nHead + nKvHead; head++) {
              for (let i = 0; i < R / 2; i++) {
                const [a, b] = [head * D + i, head * D + i + R / 2];
                out[a] = x[a] * angles[i] - x[b] * angles[R / 2 + i];
                out[b] = x[b] * angles[i] + x[a] * angles[R / 2 + i];
              }
            }
            at(op.to).set(out, row * x.length);
          });
          break;
        }
        case 'groups':
          group(step, op, at(op.from), at(op.to));
          break;
        case 'attention':
          attend(step, op, at, at(op.from), at(op.to), op.input && at(op.input));
          break;
        case 'select':
          step.wanted.forEach((row, i) => {
            const { width } = op.from;
            at(op.to).set(at(op.from).subarray(row * width, (row + 1) * width), i * width);
          });
          break;
        case 'logits': {
          const table = numbers(op.table);
          for (let row = 0; row < step.wanted.length; row++) {
            for (let v = 0; v < V; v++) {
              let dot = 0;
              for (let c = 0; c < C; c++) dot += at(op.from)[row * C + c] * table[v * C + c];
              step.logits[row * V + v] = op.cap > 0 ? op.cap * Math.tanh(dot / op.cap) : dot;
            }
          }
        }
      }
    }
  };
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

function eachRow(
  rows: Float32Array,
  width: number,
  visit: (row: Float32Array, index: number) => void,
): void {
  for (let row = 0; row < rows.length / width; row++) {
    visit(rows.subarray(row * width, (row + 1) * width), row);
  }
}
