import type { ModelView, PagePrompt } from '@ramble/explorer';
import type { JSX } from 'preact';
import { lazy, Suspense } from 'preact/compat';

import { formatPlace } from '../state/place.js';
import { useSession } from '../state/session.js';
import { useAnswer } from '../state/use-answer.js';
import { AttentionPart } from './attention-part.js';
import { CachePart } from './cache-part.js';
import { LensPart } from './lens-part.js';
import { LookPrompt } from './look-prompt.js';
import { ParametersPart } from './parameters-part.js';
import { ScoresPart } from './scores-part.js';
import { ShapesPart } from './shapes-part.js';
import type { Subject } from './subject.js';
import { TokensPart } from './tokens-part.js';

const NotesPart = lazy(() => import('./notes-part.js'));

const PARTS = [
  ['attention', 'Attention'],
  ['notes', 'Notes'],
  ['scores', 'Score table'],
  ['lens', 'Logit lens'],
  ['tokens', 'Tokens'],
  ['cache', 'Cache'],
  ['parameters', 'Parameters'],
  ['shapes', 'Shapes'],
] as const;

/** The view Look inside: what the model computes for a prompt, a part at a time. */
export function LookView({ model }: { readonly model: ModelView }): JSX.Element {
  const session = useSession();
  const { params } = session.place.value;
  const part = params.part ?? 'attention';
  const prompt = usePrompt(model, params);
  const studied = useAnswer('study', prompt && { model: model.id, prompt });
  return (
    <div class="look">
      <LookPrompt model={model} />
      <nav class="parts" aria-label="Parts of the model">
        {PARTS.filter(([name]) => name !== 'notes' || model.format === 'mid').map(
          ([name, title]) => (
            <a
              key={name}
              class="part"
              href={formatPlace({ view: 'look', params: { ...params, part: name } })}
              aria-current={part === name ? 'page' : undefined}
            >
              {title}
            </a>
          ),
        )}
      </nav>
      {part === 'parameters' ? (
        <ParametersPart model={model} />
      ) : studied ? (
        <Part
          name={part}
          subject={{ model, prompt: studied.question.prompt, study: studied.answer }}
        />
      ) : (
        <p class="waiting">The model reads the prompt …</p>
      )}
    </div>
  );
}

function Part(props: { readonly name: string; readonly subject: Subject }): JSX.Element {
  const { name, subject } = props;
  switch (name) {
    case 'notes':
      return (
        <Suspense fallback={<p class="waiting">Loading the notes …</p>}>
          <NotesPart subject={subject} />
        </Suspense>
      );
    case 'scores':
      return <ScoresPart subject={subject} />;
    case 'lens':
      return <LensPart subject={subject} />;
    case 'tokens':
      return <TokensPart subject={subject} />;
    case 'cache':
      return <CachePart subject={subject} />;
    case 'shapes':
      return <ShapesPart subject={subject} />;
    default:
      return <AttentionPart subject={subject} />;
  }
}

/** The prompt that the address names: ids of an output, or a text. */
function usePrompt(
  model: ModelView,
  { tokens, prefix, prompt = '' }: Readonly<Record<string, string>>,
): PagePrompt | undefined {
  const isText = model.format === undefined;
  const encoded = useAnswer(
    'encode',
    tokens === undefined
      ? { model: model.id, ...(isText && { text: prompt || DEFAULT_TEXT }) }
      : undefined,
  );
  if (tokens === undefined) return encoded?.answer.prompt;
  const ids = tokens.split(' ').map(Number);
  return { tokens: ids, ...(prefix !== undefined && { prefixLength: Number(prefix) }) };
}

const DEFAULT_TEXT = 'The whale is not a fish, and the ship is not the sea.';
