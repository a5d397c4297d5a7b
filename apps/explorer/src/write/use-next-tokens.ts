import type { NextAnswer } from '@ramble/explorer';
import { useEffect, useRef, useState } from 'preact/hooks';

import { useSession } from '../state/session.js';
import type { Question } from '../transport/transport.js';
import { ALTERNATIVES } from './requests.js';
import { settingValues } from './setting-values.js';
import type { Writing } from './writing.js';
import type { TokenPlace } from './writing-state.js';

/** Time in milliseconds that the pointer rests on a token before its probabilities are requested. */
const REST_MS = 120;

/**
 * Requests the most probable tokens for a position, before and after the filters, with the settings in the form.
 * While settings change, one request runs at a time, and the next one has the newest settings, so that the answers keep
 * up with a slider however long each takes.
 *
 * @param place - Position in an output; its end for the next token. Nothing is requested without it.
 * @returns the last answer for the position; `undefined` until the first arrives.
 */
export function useNextTokens(
  writing: Writing,
  place: TokenPlace | undefined,
): NextAnswer | undefined {
  const session = useSession();
  const question = place && questionAt(writing, place);
  const key = JSON.stringify(question);
  const text = question && JSON.stringify([question.model, question.prompt, question.output]);
  const [answered, setAnswered] = useState<
    { text: string | undefined; answer: NextAnswer } | undefined
  >();
  const newest = useRef({ question, key, text });
  newest.current = { question, key, text };
  const wake = useRef<() => void>(undefined);
  useEffect(() => wake.current?.(), [key]);
  useEffect(() => {
    if (text === undefined) return;
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      for (;;) {
        const asked = newest.current;
        const answer = asked.question && (await session.ask('next', asked.question, abort.signal));
        if (abort.signal.aborted) return;
        if (answer) setAnswered({ text: asked.text, answer });
        if (newest.current.key === asked.key) {
          await new Promise<void>((resolve) => (wake.current = resolve));
        }
      }
    };
    void ask();
    return () => {
      abort.abort();
      wake.current?.();
    };
  }, [text]);
  return answered && answered.text === text ? answered.answer : undefined;
}

function questionAt(writing: Writing, { output, index }: TokenPlace): Question<'next'> | undefined {
  const { model, outputs, fields, sampling } = writing;
  const prompt = writing.promptOf(output);
  const ids = outputs.value[output]?.ids.slice(0, index);
  if (!prompt || !ids) return undefined;
  const options = settingValues(model.outputSettings, fields.value);
  return { model: model.id, prompt, output: ids, count: ALTERNATIVES, options, sampling };
}
