import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { adapterKindOf, countParameters } from '@ramble/core/model';
import { FORMAT_CHOICES } from '@ramble/core/weights';
import { folderStorage } from '@ramble/runs/node';
import { checkIsNew, type RunStorage } from '@ramble/runs';

import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import { COUNT, type Flags, type FlagValues } from '../../verb/flag.js';
import { type DomainCall, type DomainProgram, shellQuoted } from '../../verb/verb.js';
import { formatCount } from '../../format/format-number.js';
import { findModel } from '../../hugging-face/find-model.js';
import { importAdapter, type ImportedModel, importModel } from '../../hugging-face/import-model.js';
import { huggingFaceFeature } from '../../verb/app-features.js';

const FLAGS = {
  out: {
    kind: 'string',
    placeholder: 'run',
    description: 'The folder that the run is written to.',
  },
  base: {
    kind: 'string',
    placeholder: 'run',
    derived: 'none',
    description: 'Run of the model that the LoRA adapters of a PEFT folder belong to.',
  },
  weights: {
    kind: 'choice',
    choices: FORMAT_CHOICES,
    derived: "the model's own: blocks of a GGUF file, f16, else f32",
    description: 'Type that the run keeps weights in; f16, int8 and q4 are for inference.',
  },
  contextLength: {
    ...COUNT,
    derived: "the model's own; with longrope, the context of its first training",
    description:
      'Context length of the run in tokens; with longrope it chooses between the factors for short and for long contexts.',
  },
} as const satisfies Flags;

export type ImportFlags = FlagValues<typeof FLAGS>;

/**
 * `import`: makes a run of a Hugging Face folder or a GGUF file with a GPT-2 or a model of the Llama family, or of the
 * LoRA adapters in a PEFT folder.
 */
export const importProgram = {
  operands: ['<folder, GGUF file or name>'],
  flags: FLAGS,
  run,
} satisfies DomainProgram<ImportFlags>;

async function run(call: DomainCall<ImportFlags>): Promise<void> {
  const { app, operands, io, output, engines, flags } = call;
  const huggingFace = huggingFaceFeature.of(app);
  if (!huggingFace) return; // the verb requires this part
  const storage = folderStorage(flags.out);
  await checkIsNew(storage); // before anything is downloaded
  if (existsSync(join(operands[0], 'adapter_config.json'))) return runAdapter(call, storage);
  if (flags.base !== undefined) {
    throw new UsageError(
      `--base: expected a PEFT folder with adapter_config.json to import, got ${operands[0]}`,
    );
  }
  const stop = new AbortController();
  let stopped = 'stopped; run the same command again to continue the download';
  const forget = io.onInterrupt(() => stop.abort(new InterruptedError(stopped)));
  try {
    const { signal } = stop;
    const { files: companions } = huggingFace;
    const found = await findModel(operands[0], { companions, output, signal });
    stopped = 'stopped; the run was removed';
    const { weights, contextLength } = flags;
    const task = { app, huggingFace, storage, weights, contextLength, engines, output, signal };
    await report(call, found.path, await importModel({ ...task, ...found }));
  } finally {
    forget();
  }
}

async function runAdapter(
  { app, operands: [path], output, command, flags: { out, base } }: DomainCall<ImportFlags>,
  storage: RunStorage,
): Promise<void> {
  if (base === undefined) {
    throw new UsageError(
      `--base: the flag is missing; ${path} has LoRA adapters, and --base names the run of their model`,
    );
  }
  const settings = await importAdapter({ app, path, base, storage });
  if (output.isJson) {
    await output.printJson({ run: out, from: path, base, adapters: settings });
    return;
  }
  await output.print(
    `${out}: ${adapterKindOf(settings)?.describe(settings) ?? 'adapters'}, from ${path}`,
  );
  await output.print(`try: ${command} sample --model ${shellQuoted(out)}`);
}

async function report(
  { flags: { out }, output, command }: DomainCall<ImportFlags>,
  path: string,
  { domain, config, kind }: ImportedModel,
): Promise<void> {
  const parameters = countParameters(config);
  if (output.isJson) {
    await output.printJson({ run: out, from: path, parameters, weights: kind, model: config });
    return;
  }
  const tokens = `${formatCount(config.vocabSize)} tokens`;
  await output.print(
    `${out}: ${formatCount(parameters)} parameters in ${kind}, ${tokens}, from ${path}`,
  );
  const verb = domain.chatTemplate ? 'chat' : 'sample';
  await output.print(`try: ${command} ${verb} --model ${shellQuoted(out)}`);
}
