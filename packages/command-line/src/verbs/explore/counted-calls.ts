import { isObject } from '@ramble/core/files';
import type { PageCalls, StreamedCall, WholeCall } from '@ramble/server';

import type { ModelShelf } from './model-shelf.js';

/** Calls that mark the model which their question names as used until they are answered. */
export function countedCalls(
  { whole, streamed }: PageCalls,
  shelf: Pick<ModelShelf<never>, 'use'>,
): PageCalls {
  const use = (question: unknown): (() => void) =>
    shelf.use(isObject(question) ? question.model : undefined);
  const countWhole =
    (call: WholeCall): WholeCall =>
    async (question, signal) => {
      const letGo = use(question);
      try {
        return await call(question, signal);
      } finally {
        letGo();
      }
    };
  const countStreamed = (call: StreamedCall): StreamedCall =>
    async function* (question, signal) {
      const letGo = use(question);
      try {
        yield* call(question, signal);
      } finally {
        letGo();
      }
    };
  return { whole: mapped(whole, countWhole), streamed: mapped(streamed, countStreamed) };
}

function mapped<Call>(
  calls: Readonly<Record<string, Call>>,
  change: (call: Call) => Call,
): Record<string, Call> {
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, change(call)]));
}
