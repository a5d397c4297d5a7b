/**
 * Writes performances with a run of music by its grammar, and checks each of them:
 *   check-performances.mjs RUN [COUNT] [flags of sample…]
 * The encoder must be able to write its events, every note must end, @tonejs/midi and Python's mido must read the
 * same notes from its file, and the same seed must write the same files.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { decodeEvents, eventOf } from '@ramble/music';
import toneMidi from '@tonejs/midi';

register('./typescript-hooks.mjs', import.meta.url);
const { couldBeWritten } = await import('../packages/music/test/could-be-written.ts');

const END = 388;
const [run, count = '200', ...flags] = process.argv.slice(2);
const ramble = join(import.meta.dirname, '../apps/ramble/bin/ramble.js');
const peers = join(import.meta.dirname, 'peers/run-midi');
const folder = mkdtempSync(join(tmpdir(), 'ramble-performances-'));
try {
  const samples = write('one');
  const again = write('two');
  const files = samples.map(({ file }) => file);
  const options = { encoding: 'utf8', maxBuffer: 1e9 };
  const byMido = execFileSync(peers, ['notes', ...files], options)
    .trim()
    .split('\n');
  const failures = samples.flatMap(({ file, tokens }, i) => {
    const notes = decodeEvents(tokens);
    const checks = {
      'could be written by the encoder': couldBeWritten([...tokens, END]),
      'ends every note': soundingAtEnd(tokens) === 0,
      'is read by @tonejs/midi as it was written': same(readByTone(file), notes),
      'is read by mido as it was written': same(readByMido(byMido[i]), notes),
      'is the same for the same seed': readFileSync(file).equals(readFileSync(again[i].file)),
    };
    const failed = Object.entries(checks).filter(([, passed]) => !passed);
    return failed.map(([name]) => `sample ${i + 1}: not so: ${name}`);
  });
  for (const failure of failures) console.log(failure);
  const events = samples.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const notes = samples.reduce((sum, { tokens }) => sum + decodeEvents(tokens).length, 0);
  console.log(
    `${samples.length} performances, ${events} events, ${notes} notes: ${failures.length} failures`,
  );
  if (failures.length > 0 || samples.length !== Number(count)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Returns samples, each with its file and its tokens. */
function write(name) {
  const out = join(folder, `${name}.mid`);
  const words = [
    '--model',
    run,
    '--count',
    count,
    '--seed',
    '1',
    '--out',
    out,
    '--json',
    '--quiet',
  ];
  const lines = execFileSync(process.execPath, [ramble, 'music', 'sample', ...words, ...flags], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Returns the number of notes that never end or start twice, and of ends without a note. */
function soundingAtEnd(tokens) {
  const sounding = new Set();
  let wrong = 0;
  for (const event of tokens.map(eventOf)) {
    if (event.kind === 'noteOn' && sounding.has(event.pitch)) wrong++;
    if (event.kind === 'noteOn') sounding.add(event.pitch);
    if (event.kind === 'noteOff' && !sounding.delete(event.pitch)) wrong++;
  }
  return sounding.size + wrong;
}

function readByTone(file) {
  const { tracks } = new toneMidi.Midi(readFileSync(file));
  return tracks.flatMap(({ notes }) =>
    notes.map(({ time, duration, midi, velocity }) => ({
      startStep: Math.round(100 * time),
      endStep: Math.round(100 * (time + duration)),
      pitch: midi,
      velocity: Math.round(127 * velocity),
    })),
  );
}

function readByMido(line) {
  return JSON.parse(line).map(([start, end, pitch, velocity]) => ({
    startStep: Math.round(100 * start),
    endStep: Math.round(100 * end),
    pitch,
    velocity,
  }));
}

function same(read, written) {
  const sorted = (notes) =>
    notes.map((n) => [n.startStep, n.endStep, n.pitch, n.velocity].join()).sort();
  return sorted(read).join(';') === sorted(written).join(';');
}
