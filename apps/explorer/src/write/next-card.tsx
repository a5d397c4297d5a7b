import type { LikelyToken } from '@ramble/explorer';
import type { JSX } from 'preact';

import { formatProbability } from '../state/format.js';
import { useAnswer } from '../state/use-answer.js';
import { RivalList } from './rival-list.js';
import { settingValues } from './setting-values.js';
import type { Writing } from './writing.js';

const COUNT = 10;

/** The likeliest next tokens of the first output, once it is stopped. */
export function NextCard({ writing }: { readonly writing: Writing }): JSX.Element {
  const [output] = writing.outputs.value;
  const isThere = output !== undefined && output.text.length.value > 0 && !writing.isWriting.value;
  const prompt = isThere ? writing.promptWith(0) : undefined;
  const options = settingValues(writing.model.outputSettings, writing.fields.value);
  const next = useAnswer(
    'next',
    prompt && { model: writing.model.id, prompt, count: COUNT, options },
  )?.answer;
  if (!isThere || !next) {
    return (
      <>
        <h2>Every token, and its rivals</h2>
        <p class="hint">
          Point at a token of the output to see how likely it was, and what else the model had in
          mind. Choose another one, and the model goes on from there.
        </p>
      </>
    );
  }
  const choose = (token: LikelyToken) => {
    const written = { ...token, entropy: next.entropy, rivals: next.tokens };
    void writing.branch({ output: 0, index: output.text.length.peek() }, written);
  };
  return (
    <>
      <h2>What comes next</h2>
      <p class="hint">The entropy is {next.entropy.toFixed(2)} bits.</p>
      <RivalList tokens={next.tokens} label="Next tokens" onChoose={choose} />
      {next.refused && next.refused.count > 0 && (
        <>
          <h3>What the grammar refuses</h3>
          <p class="hint">
            {next.refused.count} tokens, to which the model gives a probability of{' '}
            {formatProbability(next.refused.probability)} together.
          </p>
          <RivalList tokens={next.refused.tokens} label="Refused tokens" />
        </>
      )}
    </>
  );
}
