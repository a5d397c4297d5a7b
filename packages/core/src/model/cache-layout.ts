import { layerAttention, type LayerAttention } from '../config/layer-attention.js';
import type { ModelConfig } from '../config/model-config.js';
import { firstSeen } from '../ops/visibility.js';

/** Positions that can be taken back in a layer that forgets what it does not see any more. */
export const REWINDABLE = 64;

/**
 * What a layer of the cache keeps of a sequence, in rows: first the memory of a layer that compresses
 * (the first position, then its groups), then positions, over and over in the same rows.
 */
export interface CacheLayout {
  readonly attention: LayerAttention;
  /** Of memory: one more than whole groups; 0 in a layer that does not compress. */
  readonly memoryRows: number;
  /** Of positions: position p is in row p modulo these, behind the memory. */
  readonly positionRows: number;
}

/** Where a layer keeps what, in a cache of `capacity` positions. */
export function cacheLayout(config: ModelConfig, layer: number, capacity: number): CacheLayout {
  const attention = layerAttention(config, layer);
  const { visibility, compression } = attention;
  const seen = compression?.groupLength ?? mostSeen(visibility, capacity); // of a group the open one
  return {
    attention,
    memoryRows: compression ? 1 + Math.floor(capacity / compression.groupLength) : 0,
    positionRows: Math.min(capacity, seen + REWINDABLE),
  };
}

/** Positions that one sees at most. */
function mostSeen(visibility: LayerAttention['visibility'], capacity: number): number {
  switch (visibility.kind) {
    case 'local':
      return (visibility.blocksBack + 1) * visibility.blockLength;
    case 'segments':
      return visibility.segmentLength + visibility.memory;
    default:
      return capacity;
  }
}

/** Rows of a sequence. */
export function layoutRows({ memoryRows, positionRows }: CacheLayout): number {
  return memoryRows + positionRows;
}

/** The row of a position, among those of its sequence. */
export function positionRow({ memoryRows, positionRows }: CacheLayout, position: number): number {
  return memoryRows + (position % positionRows);
}

/** Rows of memory of a sequence of this length, which are those that its next position sees. */
export function memoryRowsAt({ attention: { compression } }: CacheLayout, length: number): number {
  return compression ? 1 + Math.floor(length / compression.groupLength) : 0;
}

/** The first position whose row is read when a sequence of this length goes on. */
export function firstNeeded({ attention }: CacheLayout, length: number): number {
  const { visibility, compression } = attention;
  return compression ? length - (length % compression.groupLength) : firstSeen(visibility, length);
}
