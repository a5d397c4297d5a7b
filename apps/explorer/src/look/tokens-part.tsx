import { TokenChips } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useState } from 'preact/hooks';

import type { Subject } from './cache-part.js';

/** Number of tokens in each element. The browser skips elements that are out of sight, and one is added per frame. */
const BOX_LENGTH = 200;

/** The prompt in tokens, each with its id. */
export function TokensPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { tokens } = subject.study;
  const count = useGrowing(Math.ceil(tokens.length / BOX_LENGTH));
  return (
    <section class="panel">
      <h2>Tokens</h2>
      <p class="hint">
        The model reads {tokens.length.toLocaleString('en')}{' '}
        {tokens.length === 1 ? 'token' : 'tokens'}; its vocabulary has{' '}
        {subject.model.config.vocabSize.toLocaleString('en')}.
      </p>
      {Array.from({ length: count }, (_, i) => (
        <Chips
          key={i}
          tokens={tokens.slice(i * BOX_LENGTH, (i + 1) * BOX_LENGTH)}
          start={i * BOX_LENGTH + 1}
        />
      ))}
    </section>
  );
}

const Chips = memo(TokenChips);

/** Returns a number that grows by one each frame, up to an end. */
function useGrowing(end: number): number {
  const [count, setCount] = useState(1);
  useEffect(() => {
    if (count >= end) return;
    const frame = requestAnimationFrame(() => setCount(count + 1));
    return () => cancelAnimationFrame(frame);
  }, [count, end]);
  return Math.min(count, end);
}
