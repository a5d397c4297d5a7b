import { basename, dirname, resolve } from 'node:path';

import type { ByteSink } from '@ramble/core/files';
import { adapterKindOf, type AdapterName, countParameters } from '@ramble/core/model';
import { exists, writeWhole } from '@ramble/node';
import { writeGgufAdapter, writeGgufModel, type WrittenType } from '@ramble/runs/gguf';
import { huggingFaceFiles, huggingFaceModel, peftFiles } from '@ramble/runs/hugging-face';
import { findRun, folderStorage } from '@ramble/runs/node';
import {
  findStep,
  loadDomain,
  openRun,
  type RunDescription,
  withCheckpointFile,
} from '@ramble/runs';
import { type FloatDtype, openSafetensors, type Safetensors } from '@ramble/runs/safetensors';

import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import { type Flags, type FlagValues, MODEL_NAME } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { formatCount } from '../../format/format-number.js';
import { watchTensors } from '../../hugging-face/find-model.js';
import { huggingFaceFeature } from '../../verb/app-features.js';

type Format = 'hugging-face' | 'gguf' | 'peft';

const WEIGHTS = 'model.safetensors';
/** Matches names of files in formats that cannot be exported. A folder of such a name would be misleading. */
const OTHER_FORMATS =
  /\.(onnx|safetensors|bin|pte?|pth|ckpt|ggml|h5|keras|npz|tflite|mlmodel|mlpackage|mlx|zip|tar|t?gz)$/i;
/** Types in which each format can store weights: values of `--weights`, and the format's own names of the types. */
const TYPES = {
  'hugging-face': { f32: 'F32', f16: 'F16', bf16: 'BF16' },
  gguf: { f32: 'F32', f16: 'F16', q8_0: 'Q8_0' },
  peft: { f32: 'F32', f16: 'F16', bf16: 'BF16' },
} as const satisfies Readonly<Record<Format, Readonly<Record<string, FloatDtype | WrittenType>>>>;
type WeightType = { [F in Format]: keyof (typeof TYPES)[F] }[Format];
const TYPE_NAMES = Object.keys({ ...TYPES['hugging-face'], ...TYPES.gguf }) as WeightType[]; // the keys of TYPES

const FLAGS = {
  model: {
    ...MODEL_NAME,
    description: "A run's folder, for its best checkpoint, or RUN/checkpoints/STEP.",
  },
  out: {
    kind: 'string',
    placeholder: 'path',
    description: 'The new folder or GGUF file; models are never replaced.',
  },
  format: {
    kind: 'choice',
    choices: ['hugging-face', 'gguf', 'peft'],
    derived: 'gguf if --out ends with .gguf, else hugging-face, or peft for a run of LoRA adapters',
    description:
      'A folder that transformers loads, or a GGUF file, which llama.cpp and Ollama load; for a run of LoRA adapters, a folder that PEFT loads, or a GGUF file of the adapters.',
  },
  weights: {
    kind: 'choice',
    choices: TYPE_NAMES,
    default: 'f32',
    hint: 'q8_0 has 8 bits, in a GGUF file',
    description:
      'Type of the weights: f16 rounds them, and so do bf16 in a folder and q8_0 in a GGUF file.',
  },
} as const satisfies Flags;

export type ExportFlags = FlagValues<typeof FLAGS>;

/**
 * `export`: writes a run's model as a folder that transformers loads, or a file that llama.cpp loads; of a run of LoRA
 * adapters, only the adapters.
 */
export const exportProgram = {
  flags: FLAGS,
  run,
} satisfies DomainProgram<ExportFlags>;

async function run(call: DomainCall<ExportFlags>): Promise<void> {
  const { app, flags, io, output, command } = call;
  const { model, out } = flags;
  const { storage, step: choice = 'best' } = findRun(model);
  const run = await openRun(storage);
  const kind = adapterKindOf(run.description.training);
  const format = checkedFormat(flags, kind?.name, command);
  // As in import and train, an existing model is kept, because a model takes long to make.
  if (await exists(out)) {
    throw new Error(
      `${out}: expected nothing at that path, got something; choose another --out, or remove it first`,
    );
  }
  const domain = await loadDomain(run, app.factory);
  const step = await findStep(storage, choice);
  const stop = new AbortController();
  const forget = io.onInterrupt(() =>
    stop.abort(
      new InterruptedError(`stopped; ${format === 'gguf' ? 'the file' : 'the folder'} was removed`),
    ),
  );
  // An adapter needs no tokenizer: it is loaded over its base model, which has one.
  const vocabulary = kind
    ? {}
    : huggingFaceFeature.of(app)?.write(domain, run.description.model.contextLength);
  const onProgress = (share: number): void =>
    output.progress(`exporting: ${Math.floor(100 * share)} %`);
  try {
    const names = await withCheckpointFile(storage, step, WEIGHTS, async (file) => {
      const tensors = await openSafetensors(file);
      const watched = watchTensors(tensors, { signal: stop.signal, onProgress });
      const written = {
        description: run.description,
        weights: watched,
        vocabulary: vocabulary ?? {},
        stopTokens: domain.stopTokens,
        check: () => file.check(),
      };
      return format === 'gguf' ? writeFile(flags, written) : writeFolder(flags, written);
    });
    output.progress('');
    if (!vocabulary) {
      await output.warn(
        `${out} has no tokenizer: other programs have none for the tokens of ${command}`,
      );
    }
    await report(call, format, { description: run.description, step, names });
  } finally {
    forget();
  }
}

