import type { WrittenToken } from '@ramble/explorer';
import type { JSX } from 'preact';

import type { Block, Chunk, OutputText } from './output-text.js';
import { shadeClasses } from './shade-of.js';

/** The tokens of an output, each a span with the index of its token. */
export function TokenText(props: {
  readonly text: OutputText;
  /** Whether tokens are words with gaps between them, and not pieces of a text. */
  readonly hasWords: boolean;
}): JSX.Element {
  const { text, hasWords } = props;
  return (
    <>
      {text.blocks.value.map((block) => (
        <BlockText key={block.start} block={block} hasWords={hasWords} />
      ))}
    </>
  );
}

function BlockText(props: { readonly block: Block; readonly hasWords: boolean }): JSX.Element {
  const { block, hasWords } = props;
  return (
    <div class="block">
      {block.chunks.value.map((chunk) => (
        <ChunkText key={chunk.start} chunk={chunk} hasWords={hasWords} />
      ))}
    </div>
  );
}

function ChunkText(props: { readonly chunk: Chunk; readonly hasWords: boolean }): JSX.Element {
  const { chunk, hasWords } = props;
  return (
    <>
      {chunk.tokens.value.map((token, i) => (
        <TokenSpan
          key={i}
          token={token}
          index={chunk.start + i}
          word={hasWords ? token.word : token.text}
        />
      ))}
    </>
  );
}

function TokenSpan(props: {
  readonly token: WrittenToken;
  readonly index: number;
  readonly word: string;
}): JSX.Element {
  return (
    <span class={shadeClasses(props.token)} data-index={props.index}>
      {props.word}
    </span>
  );
}
