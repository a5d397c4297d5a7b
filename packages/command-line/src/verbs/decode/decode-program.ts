import { extname } from 'node:path';

import { encodePlaced, findContent, readContent } from '../../content/read-content.js';
import { parsePrompt } from '../../content/prompt-flags.js';
import {
  artifactJson,
  checkExtension,
  parseIds,
  writeArtifact,
} from '../../content/write-artifact.js';
import { DOMAIN_FLAGS, domainSettings, openDomain } from '../../model/open-model.js';
import { UsageError } from '../../verb/exit-errors.js';
import type { Flags, FlagValues } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { outputExtensionsFeature, renderingFeature } from '../../verb/app-features.js';
import { tellRepairs } from '../../verb/output.js';
import { openCompanion, writtenExtensions } from '../sample/app-sampling.js';
import { writeBeside } from '../sample/show-sample.js';

/** Extensions of files with token ids. */
const ID_EXTENSIONS = ['.json', '.jsonl', '.txt'];

const FLAGS = {
  ...DOMAIN_FLAGS,
  out: {
    kind: 'string',
    basic: true,
    placeholder: 'file',
    derived: 'standard output, or a new file if the output is not text',
    description: 'File for the output, replaced if it exists.',
  },
} as const satisfies Flags;

export type DecodeFlags = FlagValues<typeof FLAGS>;

/** `decode`: writes token ids as text or a file, or converts a piece to another kind of file. */
export const decodeProgram = {
  operands: ['<ids, file or ->...'],
  flags: FLAGS,
  settings: domainSettings,
  waitsFor: 'token ids',
  run,
} satisfies DomainProgram<DecodeFlags>;

async function run(call: DomainCall<DecodeFlags>): Promise<void> {
  const { app, flags, output, io } = call;
  checkExtension('--out', outputExtensionsFeature.of(app), flags.out);
  const domain = await openDomain(call);
  const piece = await findPiece(call);
  const tokens = piece
    ? Array.from(encodePlaced(domain, piece.prompt, piece.place).tokens)
    : parseIds('ids', await findIds(call), domain.vocabulary.size);
  if (tokens.length === 0) throw new UsageError('ids: expected at least one, got none');
  const artifact = app.showOutput(
    domain.decodeOutput(tokens),
    flags.out === undefined ? undefined : extname(flags.out),
    piece?.prompt,
  );
  const file = await writeArtifact(artifact, { name: app.name, out: flags.out });
  if (output.isJson) {
    await output.printJson(artifactJson(artifact, file));
  } else if (file !== undefined) {
    await output.print(file);
  } else if (artifact.kind === 'text') {
    // A pipe receives exactly the encoded bytes.
    const end = io.stdout.isTerminal && !artifact.text.endsWith('\n') ? '\n' : '';
    await output.write(artifact.text + end);
  }
}

/**
 * Reads the piece if the only operand is the path of a file of the app's kind, such as MIDI; otherwise returns
 * `undefined`.
 */
async function findPiece(
  call: DomainCall<DecodeFlags>,
): Promise<{ readonly prompt: unknown; readonly place: string } | undefined> {
  const { app, operands, io } = call;
  const [place] = operands;
  const isPiece =
    app.packing === 'pieces' &&
    operands.length === 1 &&
    endsIn(place, app.data.extensions) &&
    !endsIn(place, ID_EXTENSIONS);
  if (!isPiece) return undefined;
  const content = await readContent(place, io.stdin);
  if (content.length === 0) throw new Error(`${place}: expected a piece, got an empty file`);
  return { prompt: parsePrompt(call, content, place).prompt, place };
}

function endsIn(path: string, extensions: readonly string[]): boolean {
  return extensions.some((extension) => path.toLowerCase().endsWith(extension));
}

/** Reads ids from the command line, or from a file if the only operand is its name. */
async function findIds({ operands, io }: DomainCall<DecodeFlags>): Promise<string[]> {
  if (operands.length > 1) return readIds(operands.join(' '));
  const { content } = await findContent(operands[0], ID_EXTENSIONS, io.stdin);
  return readIds(new TextDecoder().decode(content));
}

/**
 * Reads token ids as words: from numbers separated by white space or commas, from a JSON list, or from `tokens` in
 * the output of `encode --json`.
 */
export function readIds(text: string): string[] {
  const lists = [...text.matchAll(/"tokens"\s*:\s*\[([^\]]*)\]/g)].map(([, list]) => list);
  const ids = lists.length > 0 ? lists.join(',') : text;
  return ids.split(/[\s,[\]]+/).filter((word) => word !== '');
}

const RENDER_FLAGS = {
  out: {
    kind: 'string',
    basic: true,
    placeholder: 'file',
    description: 'File for the piece, replaced if it exists. Its extension sets the kind of file.',
  },
} as const satisfies Flags;

export type RenderFlags = FlagValues<typeof RENDER_FLAGS>;

/** `render`: converts a piece to another kind of file, without a model. */
export const renderProgram = {
  operands: ['<file or ->'],
  flags: RENDER_FLAGS,
  settings: (app) => {
    const companion = renderingFeature.of(app)?.companion;
    return companion ? [{ title: 'Output', settings: companion.settings }] : [];
  },
  waitsFor: 'a piece',
  run: render,
} satisfies DomainProgram<RenderFlags>;

async function render(call: DomainCall<RenderFlags>): Promise<void> {
  const { app, flags, operands, output, io } = call;
  const rendering = renderingFeature.of(app);
  if (!rendering)
    throw new UsageError(`${app.name}: expected an app with rendering, got one without`);
  const { out } = flags;
  checkExtension('--out', writtenExtensions(app), out);
  const companion = await openCompanion(rendering.companion, call);
  const [path] = operands;
  const name = path === '-' ? 'standard input' : path;
  const content = await readContent(path, io.stdin);
  if (content.length === 0) throw new Error(`${name}: expected a piece, got an empty file`);
  const piece = rendering.read(name, content, { onRepair: tellRepairs(output) });
  const extension = extname(out);
  const made = await companion?.make(piece);
  const isAlone = made?.extension === extension;
  await writeArtifact(isAlone ? made : rendering.show(piece, extension), { name: app.name, out });
  const second = made && !isAlone ? await writeBeside(made, app.name, out) : undefined;
  if (output.isJson) {
    await output.printJson({ file: out, companion: second });
    return;
  }
  await output.print(out);
  if (second !== undefined) await output.print(second);
}
