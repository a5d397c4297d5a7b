import type { LayerAttention } from '../src/config/layer-attention.js';
import { firstSeen } from '../src/ops/visibility.js';
import type { DecodingStep, StepModel, StepRunner } from '../src/model/step-runner.js';
import type { ModelOp, Value } from '../src/model/lower-model.js';

/** Runs the list of a model in plain loops on one array of memory, as an engine does. */
export function plainStepRunner({ config, lowered, stored }: StepModel): StepRunner {
  const { nHead, nEmbd: C, vocabSize: V, layerNormEps } = config;
  const D = C / nHead;
  const numbers = (name: string): Float32Array => {
    const found = stored(name);
    if (found.kind !== 'f32') throw new TypeError(`${name}: expected f32, got ${found.kind}`);
    return found.values;
  };

  /** What a query makes of a key that is so far back. */
  function distanceScore(
    { distances }: LayerAttention,
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
    { layer, attention }: Extract<ModelOp, { kind: 'attention' }>,
    qkv: Float32Array,
    read: Float32Array,
  ): void {
    const { keys, values, capacity } = step.cache;
    for (const { slot, firstRow, count, past, prefixLength } of step.feeds) {
      const start = slot * capacity * C;
      for (let t = 0; t < count; t++) {
        const row = qkv.subarray((firstRow + t) * 3 * C, (firstRow + t + 1) * 3 * C);
        keys[layer].set(row.subarray(C, 2 * C), start + (past + t) * C);
        values[layer].set(row.subarray(2 * C), start + (past + t) * C);
      }
      for (let t = 0; t < count; t++) {
        const seen = Math.max(past + t + 1, prefixLength);
        const first = firstSeen(attention.visibility, past + t);
        for (let head = 0; head < nHead; head++) {
          const query = (firstRow + t) * 3 * C + head * D;
          const scores = Array.from({ length: seen }, (_, s) => {
            if (s < first) return 0;
            const vector = qkv.subarray(query, query + D);
            let dot = distanceScore(attention, head, vector, past + t - s);
            for (let d = 0; d < D; d++) {
              dot += qkv[query + d] * keys[layer][start + s * C + head * D + d];
            }
            return Math.exp(dot / Math.sqrt(D));
          });
          const total = scores.reduce((sum, score) => sum + score, 0);
          for (let d = 0; d < D; d++) {
            read[(firstRow + t) * C + head * D + d] =
              scores.reduce(
                (sum, score, s) => sum + score * values[layer][start + s * C + head * D + d],
                0,
              ) / total;
          }
        }
      }
    }
  }

  return (step) => {
    const N = step.tokens.length;
    const memory = new Float32Array(lowered.rowSize * N);
    const at = ({ place, width }: Value): Float32Array =>
      memory.subarray(place * N, (place + width) * N);
    for (const op of lowered.ops) {
      switch (op.kind) {
        case 'embedding': {
          const ids = op.table === 'tokenEmbedding' ? step.tokens : step.positions;
          const table = numbers(`${op.table}.weight`);
          ids.forEach((id, row) => at(op.to).set(table.subarray(id * C, (id + 1) * C), row * C));
          break;
        }
        case 'add':
          at(op.to).set(at(op.from).map((value, i) => value + at(op.other)[i]));
          break;
        case 'layerNorm': {
          const [gain, bias] = [numbers(`${op.name}.gain`), numbers(`${op.name}.bias`)];
          for (let row = 0; row < N; row++) {
            const x = at(op.from).subarray(row * C, (row + 1) * C);
            const mean = x.reduce((sum, value) => sum + value, 0) / C;
            const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / C;
            const normal = x.map((value) => (value - mean) / Math.sqrt(variance + layerNormEps));
            at(op.to).set(
              normal.map((value, i) => value * gain[i] + bias[i]),
              row * C,
            );
          }
          break;
        }
        case 'linear': {
          const [weight, bias] = [numbers(`${op.name}.weight`), numbers(`${op.name}.bias`)];
          const [I, O] = [op.from.width, op.to.width];
          const product = at(op.to).map((_, i) => {
            const [row, column] = [Math.floor(i / O), i % O];
            let sum = bias[column];
            for (let k = 0; k < I; k++) sum += at(op.from)[row * I + k] * weight[k * O + column];
            return op.hasGelu ? gelu(sum) : sum;
          });
          at(op.to).set(product);
          break;
        }
        case 'attention':
          attend(step, op, at(op.from), at(op.to));
          break;
        case 'logits': {
          const table = numbers('tokenEmbedding.weight');
          step.wanted.forEach((row, i) => {
            for (let v = 0; v < V; v++) {
              let dot = 0;
              for (let c = 0; c < C; c++) dot += at(op.from)[row * C + c] * table[v * C + c];
              step.logits[i * V + v] = dot;
            }
          });
        }
      }
    }
  };
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
