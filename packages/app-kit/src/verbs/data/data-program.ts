import { type Corpus, getCorpus, listCorpora } from '@ramble/datasets';

import { InterruptedError, UsageError } from '../../cli/exit-errors.js';
import { unknownName } from '../../cli/unknown-name.js';
import type { Call, PlainProgram } from '../../cli/verb.js';
import { formatBytes } from '../../format/format-bytes.js';
import { formatTable } from '../../format/format-table.js';

/** `data list` and `data get NAME`: the corpora that can be had by name. */
export const dataProgram = {
  operands: ['<list or get>', '[name]'],
  flags: {},
  run,
} satisfies PlainProgram<object>;

async function run(call: Call<object>): Promise<void> {
  const [action, name] = [call.operands[0], call.operands.at(1)];
  if (action === 'list' && name === undefined) return list(call);
  if (action === 'get' && name !== undefined) {
    const names = listCorpora().map((corpus) => corpus.name);
    if (!names.includes(name)) throw unknownName(name, 'corpus', names);
    return get(call, name);
  }
  throw new UsageError(`data: expected list, or get and a name, got ${call.operands.join(' ')}`);
}

async function list({ output }: Call<object>): Promise<void> {
  const corpora = listCorpora();
  if (output.isJson) {
    for (const corpus of corpora) {
      const { name, description, sizeBytes, licence } = corpus;
      await output.printJson({ name, description, sizeBytes, licence, source: sourceOf(corpus) });
    }
    return;
  }
  for (const corpus of corpora) {
    const { name, description, sizeBytes, licence } = corpus;
    await output.print(name);
    const rows = [
      ['', description],
      ['size', formatBytes(sizeBytes)],
      ['licence', licence],
      ['from', sourceOf(corpus)],
    ];
    for (const line of formatTable(rows)) await output.print(`  ${line}`);
  }
}

/** Gets a corpus; its training files are the result, so that `--data $(ramble data get NAME)` works. */
async function get({ output, io }: Call<object>, name: string): Promise<void> {
  const abort = new AbortController();
  const stop = io.onInterrupt(() =>
    abort.abort(new InterruptedError(`The rest comes with: ramble data get ${name}`)),
  );
  output.progress(`getting ${name} …`);
  const found = await getCorpus(name, {
    signal: abort.signal,
    onProgress: ({ doneBytes, totalBytes }) => {
      output.progress(`getting ${name}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`);
    },
  }).finally(stop);
  output.progress('');
  const { corpus, files, validationFiles, testFiles } = found;
  if (output.isJson) {
    await output.printJson({ name, licence: corpus.licence, files, validationFiles, testFiles });
    return;
  }
  await output.note(`${corpus.name}: ${corpus.description}`);
  await output.note(`licence: ${corpus.licence}`);
  for (const path of validationFiles) await output.note(`to validate: ${path}`);
  for (const path of testFiles) await output.note(`to test: ${path}`);
  for (const path of files) await output.print(path);
}

/** Where a corpus comes from, for people. */
function sourceOf({ source }: Corpus): string {
  switch (source.kind) {
    case 'npm':
      return `${source.package}@${source.version} on npm`;
    case 'debian':
      return `Debian's package ${source.package}`;
    case 'url':
    case 'zip':
      return source.url;
  }
}
