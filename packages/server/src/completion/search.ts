import { type FinishedBeam, searchedOutput, stopInText } from '@ramble/core/sampling';

import { type Choice, type ChoiceOptions, outputText } from './output-text.js';

/** Creates a beam search for a batch. Its outputs are sent at the end, best first. */
export function createSearch(options: Omit<ChoiceOptions, 'number'>): Choice {
  const { served, plan, prompt, onEnd, onFail } = options;
  const { rules, request } = plan;
  let tokenCount = 0;

  const stopWhen = stopInText(() => served.stream(prompt.prompt), request.stop);

  function emit({ output, logProbabilities, end }: FinishedBeam, number: number): void {
    const text = outputText({ ...options, number, score: end.score });
    text.begin();
    for (const [i, token] of output.entries()) {
      const logProbability = logProbabilities[i];
      text.push(token, (offset) => {
        return { token: served.textOf(token), logProbability, top: null, offset };
      });
      tokenCount++;
      if (text.stopped) break;
    }
    if (!text.stopped) text.finish(end.reason === 'stop' ? 'stop' : 'length');
  }

  function reportNothing(): void {
    const text = outputText({ ...options, number: 0 });
    text.begin();
    text.finish('stop');
  }

  const search = searchedOutput(served.model.decoder, prompt.prompt, {
    rules,
    stopWhen,
    onFail,
    onEnd: (beams) => {
      if (beams.length === 0) reportNothing();
      for (const [number, beam] of beams.entries()) emit(beam, number);
      onEnd(beams.length === 0);
    },
  });
  return {
    ...search,
    get tokenCount() {
      return tokenCount;
    },
    meanLogProbability: 0, // beams have a rank already
  };
}
