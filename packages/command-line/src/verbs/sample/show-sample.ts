import { join, parse } from 'node:path';

import type { AnyDomain } from '@ramble/core';
import { type FileArtifact, streamOutputFeature } from '@ramble/core/app';
import type { CheckedSampling } from '@ramble/core/sampling';
import { createColors } from 'picocolors';

import { artifactJson, writeArtifact } from '../../content/write-artifact.js';
import type { PlannedPrompts } from '../../outputs/write-outputs.js';
import type { DomainCall } from '../../verb/verb.js';
import { oneLineFeature } from '../../verb/app-features.js';
import type { ReadPrompts } from './sample-prompts.js';
import type { Sample } from './write-samples.js';

/** Destination of a sample, and details to show with it. */
export interface ShowOptions {
  /** The prompt as text, if the output continues it; otherwise empty. */
  readonly echo: string;
  /** Index of the output among all outputs, from 0. */
  readonly index: number;
  readonly count: number;
  /** Number of the output's prompt from 1, if several prompts are possible, as with `--prompt-lines`. */
  readonly prompt?: number;
  /** Seed of the output's random numbers. */
  readonly seed?: number;
  /** Present if the prompt was cut: the rule that cut it, its number of tokens before, and the number that was kept. */
  readonly cut?: { readonly rule?: string; readonly tokens: number; readonly kept: number };
  /** Path of the output file, if one is requested. */
  readonly out?: string;
  /**
   * Format with one output per line: `alone`, so that line n answers prompt n; or `numbered`, if a prompt has several
   * outputs, with the number of the prompt and the score before each output.
   */
  readonly lines?: 'alone' | 'numbered';
}

type ShowCall = Pick<DomainCall<unknown>, 'app' | 'io' | 'output'>;

/** Writes text as it arrives. */
interface TextWriter {
  /** Writes the prompt that the text continues. */
  begin(): Promise<void>;
  write(text: string): Promise<void>;
  /** Ends the line. */
  end(): Promise<void>;
  /** Ends a line that is still incomplete, so that an error message begins on a new line. */
  cut(): Promise<void>;
}

function textWriter({ io, output }: ShowCall, prompt: string): TextWriter {
  const { bold } = createColors(io.stdout.hasColour);
  let last = '';
  const write = async (text: string, style?: (text: string) => string): Promise<void> => {
    if (text === '') return;
    last = text;
    await output.write(text, style);
  };
  const end = (): Promise<void> => (last.endsWith('\n') ? Promise.resolve() : output.write('\n'));
  return {
    begin: () => write(prompt, bold),
    write: (text) => write(text),
    end,
    cut: () => (last === '' ? Promise.resolve() : end()),
  };
}

/** Shows a finished sample: as text, as a file and its path, or as a line of JSON. */
export async function showSample(
  { app, output }: ShowCall,
  { artifact, companion, ...numbers }: Sample,
  { echo, index, count, prompt, seed, cut, out, lines }: ShowOptions,
): Promise<void> {
  const whole = artifact.kind === 'text' ? { ...artifact, text: echo + artifact.text } : artifact;
  const file = await writeArtifact(whole, { name: app.name, out, index, count });
  const companionFile = companion && (await writeBeside(companion, app.name, file));
  if (output.isJson) {
    const result = artifactJson(artifact, file);
    await output.printJson({ prompt, ...result, companion: companionFile, cut, seed, ...numbers });
  } else if (file !== undefined) {
    await output.print(file);
    if (companionFile !== undefined) await output.print(companionFile);
  } else if (whole.kind === 'text' && lines) {
    const line = whole.text.replaceAll(/\s*[\r\n]+\s*/g, ' ');
    const { score = numbers.logProbability } = numbers;
    await output.print(lines === 'alone' ? line : `${prompt ?? 1}\t${score.toFixed(4)}\t${line}`);
  } else if (whole.kind === 'text') {
    if (count > 1) {
      const { score } = numbers;
      const scored = score === undefined ? '' : `, score ${score.toFixed(3)}`;
      const promptLabel = prompt === undefined ? '' : `, prompt ${prompt}`;
      const heading = `${index + 1} of ${count}${promptLabel}${scored}`;
      await output.print(`${index > 0 ? '\n' : ''}=== ${heading} ===`);
    }
    await output.write(whole.text.endsWith('\n') ? whole.text : `${whole.text}\n`);
  }
}

