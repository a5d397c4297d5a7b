import type { CircuitsAnswer } from '@ramble/explorer';
import { circuitSections, LayerNumbers, shaded, Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';

import { formatPlace, formatProbability } from '../state/format.js';
import { useSession } from '../state/session.js';
import type { Subject } from './cache-part.js';

/** The tables of a measurement; a head's number is a link to its attention. */
export function CircuitsResult(props: {
  readonly subject: Subject;
  readonly circuits: CircuitsAnswer;
}): JSX.Element {
  const { subject, circuits } = props;
  const { params } = useSession().place.value;
  const words = subject.study.tokens.map(({ word }) => word);
  const hrefOf = (layer: number, head: number): string => {
    const place = { part: 'attention', layer: String(layer), head: String(head) };
    return formatPlace({ view: 'look', params: { ...params, ...place } });
  };
  return (
    <div role="region" aria-label="Result" class="circuits">
      {circuitSections(circuits, { words, first: 1 }).map(({ title, facts, tables }) => (
        <section key={title}>
          <h3>{title}</h3>
          <p class="hint">{facts.join(' ')}</p>
          {tables.map((table) => (
            <figure key={table.title}>
              {table.title && <figcaption>{table.title}</figcaption>}
              <LayerNumbers table={table} first={1} hrefOf={hrefOf} />
            </figure>
          ))}
        </section>
      ))}
      {circuits.maskEffect && <MaskTable words={words} effect={circuits.maskEffect} />}
    </div>
  );
}

const MASK_HEADS = [
  'Token',
  'Attention to later tokens',
  'Next token',
  'Next token without the mask',
];

/** The effect of the mask on each token of the prompt. */
function MaskTable(props: {
  readonly words: readonly string[];
  readonly effect: NonNullable<CircuitsAnswer['maskEffect']>;
}): JSX.Element {
  const { words, effect } = props;
  return (
    <Table label="Effect of the mask" heads={MASK_HEADS}>
      {effect.map(({ ahead, masked, unmasked }, i) => (
        <tr key={i}>
          <th scope="row" dir="auto">
            {words[i]}
          </th>
          <td {...shaded(ahead)}>{formatProbability(ahead)}</td>
          {[masked, unmasked].map(({ word, probability }, column) => (
            <td key={column}>
              <bdi>{word}</bdi> <small>{formatProbability(probability)}</small>
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}
