/**
 * `npm run english`: counts the phrases of `plain-english.mjs` in each package's sources and compares the
 * counts with `english-counts.json`, which may only fall. Fails if a count rose, and prints the sentences
 * written since the counts were. `-- --update` lowers the recorded counts to today's; `-- PACKAGE …` prints
 * every sentence of packages such as `packages/core` that counts.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { findProse } from './find-prose.mjs';
import { faultsOf } from './plain-english.mjs';

const COUNTS = 'tools/lint/english-counts.json';

const git = (...words) => execFileSync('git', words, { encoding: 'utf8', maxBuffer: 1 << 28 });

/** Returns the package of a path: `packages/core` of `packages/core/src/x.ts`, `tools` of `tools/x/y.mjs`. */
const packageOf = (path) => /^(?:(?:packages|apps)\/[^/]+|[^/]+)/u.exec(path)[0];

/** Returns the counted phrases of a file, as `{ path, line, kind, found, advice, text }`. */
export function findFaults(path, source) {
  return findProse(path, source).flatMap(({ kind, text, line }) =>
    faultsOf(kind, text).map((fault) => ({ path, line, kind, ...fault, text })),
  );
}

/** Returns the number of faults by package, in alphabetical order, without packages that have none. */
export function countByPackage(faults) {
  const counts = {};
  for (const { path } of faults) counts[packageOf(path)] = (counts[packageOf(path)] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns the names whose count rose, as `[name, count, recorded count]`; `unknown` is the limit of a new name. */
export function findRises(counts, recorded, unknown = 0) {
  return Object.entries(counts)
    .map(([name, count]) => [name, count, recorded[name] ?? unknown])
    .filter(([, count, most]) => count > most);
}

/** Returns the lower of the two counts of each name; names without a count are left out. */
export function lowerCounts(counts, recorded, unknown = 0) {
  const lowered = ([name, count]) => [name, Math.min(count, recorded[name] ?? unknown)];
  return Object.fromEntries(Object.entries(counts).map(lowered));
}

/** Formats a fault as lines for a terminal: place, sentence, advice. */
export function describeFault({ path, line, kind, found, advice, text }) {
  const words = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  return `  ${path}:${line} (${kind}) ${words}\n    "${found}": ${advice}`;
}

/**
 * Returns a function that tells whether a fault may be new: whether a line from the fault to eight lines below it has
 * changed since the commit that recorded the counts. Without Git it always returns true.
 */
function sinceRecorded() {
  try {
    const commit = git('log', '-1', '--format=%H', '--', COUNTS).trim();
    const changed = new Map();
    let lines;
    for (const row of git('diff', '-U0', '--no-ext-diff', commit).split('\n')) {
      const [, path] = /^\+\+\+ b\/(.+)$/u.exec(row) ?? [];
      if (path !== undefined) changed.set(path, (lines = []));
      const [, start, size] = /^@@ \S+ \+(\d+)(?:,(\d+))? @@/u.exec(row) ?? [];
      if (start !== undefined) lines?.push([Number(start), Number(start) + Number(size ?? 1)]);
    }
    const untracked = new Set(git('ls-files', '--others', '--exclude-standard').split('\n'));
    return ({ path, line }) =>
      untracked.has(path) ||
      (changed.get(path) ?? []).some(([start, end]) => line < end && line + 8 > start);
  } catch {
    return () => true;
  }
}

/** Returns the faults of every source file of the repository. */
function findAllFaults() {
  const patterns = ['*.ts', '*.tsx', '*.mjs', '*.cjs', '*.js', ':!*.gen.ts', ':!*fixtures*'];
  const paths = git('ls-files', '--cached', '--others', '--exclude-standard', ...patterns);
  return paths
    .split('\n')
    .filter((path) => path !== '')
    .flatMap((path) => {
      try {
        return findFaults(path, readFileSync(path, 'utf8'));
      } catch (error) {
        if (error.code === 'ENOENT') return [];
        throw error;
      }
    });
}

function main(words) {
  const faults = findAllFaults();
  const counts = countByPackage(faults);
  const recorded = JSON.parse(readFileSync(COUNTS, 'utf8'));
  if (words.includes('--update'))
    writeFileSync(COUNTS, `${JSON.stringify(lowerCounts(counts, recorded), null, 2)}\n`);
  for (const fault of faults)
    if (words.includes(packageOf(fault.path))) console.log(describeFault(fault));
  const rises = findRises(counts, recorded);
  const isRecent = rises.length > 0 ? sinceRecorded() : undefined;
  for (const [name, count, most] of rises) {
    const own = faults.filter(({ path }) => packageOf(path) === name);
    const recent = own.filter(isRecent);
    console.error(
      `${name}: expected at most ${most} phrases that are hard to read, got ${count}; rewrite the new ones:`,
    );
    const listed = recent.length > 0 ? recent : own;
    for (const fault of listed.slice(0, 20)) console.error(describeFault(fault));
    if (listed.length > 20)
      console.error(`  and ${listed.length - 20} more: npm run english -- ${name}`);
  }
  if (rises.length > 0) {
    console.error('See "Plain words" in CONTRIBUTING.md: the fact first, then the condition.');
    process.exitCode = 1;
    return;
  }
  const sum = (all) => Object.values(all).reduce((total, count) => total + count, 0);
  const fell = sum(recorded) - sum(counts);
  console.log(
    `English: ${sum(counts)} phrases that are hard to read, ${fell} fewer than recorded` +
      (fell > 0 ? '; npm run english -- --update records it' : ''),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
