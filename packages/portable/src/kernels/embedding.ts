import type { ArrayBackend } from '../array-backend.js';
import type { KernelPair } from './kernel-pair.js';

/** Kernels of `Embedding`: rows copied, and rows added up, whatever the size of the vocabulary. */
export function embeddingKernels({ compute }: ArrayBackend): KernelPair {
  return {
    forward: ({ table, ids }) => {
      const C = table.shape[1] ?? 0;
      return compute([table, ids], [[ids.size, C]], ([rows, wanted], [y]) => {
        for (let n = 0; n < wanted.length; n++) {
          y.set(rows.subarray(wanted[n] * C, (wanted[n] + 1) * C), n * C);
        }
      });
    },
    backward: ({ dy, ids }, { rows }) => {
      const C = dy.shape[1] ?? 0;
      return compute([dy, ids], [[rows as number, C]], ([dys, wanted], [dTable]) => {
        // rows is a number by type
        for (let n = 0; n < wanted.length; n++) {
          const to = wanted[n] * C;
          for (let c = 0; c < C; c++) dTable[to + c] += dys[n * C + c];
        }
      });
    },
  };
}
