/**
 * Measures the effect of the window on long performances: notes at once in every ten seconds, and
 * lengths of notes. Compares windows that begin with the sounding notes and windows that do not,
 * with a longest note, with a length prior, and without:
 *   music-windows.mjs MODEL… [--samples 10] [--seconds 60] [--seed 1] [--temperature 1] [--prior 0.5] [--data CORPUS]
 */
import { parseArgs } from 'node:util';

import { loadFirstEngine } from '@ramble/core';
import { getCorpus } from '@ramble/datasets';
import {
  applyPedal,
  decodeEvents,
  lengthPrior,
  musicFactory,
  performanceGrammar,
} from '@ramble/music';
import { nativeEngine } from '@ramble/native';
import { findRun } from '@ramble/runs/node';
import { loadDomain, loadRun } from '@ramble/runs';

import { readPieces } from '../piano-models/pieces.mjs';
import { playSamples } from '../piano-models/play-samples.mjs';

const STEPS_A_SECOND = 100;
const PART = 10;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    temperature: { type: 'string', default: '1' },
    prior: { type: 'string', default: '0.5' },
    data: { type: 'string' },
  },
});
const [samples, seconds, seed, temperature, strength] = [
  values.samples,
  values.seconds,
  values.seed,
  values.temperature,
  values.prior,
].map(Number);

if (values.data !== undefined) await describeData(values.data);
await loadFirstEngine([nativeEngine]);
for (const folder of positionals) {
  const { model, ...run } = await loadRun(findRun(folder).storage);
  const domain = await loadDomain(run, musicFactory);
  const { longNoteSeconds } = domain.noteLengths;
  console.log(
    `${folder}: ${samples} samples of ${seconds} s, seed ${seed}, temperature ${temperature}`,
  );
  const parts = Array.from(
    { length: seconds / PART },
    (_, i) => `${PART * i} to ${PART * (i + 1)} s`,
  );
  row('window', 'longest note', ...parts, 'over 4 s', 'longest', 'never ended');
  row(...new Array(parts.length + 5).fill('---'));
  const prior = lengthPrior(domain.noteLengths, strength);
  const limits = [
    ['any', {}],
    [`${longNoteSeconds} s`, { maxNoteSeconds: longNoteSeconds }],
    [
      `${longNoteSeconds} s, prior ${strength}`,
      { maxNoteSeconds: longNoteSeconds, lengthPrior: prior },
    ],
  ];
  for (const [limit, rule] of prior ? limits : limits.slice(0, -1)) {
    for (const restates of [false, true]) {
      const rules = { lowestPitch: 21, highestPitch: 108, lengthSeconds: seconds, ...rule };
      const { restate, ...grammar } = performanceGrammar(rules);
      const played = await play(model, domain, restates ? { ...grammar, restate } : grammar);
      row(restates ? 'with what sounds' : 'its tokens alone', limit, ...measures(played));
    }
  }
}

/** Notes at once in the pieces of a corpus, while they last, and how long the notes are. */
async function describeData(name) {
  const pieces = readPieces((await getCorpus(name)).files);
  let [sounding, lasting] = [0, 0];
  const lengths = [];
  for (const { piece } of pieces) {
    const notes = applyPedal(piece);
    const own = notes.map(({ startSeconds, endSeconds }) => endSeconds - startSeconds);
    sounding += own.reduce((sum, length) => sum + length, 0);
    const start = notes.reduce((first, note) => Math.min(first, note.startSeconds), Infinity);
    lasting += notes.reduce((last, note) => Math.max(last, note.endSeconds), 0) - start;
    lengths.push(...own);
  }
  lengths.sort((a, b) => a - b);
  const within = (share) => lengths[Math.floor(share * (lengths.length - 1))].toFixed(2);
  console.log(
    `${name}: ${pieces.length} pieces, notes at once ${(sounding / lasting).toFixed(2)}; of the notes 99.5 % are at most ${within(0.995)} s long, 99.9 % ${within(0.999)} s, all ${within(1)} s`,
  );
}

async function play(model, domain, grammar) {
  const options = { count: samples, seconds, seed, temperature, grammar };
  const outputs = await playSamples({ model, domain }, {}, options);
  return outputs.map((tokens) => ({ tokens, notes: decodeEvents(tokens) }));
}

function measures(played) {
  const all = played.flatMap(({ notes }) => notes);
  const atOnce = Array.from({ length: seconds / PART }, (_, i) => {
    const [from, to] = [i, i + 1].map((part) => part * PART * STEPS_A_SECOND);
    const sounding = all.reduce(
      (sum, note) => sum + Math.max(0, Math.min(to, note.endStep) - Math.max(from, note.startStep)),
      0,
    );
    return (sounding / (to - from) / samples).toFixed(2);
  });
  const lengths = all.map(({ startStep, endStep }) => (endStep - startStep) / STEPS_A_SECOND);
  const long = lengths.filter((length) => length > 4).length / lengths.length;
  const hanging = played.reduce((sum, { tokens }) => sum + neverEnded(tokens), 0);
  return [...atOnce, `${(100 * long).toFixed(1)} %`, `${Math.max(...lengths)} s`, hanging];
}

/** Notes that the events strike and do not end. */
function neverEnded(tokens) {
  const struck = tokens.filter((id) => id < 128).length;
  return struck - tokens.filter((id) => id >= 128 && id < 256).length;
}

function row(...cells) {
  console.log(`| ${cells.join(' | ')} |`);
}
