import { type OutputScoring, samplingConfig } from '@ramble/core';

import { planPrompts } from '../../outputs/plan-prompts.js';
import { writeOutputs } from '../../outputs/write-outputs.js';
import type { SampledOutput } from './sampled-output.js';
import type { Session } from './session.js';
import { shadeSource } from './shade-source.js';

/** Examples that are answered unless fewer are wanted. */
const COUNT = 5;
/** Characters of a prompt that are shown. */
const SHOWN_LENGTH = 1000;

/**
 * What the model answers to the first validation examples, as `sample` would, beside what they say
 * themselves.
 *
 * @param tell - Told what goes on.
 * @returns nothing when it was stopped.
 */
export async function answerExamples(
  { app, domain, model, data }: Session,
  { promptOf }: Pick<OutputScoring<unknown, unknown, unknown>, 'promptOf'>,
  signal: AbortSignal,
  tell: (what: string) => void,
  count: number = COUNT,
): Promise<SampledOutput[]> {
  const examples = data.validationExamples?.slice(0, count) ?? [];
  const textOf = (output: unknown): string => {
    const artifact = app.showOutput(output);
    return artifact.kind === 'text' ? artifact.text : `a file ${artifact.extension}`;
  };
  const onProgress = (share: number): void => {
    tell(`writing samples: ${Math.round(100 * share)} %`);
  };
  const sampling = samplingConfig(app.sampling);
  const options = { sampling, batchSize: count, signal, onProgress };
  const prompts = examples.map((example) => promptOf(example));
  const outputs = await writeOutputs({ app, domain, model }, prompts, options).catch(
    (error: unknown) => {
      if (signal.aborted) return [];
      throw error;
    },
  );
  return outputs.map((output, i) => {
    const { tokens, outputStart = 0 } = domain.encodeExample(examples[i]);
    const ids = Array.from(tokens);
    const { stopTokens } = domain;
    const [prompt, reference] = [ids.slice(0, outputStart), ids.slice(outputStart)].map((part) =>
      textOf(domain.decodeOutput(part.filter((id) => !stopTokens.includes(id)))),
    );
    const planned = planPrompts(app, domain, model.decoder, [prompts[i]], sampling.maxNewTokens);
    const asked = planned.asked.at(0);
    const answer = domain.encodeOutput?.(output);
    // An app that shows no text has none to shade.
    const source = answer && asked && shadeSource(domain, model, asked.prompt, answer);
    return { prompt: shorten(prompt), source, output: textOf(output), reference };
  });
}

function shorten(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