async function report(
  { flags: { model, out, weights }, output }: DomainCall<ExportFlags>,
  format: Format,
  { description, step, names }: Pick<Exported, 'description'> & { step: number; names: string[] },
): Promise<void> {
  if (output.isJson) {
    await output.printJson(
      format === 'gguf'
        ? { file: out, run: model, step, weights }
        : { folder: out, run: model, step, weights, files: names },
    );
    return;
  }
  const parameters = `${formatCount(countParameters(description.model))} parameters`;
  const kind = adapterKindOf(description.training);
  const what = kind ? `${kind.name} adapters` : parameters;
  await output.print(`${out}: ${format === 'gguf' ? `${what} in ${weights}` : names.join(', ')}`);
}

/**
 * Returns the format of the export: the given one, or the format that the path implies.
 *
 * @throws UsageError for a path of another format, a format that the run cannot be exported to, or a type of weights
 *   that the format lacks.
 */
function checkedFormat(
  { format: given, out, weights }: ExportFlags,
  adapters: AdapterName | undefined,
  command: string,
): Format {
  const folder = adapters ? 'peft' : 'hugging-face';
  const format = given ?? (out.toLowerCase().endsWith('.gguf') ? 'gguf' : folder);
  if (format === folder && given === undefined && OTHER_FORMATS.test(out)) {
    const reader = adapters ? 'PEFT' : 'transformers';
    throw new UsageError(
      `--out: expected a new folder, which ${reader} loads, or a file that ends with .gguf, got ${out}; no other format is written`,
    );
  }
  if (format !== 'gguf' && format !== folder) {
    const hint = adapters
      ? `a run of ${adapters} adapters; ${command} merge makes a run with the whole model`
      : 'a run without LoRA adapters';
    throw new UsageError(`--format: expected ${folder} or gguf, got ${format} for ${hint}`);
  }
  const types = Object.keys(TYPES[format]).filter(
    (type) => !adapters || Object.hasOwn(TYPES.peft, type),
  );
  if (types.includes(weights)) return format;
  const of = adapters ? ` and ${adapters} adapters` : '';
  throw new UsageError(
    `--weights: expected one of ${types.join(', ')} with --format ${format}${of}, got ${weights}`,
  );
}

/** Parts of a run that are exported. */
interface Exported {
  readonly description: RunDescription;
  readonly weights: Safetensors;
  /** Contents of the tokenizer's files, by name; empty without a tokenizer. */
  readonly vocabulary: Readonly<Record<string, string>>;
  readonly stopTokens: readonly number[];
  /** Checks the checkpoint's file, after all of it was read and before the export is in place. */
  readonly check: () => Promise<void>;
}

/**
 * Writes the run as a Hugging Face folder, or a run of adapters as a PEFT folder.
 *
 * @returns the names of the files.
 */
async function writeFolder(
  { out, weights }: ExportFlags,
  { description, weights: file, vocabulary, stopTokens, check }: Exported,
): Promise<string[]> {
  const dtype = TYPES['hugging-face'][weights as keyof (typeof TYPES)['hugging-face']]; // checked
  const written = adapterKindOf(description.training)
    ? await peftFiles(description, (name) => file.read(name), { dtype })
    : huggingFaceFiles(description, file, { dtype, stopTokens });
  const checked = Object.entries(written).map(([name, write]) => [
    name,
    async (sink: ByteSink) => {
      await write(sink);
      if (name.endsWith(WEIGHTS)) await check();
    },
  ]);
  const files = { ...(Object.fromEntries(checked) as typeof written), ...textWriters(vocabulary) };
  const path = resolve(out);
  await folderStorage(dirname(path)).writeFolder(basename(path), files);
  return Object.keys(files);
}

async function writeFile(
  { model, out, weights }: ExportFlags,
  { description, weights: file, vocabulary, stopTokens, check }: Exported,
): Promise<string[]> {
  const name = basename(resolve(model));
  const type = TYPES.gguf[weights as keyof typeof TYPES.peft & keyof typeof TYPES.gguf]; // checked, and all types for a whole model
  const written = adapterKindOf(description.training)
    ? undefined
    : { ...huggingFaceModel(description, file, { stopTokens }), files: vocabulary };
  await writeWhole(out, async (handle) => {
    const sink = { write: (bytes: Uint8Array) => handle.writeFile(bytes) };
    await (written
      ? writeGgufModel(sink, written, { name, type })
      : writeGgufAdapter(sink, description, (tensor) => file.read(tensor), { name, type }));
    await check();
  });
  return [];
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
