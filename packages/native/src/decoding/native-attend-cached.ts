import type { AttendCached } from '@ramble/core';

import type { Addon } from '../addon/addon-types.js';

/** Cached attention of all new tokens in one native call. */
export function nativeAttendCached(addon: Addon): AttendCached {
  return (qkv, nHead, layer, cache, { sequences, counts }) => {
    const T = Math.max(...counts);
    const rows = sequences.length * T;
    const C = qkv.length / (3 * rows);
    const places = new Int32Array(rows);
    const seen = new Int32Array(rows);
    sequences.forEach((sequence, i) => {
      places.fill(cache.slots[sequence], i * T, (i + 1) * T);
      for (let t = 0; t < counts[i]; t++) seen[i * T + t] = cache.lengths[sequence] + t + 1;
    });
    const read = new Float32Array(rows * C);
    addon.attendCached(
      rows,
      nHead,
      C / nHead,
      qkv,
      cache.keys[layer],
      cache.values[layer],
      cache.capacity,
      places,
      seen,
      read,
    );
    return read;
  };
}
