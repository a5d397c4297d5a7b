/**
 * Compares REMI with MidiTok itself on a folder of MIDI files, for several settings: the ids of each file, and the
 * notes that they are decoded to.
 *   check-miditok.mjs FOLDER [LINES…]
 * LINES are files with the output of `tools/peers/run-miditok digests FOLDER`; without them, it is run.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  decodeRemi,
  encodeScore,
  parseScore,
  parseTracks,
  REMI_DEFAULTS,
  remiVocabulary,
} from '@ramble/music';

const [folder, ...lineFiles] = process.argv.slice(2);
if (!existsSync(folder ?? '') || !readdirSync(folder, { recursive: true }).some(isMidi)) {
  console.error(`FOLDER: expected a folder with .mid files, got ${folder ?? 'none'}`);
  process.exit(2);
}
const peers = join(import.meta.dirname, 'peers/run-miditok');
const printed = (...words) => execFileSync(peers, words, { encoding: 'utf8', maxBuffer: 1e9 });
const linesOf = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const vocabularies = linesOf(printed('vocabulary')).map(({ variant, settings, names }) => {
  const programs = parseTracks('tracks', settings.tracks ?? 'all');
  const vocabulary = remiVocabulary({ ...REMI_DEFAULTS, ...settings, programs });
  if (vocabulary.names.join() !== names.join()) report(`${variant}: other tokens`);
  return { variant, vocabulary };
});

let [files, ids, notes] = [0, 0, 0];
const text = lineFiles.map((file) => readFileSync(file, 'utf8')).join('');
for (const { file, refusal, variants } of linesOf(text || printed('digests', folder))) {
  files++;
  let score;
  try {
    score = parseScore(file, readFileSync(join(folder, file)));
  } catch (error) {
    const both = refusal === undefined ? 'refused here alone' : `refused by both (${refusal})`;
    if (refusal === undefined) process.exitCode = 1;
    console.log(`  ${both}: ${error.message}`);
    continue;
  }
  if (refusal !== undefined) {
    console.log(`  ${file}: read here, refused by MidiTok: ${refusal}`);
    continue;
  }
  for (const { variant, vocabulary } of vocabularies) {
    const expected = variants[variant];
    const own = Array.from(encodeScore(score, vocabulary));
    if (hash(own) !== expected.ids) report(`${file}, ${variant}: other ids`);
    else if (hash(shown(decodeRemi(own, vocabulary))) !== expected.decoded) {
      report(`${file}, ${variant}: other notes`);
    }
    ids += own.length;
    notes += expected.notes;
  }
}
console.log(
  `${files} files in ${vocabularies.length} settings: ${ids} ids and ${notes} decoded notes compared`,
);

function isMidi(name) {
  return name.endsWith('.mid');
}

function report(difference) {
  process.exitCode = 1;
  console.log(`  ${difference}`);
}

function shown({ ticksPerQuarter, parts, tempos, timeSignatures }) {
  return {
    ticksPerQuarter,
    parts: parts.map((part) => [
      part.program,
      part.notes.map(({ tick, durationTicks, pitch, velocity }) => {
        return [tick, durationTicks, pitch, velocity];
      }),
    ]),
    tempos: tempos.map(({ tick, microsecondsPerQuarter }) => [tick, microsecondsPerQuarter]),
    timeSignatures: timeSignatures.map(({ tick, beats, beatType }) => [tick, beats, beatType]),
  };
}

function hash(value) {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
