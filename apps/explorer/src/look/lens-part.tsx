import type { LensEvent, LensQuestion, PageToken } from '@ramble/explorer';
import { LensTable, shaded, Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { formatProbability } from '../state/format.js';
import { useSession } from '../state/session.js';
import type { Subject } from './cache-part.js';

/** Maximum number of tokens with a column in the table. */
const MAX_TOKENS = 32;

/** The model's predictions if it ended after each block (logit lens): after the last token, then after each token. */
export default function LensPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { model, prompt, study } = subject;
  const { lens, tokens } = study;
  const readings = useLens({ model: model.id, prompt, last: MAX_TOKENS });
  return (
    <section class="panel">
      <h2>Logit lens</h2>
      <p class="hint">
        Prediction after <b dir="auto">{tokens.at(-1)?.word}</b> if the model ended after each of
        its blocks.
      </p>
      <LensTable
        rows={[...lens].reverse().map(({ blocks, tokens: likely }) => ({
          title: nameOf(blocks),
          tokens: likely,
        }))}
        format={formatProbability}
      />
      <h3>After each token</h3>
      <p class="hint">
        The likeliest next token after each{' '}
        {tokens.length > MAX_TOKENS ? `of the last ${MAX_TOKENS} tokens` : 'token'} of the prompt. A
        frame marks predictions that equal the token that follows in the prompt.
      </p>
      <TokenLens tokens={tokens.slice(-MAX_TOKENS)} readings={readings} />
    </section>
  );
}

function nameOf(blocks: number): string {
  return blocks === 0 ? 'embedding' : `block ${blocks}`;
}

/** The likeliest next token after each token (a column) and block (a row), shaded by its probability. */
function TokenLens(props: {
  readonly tokens: readonly PageToken[];
  readonly readings: readonly LensEvent[];
}): JSX.Element {
  const { tokens, readings } = props;
  const heads = ['After', ...tokens.map(({ word }) => <bdi>{word}</bdi>)];
  return (
    <Table label="Logit lens after each token" kind="lens" heads={heads}>
      {[...readings].reverse().map(({ blocks, tokens: likely }) => (
        <tr key={blocks}>
          <th scope="row">{nameOf(blocks)}</th>
          {likely.map(({ id, word, probability }, i) => (
            <td key={i} {...shaded(probability)} data-true={id === tokens[i + 1]?.id}>
              <span class="lens-word" dir="auto" title={formatProbability(probability)}>
                {word}
              </span>
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

/** Returns the predictions of the logit lens as they arrive: after the embeddings, then after each block. */
function useLens(question: LensQuestion): readonly LensEvent[] {
  const session = useSession();
  const [readings, setReadings] = useState<readonly LensEvent[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      for await (const event of session.transport.stream('lens', question, abort.signal)) {
        if (abort.signal.aborted) return;
        setReadings((before) => [...before.slice(0, event.blocks), event]);
      }
    };
    setReadings([]);
    load().catch((error: unknown) => session.complain(error));
    return () => abort.abort();
  }, [JSON.stringify(question)]);
  return readings;
}
