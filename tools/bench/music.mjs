/**
 * Times reading and encoding a folder of MIDI files on one thread in turns with pretty_midi, which
 * reads them only:
 *   music.mjs FOLDER [rounds]
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { applyPedal, encodeNotes, parseMidi } from '@ramble/music';

import { median } from './numbers.mjs';

const [folder, rounds = '3'] = process.argv.slice(2);
const peers = join(import.meta.dirname, '../peers/run-midi');
const paths = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith('.mid'))
  .map((path) => join(folder, path));

const ours = [];
const theirs = [];
for (let round = 0; round < Number(rounds); round++) {
  ours.push(encodeAll());
  theirs.push(JSON.parse(execFileSync(peers, ['parse', folder], { encoding: 'utf8' })));
}
const [own, other] = [ours, theirs].map((runs) => median(runs.map(({ seconds }) => seconds)));
const { files, notes } = theirs[0];
console.log(`${files} files, ${notes} notes, median of ${rounds}`);
console.log(`ramble: read, pedal, encode  ${own.toFixed(2)} s`);
console.log(`pretty_midi: read            ${other.toFixed(2)} s`);
console.log(`ratio                        ${(other / own).toFixed(2)}`);

function encodeAll() {
  const start = performance.now();
  let events = 0;
  for (const path of paths) {
    events += encodeNotes(applyPedal(parseMidi(path, readFileSync(path)))).length;
  }
  return { seconds: (performance.now() - start) / 1000, events };
}
