import type { ModelView } from '@ramble/explorer';
import { effect, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { ReferenceBox } from '../answer/reference-box.js';
import { useSession } from '../state/session.js';
import { BeamTree } from './beam-tree.js';
import { ChatTurns } from './chat-turns.js';
import { Controls } from './controls.js';
import { OutputCard } from './output-card.js';
import { writingOf } from './kept-writings.js';
import { PromptBox } from './prompt-box.js';
import { SettingsForm } from './settings-form.js';
import type { Shade } from './shade-of.js';
import { TokenCard } from './token-card.js';
import type { Writing } from './writing.js';

/** The view Write: a prompt, settings, outputs as they come, and what is known of each token. */
export function WriteView({ model }: { readonly model: ModelView }): JSX.Element {
  const session = useSession();
  const writing = useMemo(() => {
    const found = writingOf(session, model);
    found.follow(session.place.peek().params);
    return found;
  }, [model, session.arrivals.value]);
  const shade = useSignal<Shade>('probability');
  // What the form holds is in the address, so that a link leads to it.
  useEffect(() => effect(() => session.remember(writing.params)), [session.arrivals.value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void writing.start();
    else if (event.key === 'Escape') writing.stop();
  };
  const outputs = writing.outputs.value;
  return (
    <div class="write" onKeyDown={onKeyDown}>
      <div class="write-main">
        <section class="panel" aria-label="Prompt and settings">
          <PromptBox writing={writing} />
          <SettingsForm writing={writing} />
          <Controls writing={writing} shade={shade} />
        </section>
        {writing.encoded.value?.cut && <p class="notice">{writing.encoded.value.cut}</p>}
        <ChatTurns writing={writing} />
        {writing.beamSteps.value.length > 0 && (
          <BeamTree steps={writing.beamSteps.value} best={bestIds(writing)} />
        )}
        <div class={`outputs${outputs.length > 1 ? ' outputs-many' : ''}`}>
          {outputs.map((output, i) => (
            <OutputCard key={i} writing={writing} output={output} place={i} shade={shade.value} />
          ))}
        </div>
        {model.scores && outputs.length > 0 && <ReferenceBox writing={writing} />}
      </div>
      <TokenCard writing={writing} />
    </div>
  );
}

/** The ids that a beam search found, drawn anew when they are there. */
function bestIds({ outputs, beamStart }: Writing): readonly number[] {
  const { output, index } = beamStart.value;
  const found = outputs.value[output];
  return found && found.text.length.value > index ? found.ids.slice(index) : [];
}
