import { effect, useSignal } from '@preact/signals';
import type { ModelView, ScoreAnswer } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { lazyView } from '../shell/lazy-view.js';
import { useSession } from '../state/session.js';
import { Controls } from './controls.js';
import { writingOf } from './kept-writings.js';
import { TokenCard } from './next-card.js';
import { OutputCard } from './output-card.js';
import { PromptBox } from './prompt-box.js';
import { SettingsForm } from './settings-form.js';
import type { Shade } from './output-text.js';
import type { Writing } from './writing.js';

/** The view Write: a prompt, settings, outputs as they arrive, and details of each token. */
export function WriteView({ model }: { readonly model: ModelView }): JSX.Element {
  const session = useSession();
  const writing = useMemo(() => {
    const found = writingOf(session, model);
    found.follow(session.place.peek().params);
    return found;
  }, [model, session.arrivals.value]);
  const shade = useSignal<Shade>('probability');
  // The content of the form is in the address, so that a link can restore it.
  useEffect(() => effect(() => session.remember(writing.params)), [session.arrivals.value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void writing.start();
    else if (event.key === 'Escape') writing.stop();
  };
  const outputs = writing.outputs.value;
  const isChat = writing.conversation.isOn.value;
  return (
    <div class="write" onKeyDown={onKeyDown}>
      <div class="write-main">
        <section class="panel" aria-label="Prompt and settings">
          <p class="hint about">{model.description}</p>
          {model.chats && <ChatSwitch writing={writing} />}
          {!isChat && <PromptBox writing={writing} />}
          <SettingsForm writing={writing} />
          <Controls writing={writing} shade={shade} />
        </section>
        {model.domain === 'music' && (
          <LazyPanel
            key={model.id}
            title="Play with the model live"
            View={LiveView}
            {...{ writing }}
          />
        )}
        {model.format === 'mid' && hasRegions(model) && (
          <LazyPanel title="Rewrite a part of a piece" View={FillView} {...{ writing }} />
        )}
        {writing.encoded.value?.cut && <p class="notice">{writing.encoded.value.cut}</p>}
        {writing.beamSteps.value.length > 0 && (
          <BeamTree steps={writing.beamSteps.value} best={bestIds(writing)} />
        )}
        {isChat ? (
          <ChatView writing={writing} shade={shade.value} />
        ) : (
          <div class={`outputs${outputs.length > 1 ? ' outputs-many' : ''}`}>
            {outputs.map((output, i) => (
              <OutputCard key={i} writing={writing} output={output} place={i} shade={shade.value} />
            ))}
          </div>
        )}
        {model.scores && !isChat && outputs.length > 0 && <ReferenceBox writing={writing} />}
      </div>
      <TokenCard writing={writing} />
    </div>
  );
}

const ChatView = lazyView('the conversation', () => import('./chat-view.js'), 'chat.css');

/** Switches between messages of a conversation and beginnings of a text. */
function ChatSwitch({ writing }: { readonly writing: Writing }): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={writing.conversation.isOn.value}
        onChange={({ currentTarget }) => writing.restart(currentTarget.checked)}
      />
      Chat, by the template of the model
    </label>
  );
}

const ScoreTable = lazyView('the scores', async () => ({
  default: (await import('../answer/answer-text.js')).ScoreTable,
}));
const BeamTree = lazyView('the beams', () => import('./beam-tree.js'));
const LiveView = lazyView('the player', () => import('../music/live-view.js'), 'music.css');
const FillView = lazyView('the player', () => import('../music/fill-view.js'), 'music.css');

/** Whether a model can write a region of a given file anew. */
function hasRegions({ promptSettings }: ModelView): boolean {
  return ['given', 'fill'].every((asked) => promptSettings.some(({ name }) => name === asked));
}

/** A panel of the view Write, whose content is loaded when it is opened. */
function LazyPanel(props: {
  readonly title: string;
  readonly View: typeof LiveView;
  readonly writing: Writing;
}): JSX.Element {
  const { title, View, writing } = props;
  const isOpen = useSignal(false);
  return (
    <details class="panel" onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen.value && <View writing={writing} />}
    </details>
  );
}

/** Returns the ids that a beam search found; updates when they arrive. */
function bestIds({ outputs, beamStart }: Writing): readonly number[] {
  const { output, index } = beamStart.value;
  const found = outputs.value[output];
  return found && found.text.length.value > index ? found.ids.slice(index) : [];
}

/** Scores all outputs against a reference that the user enters. */
function ReferenceBox({ writing }: { readonly writing: Writing }): JSX.Element {
  const reference = useSignal('');
  const answers = useSignal<readonly ScoreAnswer[]>([]);
  const score = async () => {
    const { prompt } = writing.encoded.value ?? {};
    if (!prompt) return;
    const requests = writing.outputs.value.map((output) =>
      writing.session.ask('score', {
        model: writing.model.id,
        prompt,
        output: output.ids,
        text: writing.given.value.text,
        reference: reference.value,
      }),
    );
    answers.value = (await Promise.all(requests)).filter((answer) => answer !== undefined);
  };
  return (
    <section class="panel" aria-label="Reference">
      <label for="reference" class="prompt-label">
        A reference to score the output against
      </label>
      <textarea
        id="reference"
        dir="auto"
        rows={2}
        value={reference.value}
        onInput={({ currentTarget }) => (reference.value = currentTarget.value)}
      />
      <div class="controls">
        <button
          type="button"
          class="button"
          disabled={reference.value.trim() === '' || writing.isWriting.value}
          onClick={() => void score()}
        >
          Score
        </button>
      </div>
      {answers.value.length > 0 && <ScoreTable answers={answers.value} />}
    </section>
  );
}
