import { SAMPLING_SETTINGS, samplingConfig } from '@ramble/core';

import { UsageError } from '../../cli/exit-errors.js';
import type { DomainCall, DomainProgram } from '../../cli/verb.js';
import { parseIds } from '../../content/parse-ids.js';
import { PROMPT_FLAGS, type PromptFlags, readPrompt } from '../../content/prompt-flags.js';
import { MODEL_FLAGS, type ModelFlags } from '../../model/model-flags.js';
import { openModel } from '../../model/open-model.js';
import { showSample, textWriter } from './show-sample.js';
import { slideNote } from './slide-note.js';
import { type Sample, writeSamples } from './write-samples.js';

export interface SampleFlags extends ModelFlags, PromptFlags {
  readonly stop?: readonly string[];
  readonly stopToken?: readonly string[];
  readonly count: number;
  readonly out?: string;
}

/**
 * `sample`: goes on from a prompt. A text is printed as it is written, after its prompt where it goes
 * on from it; with `--json` it is the new text alone. Other outputs become files.
 */
export const sampleProgram = {
  flags: {
    ...MODEL_FLAGS,
    ...PROMPT_FLAGS,
    stop: {
      kind: 'list',
      derived: 'none',
      placeholder: 'text',
      description: 'Texts before which an output ends.',
    },
    stopToken: {
      kind: 'list',
      derived: 'none',
      placeholder: 'id',
      description: "Tokens that end an output, beside the domain's own.",
    },
    count: { kind: 'integer', min: 1, default: 1, description: 'Outputs, written side by side.' },
    out: {
      kind: 'string',
      placeholder: 'file',
      derived: 'a new file, where the output is not text',
      description: 'File for the output; several get numbers, song-1.mid.',
    },
  },
  settings: () => [{ title: 'Sampling', settings: SAMPLING_SETTINGS }],
  run,
} satisfies DomainProgram<SampleFlags>;

async function run(call: DomainCall<SampleFlags>): Promise<void> {
  const { app, flags, output, io } = call;
  const { count, out, stop: stopTexts = [] } = flags;
  checkStopTexts(call, stopTexts);
  const config = samplingConfig(call.settings);
  const { prompt, content } = await readPrompt(app, flags, io.stdin);
  const { domain, model } = await openModel(call);
  const begin = domain.encodePrompt(prompt);
  const asked = parseIds('--stop-token', flags.stopToken ?? [], domain.vocabulary.size);

  // In a stream an output goes on from its prompt; elsewhere it answers it.
  const echo = app.packing === 'stream' ? new TextDecoder().decode(content) : '';
  const showsGrowth = app.streamOutput && count === 1 && out === undefined && !output.isJson;
  const growing = showsGrowth ? textWriter(call) : undefined;
  const notes = new Set<string>(); // told at the end: not in the middle of a text that grows
  const samples: Sample[] = [];
  const stopTokens = [...domain.stopTokens, ...asked];
  const options = { ...config, count, stopTokens, stopTexts, grammar: domain.grammar };
  await growing?.begin(echo);
  for await (const event of writeSamples({ app, domain, model }, begin, options)) {
    if (event.kind === 'text') await growing?.write(event.text);
    else if (event.kind === 'end') samples[event.sequence] = event.sample;
    else notes.add(slideNote(model.config.contextLength, event.kept));
  }
  await growing?.end();
  for (const note of notes) await output.note(note);
  if (growing) return;
  for (const [index, sample] of samples.entries()) {
    await showSample(call, sample, index, { echo, count, out });
  }
}

/** @throws UsageError for an empty text, or where outputs are no text that grows. */
function checkStopTexts(
  { app, command }: DomainCall<SampleFlags>,
  stopTexts: readonly string[],
): void {
  if (stopTexts.includes('')) throw new UsageError('--stop: expected a text, got an empty one');
  if (stopTexts.length > 0 && !app.streamOutput) {
    throw new UsageError(`--stop: expected outputs that are text, got those of ${command}`);
  }
}
