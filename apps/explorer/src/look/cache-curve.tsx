import type { StudyAnswer } from '@ramble/explorer';
import type { JSX } from 'preact';

import { formatBytes } from '../state/format.js';
import { Picture } from './picture.js';

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [640, 220, 76, 28];

/** Bytes of the cache by tokens read. */
export function CacheCurve({ cache }: { readonly cache: StudyAnswer['cache'] }): JSX.Element {
  const most = Math.max(1, ...cache.map(({ bytes }) => bytes));
  const tokens = Math.max(1, cache.at(-1)?.tokens ?? 1);
  const x = (count: number) => LEFT + ((WIDTH - LEFT - 10) * count) / tokens;
  const y = (bytes: number) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - 12) * bytes) / most;
  const points = cache.map((point) => `${x(point.tokens)},${y(point.bytes)}`);
  const area = [`${x(0)},${y(0)}`, ...points, `${x(tokens)},${y(0)}`].join(' ');
  return (
    <Picture
      name="cache"
      caption="Bytes of the cache after each token."
      width={WIDTH}
      height={HEIGHT}
      label={`The cache grows to ${formatBytes(most)} over ${tokens} tokens`}
    >
      <polygon class="curve-area" points={area} />
      <polyline class="curve" points={points.join(' ')} />
      {[0, 0.5, 1].map((share) => (
        <g key={share} class="axis">
          <line x1={LEFT} x2={WIDTH - 10} y1={y(share * most)} y2={y(share * most)} />
          <text x={LEFT - 8} y={y(share * most) + 4} text-anchor="end">
            {formatBytes(share * most)}
          </text>
          <text x={x(share * tokens)} y={HEIGHT - 8} text-anchor={share === 1 ? 'end' : 'middle'}>
            {Math.round(share * tokens)}
            {share === 1 ? ' tokens' : ''}
          </text>
        </g>
      ))}
    </Picture>
  );
}
