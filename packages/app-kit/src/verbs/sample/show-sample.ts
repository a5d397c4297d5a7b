import type { Artifact } from '@ramble/core';
import { createColors } from 'picocolors';

import type { DomainCall } from '../../cli/verb.js';
import { writeArtifact, writeNewArtifact } from '../../content/write-artifact.js';
import type { Sample } from './write-samples.js';

/** Where samples go. */
export interface ShowOptions {
  /** The prompt, where a text goes on from it. */
  readonly echo: string;
  readonly count: number;
  /** The file that was asked for. */
  readonly out?: string;
}

type ShowCall = Pick<DomainCall<unknown>, 'app' | 'io' | 'output'>;

/** Writes text as it comes. */
export interface TextWriter {
  /** Writes the prompt that the text goes on from. */
  begin(prompt: string): Promise<void>;
  write(text: string): Promise<void>;
  /** Ends the line. */
  end(): Promise<void>;
}

export function textWriter({ io, output }: ShowCall): TextWriter {
  const { bold } = createColors(io.stdout.hasColour);
  let last = '';
  const write = async (text: string, shown = text): Promise<void> => {
    if (text === '') return;
    last = text;
    await output.write(shown);
  };
  return {
    begin: (prompt) => write(prompt, bold(prompt)),
    write: (text) => write(text),
    end: () => (last.endsWith('\n') ? Promise.resolve() : output.write('\n')),
  };
}

/** Shows a finished sample: as text, as a file and its path, or as a line of JSON. */
export async function showSample(
  { app, output }: ShowCall,
  { artifact, tokens, logProbability, stop }: Sample,
  index: number,
  { echo, count, out }: ShowOptions,
): Promise<void> {
  const file = await writeFileOf(app.name, artifact, index, { echo, count, out });
  if (output.isJson) {
    const shown =
      file === undefined && artifact.kind === 'text' ? { text: artifact.text } : { file };
    await output.printJson({ ...shown, tokens, logProbability, stop });
  } else if (file !== undefined) {
    await output.print(file);
  } else if (artifact.kind === 'text') {
    const text = echo + artifact.text;
    if (count > 1) await output.print(`${index > 0 ? '\n' : ''}=== ${index + 1} of ${count} ===`);
    await output.write(text.endsWith('\n') ? text : `${text}\n`);
  }
}

/** @returns the path of the file that an output becomes; none for text without `--out`. */
async function writeFileOf(
  name: string,
  artifact: Artifact,
  index: number,
  { echo, count, out }: ShowOptions,
): Promise<string | undefined> {
  if (artifact.kind === 'file' && out === undefined) return writeNewArtifact(name, artifact);
  if (out === undefined) return undefined;
  const whole = artifact.kind === 'text' ? { ...artifact, text: echo + artifact.text } : artifact;
  return writeArtifact(out, whole, { index, count });
}
