import { type LogitFilter, REMOVED } from './logit-filter.js';

/**
 * Removes logits below the k-th largest; ties with it remain.
 *
 * @see Fan et al. 2018, https://arxiv.org/abs/1805.04833
 */
export function keepTopK(k: number): LogitFilter {
  return (logits) => {
    if (k >= logits.length) return;
    const kth = kthLargest(logits, k);
    for (let token = 0; token < logits.length; token++) {
      if (logits[token] < kth) logits[token] = REMOVED;
    }
  };
}

/** The k-th largest number, k at most their count. */
function kthLargest(values: Float64Array, k: number): number {
  // A heap of the k largest so far, the smallest of them on top; sorted is a heap.
  const heap = values.slice(0, k).sort();
  for (let i = k; i < values.length; i++) {
    if (values[i] > heap[0]) replaceTop(heap, values[i]);
  }
  return heap[0];
}

function replaceTop(heap: Float64Array, value: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= value) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}
