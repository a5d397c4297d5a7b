import type { ModelView, PagePrompt, StudyAnswer } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';

import { formatBytes, formatCount } from '../state/format.js';
import { useAnswer } from '../state/session.js';
import { Picture } from './picture.js';

/** Shows how large the cache of keys and values is after each token, and which heads share keys and values. */
export function CachePart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { cache, layers } = subject.study;
  const last = cache.at(-1);
  const { nEmbd, nHead, contextLength } = subject.model.config;
  return (
    <section class="panel">
      <h2>Cache</h2>
      <p class="hint">
        Keys and values of {last?.tokens ?? 0} tokens take {formatBytes(last?.bytes ?? 0)}. The
        context has {contextLength.toLocaleString('en')} tokens.
      </p>
      <CacheCurve cache={cache} />
      <h3>Layers</h3>
      <Table
        label="Layers"
        heads={['Layer', 'Attention', 'Heads', 'Heads that share keys and values']}
      >
        {layers.map(({ kind, heads, keyValueHeads }, i) => (
          <tr key={i}>
            <th scope="row">{i + 1}</th>
            <td>{kind}</td>
            <td>
              {heads} of size {nEmbd / nHead}
            </td>
            <td>
              <Groups heads={heads} groups={keyValueHeads} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

/** A dot for each head; heads that share keys and values are side by side. */
function Groups(props: { readonly heads: number; readonly groups: number }): JSX.Element {
  const { heads, groups } = props;
  const size = heads / groups;
  return (
    <span class="groups" role="img" aria-label={`${groups} groups of ${size}`}>
      {Array.from({ length: groups }, (_, group) => (
        <span key={group} class="group">
          {Array.from({ length: size }, (_, head) => (
            <span key={head} class="group-head" />
          ))}
        </span>
      ))}
    </span>
  );
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [640, 220, 76, 28];

/** A curve of the cache's bytes by the number of tokens. */
function CacheCurve({ cache }: { readonly cache: StudyAnswer['cache'] }): JSX.Element {
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

/** The parameters of the model by row, each with a bar relative to the largest row. */
export function ParametersPart({ model }: { readonly model: ModelView }): JSX.Element {
  const answer = useAnswer('parameters', { model: model.id })?.answer;
  if (!answer) return <p class="waiting">Counting the parameters …</p>;
  const largest = Math.max(...answer.rows.map(({ count, times }) => count * times));
  return (
    <section class="panel">
      <h2>Parameters</h2>
      <p class="hint">
        {formatCount(answer.total)} numbers, kept in {model.weights}.
      </p>
      <Table
        label="Parameters by row"
        heads={[
          'Row',
          'Shape',
          { number: 'Each' },
          { number: 'Layers' },
          { number: 'Together' },
          <span class="visually-hidden">Share</span>,
        ]}
      >
        {answer.rows.map(({ name, shape, count, times }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
            </th>
            <td>{shape.join(' × ')}</td>
            <td class="number">{count.toLocaleString('en')}</td>
            <td class="number">{times}</td>
            <td class="number">{(count * times).toLocaleString('en')}</td>
            <td class="share">
              <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect width={(100 * count * times) / largest} height="6" rx="1" />
              </svg>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

/** The model and prompt that the view "Look inside" shows, and the model's computations for the prompt. */
export interface Subject {
  readonly model: ModelView;
  readonly prompt: PagePrompt;
  readonly study: StudyAnswer;
}
