/**
 * Compares the ids of a folder of MIDI files with note-seq's own, with and without the pedal:
 *   check-note-seq.mjs FOLDER [LINES…]
 * LINES are files with the output of `tools/peers/run-midi ids FOLDER`; without them, it is run. Lists the files
 * whose ids change when they are decoded and encoded again.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { applyPedal, decodeEvents, encodeNotes, inSeconds, parseMidi } from '@ramble/music';

const [folder, ...lineFiles] = process.argv.slice(2);
const peers = join(import.meta.dirname, 'peers/run-midi');
const text =
  lineFiles.length > 0
    ? lineFiles.map((file) => readFileSync(file, 'utf8')).join('')
    : execFileSync(peers, ['ids', folder], { encoding: 'utf8', maxBuffer: 1e8 });
const expected = text
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const wrong = [];
const changed = [];
for (const { file, plain, sustain, identical, stable } of expected) {
  const piece = parseMidi(file, readFileSync(join(folder, file)));
  const ids = encodeNotes(applyPedal(piece));
  const again = reencode(ids);
  if (!same(ids, again)) changed.push(file);
  const isRight =
    hash(encodeNotes(piece.notes)) === plain &&
    hash(ids) === sustain &&
    same(ids, again) === identical &&
    same(again, reencode(again)) === stable;
  if (!isRight) wrong.push(file);
}
console.log(`${expected.length} files, ${expected.length - wrong.length} as note-seq has them`);
for (const file of wrong) console.log(`  other: ${file}`);
console.log(
  `${changed.length} change when they are decoded and encoded again, the second time none:`,
);
for (const file of changed.sort()) console.log(`  ${file}`);
if (wrong.length > 0) process.exitCode = 1;

function reencode(ids) {
  return encodeNotes(decodeEvents(ids).map(inSeconds));
}

function same(a, b) {
  return hash(a) === hash(b);
}

function hash(ids) {
  return createHash('sha256').update(Array.from(ids).join(' ')).digest('hex');
}
