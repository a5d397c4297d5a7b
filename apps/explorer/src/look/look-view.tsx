import type { ModelView, PagePrompt } from '@ramble/explorer';
import type { JSX } from 'preact';
import { lazy, Suspense } from 'preact/compat';

import { formatPlace } from '../state/place.js';
import { useSession } from '../state/session.js';
import { useAnswer } from '../state/use-answer.js';
import type { Question } from '../transport/transport.js';
import { AttentionPart } from './attention-part.js';
import { CachePart } from './cache-part.js';
import { LensPart } from './lens-part.js';
import { LookPrompt } from './look-prompt.js';
import { ParametersPart } from './parameters-part.js';
import { ScoresPart } from './scores-part.js';
import { ShapesPart } from './shapes-part.js';
import type { Subject } from './subject.js';
import { TokensPart } from './tokens-part.js';
import { type Studying, useStudy } from './use-study.js';

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
  const studying = useStudy(model, prompt);
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
      ) : (
        <>
          {prompt && !studying.hasEnded && <Progress {...studying} />}
          {studying.made && <Part name={part} subject={{ model, ...studying.made }} />}
        </>
      )}
    </div>
  );
}

/** How far the model has read the prompt. */
function Progress({ progress }: Studying): JSX.Element {
  return (
    <p class="waiting look-progress">
      <label>
        The model reads the prompt{progress && `: block ${progress.blocks} of ${progress.of}`} …
        <progress value={progress?.blocks ?? 0} max={progress?.of ?? 1} />
      </label>
    </p>
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
  const encoded = useAnswer(
    'encode',
    tokens === undefined ? textQuestion(model, prompt) : undefined,
  );
  if (tokens === undefined) return encoded?.answer.prompt;
  const ids = tokens.split(' ').map(Number);
  return { tokens: ids, ...(prefix !== undefined && { prefixLength: Number(prefix) }) };
}

/** Asks for the tokens of a text, or of the example of the model; of nothing where it has none. */
function textQuestion(
  { id, format, example }: ModelView,
  prompt: string,
): Question<'encode'> | undefined {
  if (format !== undefined) return { model: id };
  const text = prompt || example;
  return text === undefined ? undefined : { model: id, text };
}
