import { basename, dirname, resolve } from 'node:path';

import type { ByteSink } from '@ramble/core';
import { gpt2Files } from '@ramble/hugging-face';
import { findRun, folderStorage } from '@ramble/run-folder';
import { findStep, loadDomain, openRun, withCheckpointFile } from '@ramble/runs';
import { openSafetensors } from '@ramble/safetensors';

import { InterruptedError } from '../../verb/exit-errors.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { watchTensors } from '../../hugging-face/watch-tensors.js';

export interface ExportFlags {
  readonly model: string;
  readonly out: string;
  readonly weights: 'f32' | 'f16';
}

const WEIGHTS = 'model.safetensors';

/** `export`: writes a run's model as a folder that Hugging Face's transformers loads. */
export const exportProgram = {
  flags: {
    model: {
      kind: 'string',
      placeholder: 'run',
      names: 'run',
      description: "A run's folder, for its best checkpoint, or RUN/checkpoints/STEP.",
    },
    out: { kind: 'string', placeholder: 'folder', description: 'The new folder.' },
    weights: {
      kind: 'choice',
      choices: ['f32', 'f16'],
      default: 'f32',
      description: 'Type of the weights; f16 rounds them.',
    },
  },
  run,
} satisfies DomainProgram<ExportFlags>;

async function run({ app, flags, io, output, command }: DomainCall<ExportFlags>): Promise<void> {
  const { model, out, weights } = flags;
  const { storage, step: choice = 'best' } = findRun(model);
  const run = await openRun(storage);
  const domain = await loadDomain(run, app.factory);
  const step = await findStep(storage, choice);
  const stop = new AbortController();
  const forget = io.onInterrupt(() =>
    stop.abort(new InterruptedError('stopped; the folder was removed')),
  );
  const vocabulary = app.huggingFace?.write(domain, run.description.model.contextLength);
  const onProgress = (share: number): void =>
    output.progress(`exporting: ${Math.floor(100 * share)} %`);
  try {
    const names = await withCheckpointFile(storage, step, 'model.safetensors', async (file) => {
      const tensors = await openSafetensors(file);
      const { [WEIGHTS]: write, ...others } = gpt2Files(
        run.description,
        watchTensors(tensors, { signal: stop.signal, onProgress }),
        { dtype: weights === 'f32' ? 'F32' : 'F16', endOfText: domain.stopTokens.at(0) },
      );
      const files = {
        ...others,
        [WEIGHTS]: async (sink: ByteSink) => {
          await write(sink);
          await file.check(); // before the folder is in place
        },
        ...textWriters(vocabulary ?? {}),
      };
      const path = resolve(out);
      await folderStorage(dirname(path)).writeFolder(basename(path), files);
      return Object.keys(files);
    });
    output.progress('');
    if (!vocabulary) {
      await output.warn(
        `${out} has no tokenizer: Hugging Face has none for the tokens of ${command}`,
      );
    }
    if (output.isJson)
      await output.printJson({ folder: out, run: model, step, weights, files: names });
    else await output.print(`${out}: ${names.join(', ')}`);
  } finally {
    forget();
  }
}

function textWriters(
  files: Readonly<Record<string, string>>,
): Record<string, (sink: ByteSink) => Promise<void>> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      (sink: ByteSink) => sink.write(new TextEncoder().encode(text)),
    ]),
  );
}