/**
 * Writes a companion file next to an output file, with the same name except for the extension: `song.wav` next to
 * `song.mid`. Without an output file, writes a new file that is named after `name`. Returns the path of the companion
 * file.
 */
export async function writeBeside(
  companion: FileArtifact,
  name: string,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return writeArtifact(companion, { name });
  const { dir, name: stem } = parse(file);
  return writeArtifact(companion, { name, out: join(dir, `${stem}${companion.extension}`) });
}

/** A queue that releases numbered items in order. */
interface InOrder<T> {
  /**
   * Adds an item.
   *
   * @returns the items whose predecessors have all been added, with their numbers.
   */
  add(number: number, thing: T): [thing: T, number: number][];
  /**
   * Ends the queue.
   *
   * @returns the items that still wait for missing numbers.
   */
  rest(): [thing: T, number: number][];
}

export function inOrder<T>(): InOrder<T> {
  const waiting = new Map<number, T>();
  let next = 0;
  return {
    add: (number, thing) => {
      waiting.set(number, thing);
      const ready: [T, number][] = [];
      for (let first = waiting.get(next); first !== undefined; first = waiting.get(next)) {
        waiting.delete(next);
        ready.push([first, next++]);
      }
      return ready;
    },
    rest: () => {
      const left = [...waiting].sort(([a], [b]) => a - b);
      waiting.clear();
      return left.map(([number, thing]) => [thing, number]);
    },
  };
}

/** Shows the outputs of a call: a single text while it is sampled, or each sample in order. */
export interface SampleDisplay {
  /** Number of outputs of each prompt. */
  readonly outputsOfOne: number;
  /** Number of outputs of all prompts. */
  readonly total: number;
  /** Writes the only output while it grows; absent if outputs are shown when they are finished. */
  readonly growing?: TextWriter;
  /** Shows a finished sample, and the samples that waited for it. */
  add(index: number, sample: Sample): Promise<void>;
  /** Shows the samples that still wait for earlier ones that are missing. */
  end(): Promise<void>;
}

type DisplayCall = ShowCall &
  Pick<
    DomainCall<{ readonly count: number; readonly bestOf: number; readonly out?: string }>,
    'flags'
  >;

/** Chooses the form in which the outputs of a call are shown. */
export function sampleDisplay(
  call: DisplayCall,
  {
    config,
    read: { prompts, areLines },
    planned: { cut },
    domain: { cutRule },
  }: {
    readonly config: CheckedSampling;
    readonly read: ReadPrompts;
    readonly planned: PlannedPrompts;
    readonly domain: Pick<AnyDomain, 'cutRule'>;
  },
): SampleDisplay {
  const {
    app,
    output,
    flags: { out, count, bestOf },
  } = call;
  const outputsOfOne = config.numBeams > 1 ? config.nBest : count;
  const total = prompts.length * outputsOfOne;
  // With stream packing, an output continues its prompt; otherwise it answers it.
  const echoOf = (prompt: number): string =>
    app.packing === 'stream' ? new TextDecoder().decode(prompts[prompt].content) : '';
  const areNumbered = areLines || prompts.length > 1;
  const isLineByLine = app.packing === 'examples' && areNumbered;
  const numbering = isLineByLine ? (outputsOfOne === 1 ? 'alone' : 'numbered') : undefined;
  const lines = oneLineFeature.of(app) ? 'alone' : numbering;
  const grows =
    streamOutputFeature.of(app) &&
    total * bestOf === 1 &&
    lines === undefined &&
    out === undefined &&
    !output.isJson;
  const finished = inOrder<Sample>();
  const show = async (samples: readonly [Sample, number][]): Promise<void> => {
    for (const [sample, index] of samples) {
      const prompt = Math.floor(index / outputsOfOne);
      const shortened = cut.find(({ number }) => number === prompt);
      await showSample(call, sample, {
        echo: echoOf(prompt),
        ...{ index, count: total, out, lines },
        ...(areNumbered && { prompt: prompt + 1 }),
        ...(config.method === 'random' && { seed: config.seed }),
        ...(shortened && {
          cut: { rule: cutRule, tokens: shortened.tokens, kept: shortened.kept },
        }),
      });
    }
  };
  return {
    ...{ outputsOfOne, total },
    growing: grows ? textWriter(call, echoOf(0)) : undefined,
    add: (index, sample) => show(finished.add(index, sample)),
    end: () => show(finished.rest()),
  };
}
