import { basename, dirname, resolve } from 'node:path';

import type { ByteSink } from '@ramble/core/files';
import { countParameters } from '@ramble/core/model';
import { exists, writeWhole } from '@ramble/node';
import { writeGgufModel, type WrittenType } from '@ramble/runs/gguf';
import { huggingFaceFiles, huggingFaceModel } from '@ramble/runs/hugging-face';
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
import { watchTensors } from '../../hugging-face/open-folder.js';
import { huggingFaceFeature } from '../../verb/app-features.js';

type Format = 'hugging-face' | 'gguf';

const WEIGHTS = 'model.safetensors';
/** Names of files in formats that cannot be exported; a folder of such a name would be misleading. */
const OTHER_FORMATS =
  /\.(onnx|safetensors|bin|pte?|pth|ckpt|ggml|h5|keras|npz|tflite|mlmodel|mlpackage|mlx|zip|tar|t?gz)$/i;
/** Types of weights by format, in the format's names. */
const TYPES = {
  'hugging-face': { f32: 'F32', f16: 'F16', bf16: 'BF16' },
  gguf: { f32: 'F32', f16: 'F16', q8_0: 'Q8_0' },
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
    choices: ['hugging-face', 'gguf'],
    derived: 'gguf if --out ends with .gguf, else hugging-face',
    description:
      'A folder that transformers loads, or a GGUF file, which llama.cpp and Ollama load.',
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

/** `export`: writes a run's model as a folder that transformers loads, or a file that llama.cpp loads. */
export const exportProgram = {
  flags: FLAGS,
  run,
} satisfies DomainProgram<ExportFlags>;

async function run(call: DomainCall<ExportFlags>): Promise<void> {
  const { app, flags, io, output, command } = call;
  const { model, out, weights } = flags;
  const format = checkedFormat(flags);
  // As in import and train, an existing model is kept, because a model takes long to make.
  if (await exists(out)) {
    throw new Error(
      `${out}: expected nothing at that path, got something; choose another --out, or remove it first`,
    );
  }
  const { storage, step: choice = 'best' } = findRun(model);
  const run = await openRun(storage);
  const domain = await loadDomain(run, app.factory);
  const step = await findStep(storage, choice);
  const stop = new AbortController();
  const forget = io.onInterrupt(() =>
    stop.abort(
      new InterruptedError(`stopped; ${format === 'gguf' ? 'the file' : 'the folder'} was removed`),
    ),
  );
  const vocabulary = huggingFaceFeature.of(app)?.write(domain, run.description.model.contextLength);
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
    if (output.isJson) {
      await output.printJson(
        format === 'gguf'
          ? { file: out, run: model, step, weights }
          : { folder: out, run: model, step, weights, files: names },
      );
    } else {
      const parameters = formatCount(countParameters(run.description.model));
      const what = format === 'gguf' ? `${parameters} parameters in ${weights}` : names.join(', ');
      await output.print(`${out}: ${what}`);
    }
  } finally {
    forget();
  }
}

/**
 * Returns the format of the export: the given one, or the format of the path.
 *
 * @throws UsageError for a path of another format, or a type of weights that the format lacks.
 */
function checkedFormat({ format: given, out, weights }: ExportFlags): Format {
  const format = given ?? (out.toLowerCase().endsWith('.gguf') ? 'gguf' : 'hugging-face');
  if (format === 'hugging-face' && given === undefined && OTHER_FORMATS.test(out)) {
    throw new UsageError(
      `--out: expected a new folder, which transformers loads, or a file that ends with .gguf, got ${out}; no other format is written`,
    );
  }
  if (!Object.hasOwn(TYPES[format], weights)) {
    const known = Object.keys(TYPES[format]).join(', ');
    throw new UsageError(
      `--weights: expected one of ${known} with --format ${format}, got ${weights}`,
    );
  }
  return format;
}

/** Parts of a run that are exported. */
interface Exported {
  readonly description: RunDescription;
  readonly weights: Safetensors;
  /** The files of the tokenizer. */
  readonly vocabulary: Readonly<Record<string, string>>;
  readonly stopTokens: readonly number[];
  /** Checks the checkpoint's file, after all of it was read and before the export is in place. */
  readonly check: () => Promise<void>;
}

/** @returns the names of the files. */
async function writeFolder(
  { out, weights }: ExportFlags,
  { description, weights: file, vocabulary, stopTokens, check }: Exported,
): Promise<string[]> {
  const { [WEIGHTS]: write, ...others } = huggingFaceFiles(description, file, {
    dtype: TYPES['hugging-face'][weights as keyof (typeof TYPES)['hugging-face']], // checked
    stopTokens,
  });
  const files = {
    ...others,
    [WEIGHTS]: async (sink: ByteSink) => {
      await write(sink);
      await check();
    },
    ...textWriters(vocabulary),
  };
  const path = resolve(out);
  await folderStorage(dirname(path)).writeFolder(basename(path), files);
  return Object.keys(files);
}

async function writeFile(
  { model, out, weights }: ExportFlags,
  { description, weights: file, vocabulary, stopTokens, check }: Exported,
): Promise<string[]> {
  const written = huggingFaceModel(description, file, { stopTokens });
  const options = {
    name: basename(resolve(model)),
    type: TYPES.gguf[weights as keyof typeof TYPES.gguf],
  }; // checked
  await writeWhole(out, async (handle) => {
    const sink = { write: (bytes: Uint8Array) => handle.writeFile(bytes) };
    await writeGgufModel(sink, { ...written, files: vocabulary }, options);
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
