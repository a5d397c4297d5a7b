/**
 * Makes mutants, reads each with ramble, and writes a line of JSON about each.
 *
 *     try-mutants FOLDER SEED FIRST END KIND
 *
 * A line `{"begin": TEXT}` comes before each, so that a mutant that ends or stops the process is identified.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { caseOf, type MutantKind } from './cases.js';
import { fitFingerprint } from './fit-fingerprint.js';
import { judge } from './judge.js';
import { drawer, enlarge, mutate } from './mutate.js';
import { runHere } from './run-here.js';

/** Maximum memory of the process: a tiny model needs less. */
const MOST_BYTES = 1.5 * 2 ** 30;
/** Maximum processor time of one command. */
const MOST_MS = 10_000;

const [folder, seed, first, end, kind] = process.argv.slice(2);
const change = kind === 'numbers' ? enlarge : mutate;
const write = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

for (let number = Number(first); number < Number(end); number++) {
  const { file, needs, words, alias, isEdited } = caseOf(number, kind as MutantKind);
  const draw = drawer(Number(seed), number);
  const original = await readFile(join(folder, file), 'latin1');
  const editable = isEdited ? original.replace(/ *"checksum": .*\n/, '') : original;
  const { bytes, how } = change(Buffer.from(editable, 'latin1'), draw);
  const what = `mutant ${number}, ${file}: ${how}`;
  write({ begin: what });
  const copy = join(folder, 'copy');
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy);
  await cp(join(folder, needs), join(copy, needs), { recursive: true });
  await writeFile(join(copy, file), bytes);
  if (file.startsWith('run/domain/')) await fitFingerprint(join(copy, 'run'));
  const before = process.cpuUsage();
  const ended = await runHere(words((name) => join(copy, name)));
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = (user + system) / 1000;
  const names = [
    file.slice(file.lastIndexOf('/') + 1),
    `copy/${needs}/`,
    ...(alias === undefined ? [] : [alias]),
  ];
  const memory = process.resourceUsage().maxRSS * 1024;
  const broken =
    judge(ended, { names, folder: `${folder}/` }) ??
    (elapsedMs > MOST_MS ? `took ${Math.round(elapsedMs)} ms` : undefined) ??
    (memory > MOST_BYTES ? `took ${memory} bytes` : undefined);
  write({ what, status: ended.status, ...(broken !== undefined && { broken }) });
}
