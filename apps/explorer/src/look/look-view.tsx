import type { ModelView, PagePrompt, StudyAnswer } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { lazyView } from '../shell/lazy-view.js';
import { LinkButton } from '../shell/buttons.js';
import { formatPlace } from '../state/format.js';
import { useAnswer, useSession } from '../state/session.js';
import type { Question } from '../transport/transport.js';
import { AttentionPart } from './attention-part.js';
import { CachePart, ParametersPart, type Subject } from './cache-part.js';
import { ScoresPart, TokensPart } from './tokens-part.js';

/** The first part, which is loaded while the model reads the prompt. */
const blockPart = import('./block-part.js');
const BlockPart = lazyView('this part', () => blockPart);
const CircuitsPart = lazyView('this part', () => import('./circuits-part.js'));
const LensPart = lazyView('this part', () => import('./lens-part.js'));
const NotesPart = lazyView('this part', () => import('./notes-part.js'), 'music.css');

/** Parts of the view by their names in the address, with title and component; the first is the default. */
const PARTS = [
  ['block', 'Block', BlockPart],
  ['attention', 'Attention', AttentionPart],
  ['notes', 'Notes', NotesPart],
  ['scores', 'Score table', ScoresPart],
  ['lens', 'Logit lens', LensPart],
  ['circuits', 'Circuits', CircuitsPart],
  ['tokens', 'Tokens', TokensPart],
  ['cache', 'Cache', CachePart],
  ['parameters', 'Parameters', undefined],
  ['shapes', 'Shapes', ShapesPart],
] as const;

/** The view "Look inside": what the model computes for a prompt, one part at a time. */
export default function LookView({ model }: { readonly model: ModelView }): JSX.Element {
  const session = useSession();
  const { params } = session.place.value;
  const part = params.part ?? 'block';
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

/** Shows the number of blocks of the model that have been computed for the prompt. */
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
  const [, , Shown = BlockPart] = PARTS.find(([name]) => name === props.name) ?? PARTS[0];
  return <Shown key={props.name} subject={props.subject} />;
}

/** Returns the prompt in the page's address: the ids of an output, or a text. */
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

/**
 * Returns the request that encodes a text, or the model's example if the text is empty; `undefined` without both. For
 * a model whose outputs are files, the request has no prompt.
 */
function textQuestion(
  { id, format, example }: ModelView,
  prompt: string,
): Question<'encode'> | undefined {
  if (format !== undefined) return { model: id };
  const text = prompt || example;
  return text === undefined ? undefined : { model: id, text };
}

const PAUSE_MS = 350;

/** The field for the prompt's text, which is read when typing pauses. */
function LookPrompt({ model }: { readonly model: ModelView }): JSX.Element {
  const session = useSession();
  const { tokens, prompt = '' } = session.place.value.params;
  const [text, setText] = useState(prompt);
  useEffect(() => setText(prompt), [session.arrivals.value]);
  useEffect(() => {
    if (text === prompt) return;
    const timer = setTimeout(
      () => session.remember({ model: model.id, prompt: text, tokens: '', prefix: '' }),
      PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [text]);
  if (tokens || model.format !== undefined) {
    return (
      <p class="hint look-hint">
        {tokens
          ? `These are the ${tokens.split(' ').length} tokens of an output. `
          : 'The output is still empty. Write something, and look inside it. '}
        {tokens && (
          <LinkButton
            label="Look at the prompt instead"
            onClick={() => session.go('look', { model: model.id, prompt })}
          />
        )}
      </p>
    );
  }
  return (
    <div class="panel look-prompt">
      <label for="look-prompt" class="prompt-label">
        Look at how the model reads
      </label>
      <textarea
        id="look-prompt"
        dir="auto"
        rows={2}
        spellcheck={false}
        placeholder={model.example || 'A prompt; or write something, and look inside it'}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </div>
  );
}

/** Every step of the model in order, with the shape of its result. */
function ShapesPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { steps } = subject.study;
  return (
    <section class="panel">
      <h2>Shapes</h2>
      <p class="hint">The model, from tokens to logits, in {steps.length} steps.</p>
      <ol class="steps">
        {steps.map(({ name, shape }, i) => (
          <li key={i}>
            <code>{name}</code>
            <span class="step-shape">{shape.join(' × ')}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A running or complete study: what a model computes for a prompt. */
interface Studying {
  /** The study of the prompt; until it arrives, the study of the previous prompt. */
  readonly made?: { readonly prompt: PagePrompt; readonly study: StudyAnswer };
  /**
   * Number of computed blocks, and of all blocks; absent before the first block and once the study is
   * complete.
   */
  readonly progress?: { readonly blocks: number; readonly of: number };
  /** Whether the study is complete or failed. */
  readonly hasEnded: boolean;
}

/**
 * Requests the study of a prompt, and aborts if the prompt changes or the view is left. Does nothing without
 * a prompt.
 */
function useStudy(model: ModelView, prompt: PagePrompt | undefined): Studying {
  const session = useSession();
  const [studying, setStudying] = useState<Studying>({ hasEnded: false });
  useEffect(() => {
    if (!prompt) return;
    const abort = new AbortController();
    const study = async (): Promise<void> => {
      const question = { model: model.id, prompt };
      for await (const event of session.transport.stream('study', question, abort.signal)) {
        if (abort.signal.aborted) return;
        if (event.kind === 'study') setStudying({ made: { prompt, ...event }, hasEnded: true });
        else setStudying(({ made }) => ({ made, progress: event, hasEnded: false }));
      }
    };
    setStudying(({ made }) => ({ made, hasEnded: false }));
    study().catch((error: unknown) => {
      session.complain(error);
      if (!abort.signal.aborted) setStudying({ hasEnded: true });
    });
    return () => abort.abort();
  }, [JSON.stringify(prompt)]);
  return studying;
}
