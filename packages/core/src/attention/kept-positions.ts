import type { LayerAttention } from './attention-kind.js';
import { positionRow, ringLayout } from './layer-cache.js';
import type { Sight } from './sight.js';

/** How a layer keeps a sequence whose keys are single positions: those in sight, in a ring buffer. */
export function keptPositions({
  first,
  most,
}: Pick<Sight, 'first' | 'most'>): Pick<
  LayerAttention,
  'layout' | 'memoryRowsAt' | 'knownLength' | 'heldRow' | 'firstSeen' | 'byToken'
> {
  return {
    layout: (capacity) => ringLayout(capacity, most(capacity)),
    memoryRowsAt: () => 0,
    knownLength: (length, oldest) => {
      const needed = first(length);
      return needed === length || needed >= oldest ? length : 0;
    },
    heldRow: positionRow,
    firstSeen: first,
    byToken: (keys) => keys,
  };
}
