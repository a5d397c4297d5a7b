/**
 * Measures how well a model with controls follows them: samples with one control each, and the same
 * property computed from their notes:
 *   music-controls.mjs MODEL… [--samples 10] [--seconds 30] [--seed 1] [--prior 0.5]
 */
import { parseArgs } from 'node:util';

import { loadFirstEngine } from '@ramble/core';
import {
  chordName,
  controlsOf,
  decodeEvents,
  inSeconds,
  lengthPrior,
  musicFactory,
  parseChords,
  performanceGrammar,
} from '@ramble/music';
import { nativeEngine } from '@ramble/native';
import { findRun } from '@ramble/runs/node';
import { loadDomain, loadRun } from '@ramble/runs';

import { playSamples } from '../piano-models/play-samples.mjs';

const DENSITIES = [2, 4, 8, 14];
const TEMPOS = [60, 90, 140];
const CHORDS = ['C,G,F,Am', 'C#m,G#,F#m,E'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    prior: { type: 'string', default: '0.5' },
  },
});
const [count, seconds, seed, strength] = [
  values.samples,
  values.seconds,
  values.seed,
  values.prior,
].map(Number);

await loadFirstEngine([nativeEngine]);
for (const folder of positionals) {
  const { model, ...run } = await loadRun(findRun(folder).storage);
  const domain = await loadDomain(run, musicFactory);
  const grammar = performanceGrammar({
    ...{ lowestPitch: 21, highestPitch: 108, lengthSeconds: seconds },
    maxNoteSeconds: domain.noteLengths.longNoteSeconds,
    lengthPrior: lengthPrior(domain.noteLengths, strength),
  });
  const play = async (asked) => {
    const options = { count, seconds, seed, grammar };
    const outputs = await playSamples({ model, domain }, asked, options);
    return outputs.map((tokens) => controlsOf(decodeEvents(tokens).map(inSeconds)));
  };
  console.log(`${folder}: ${count} samples of ${seconds} s, seed ${seed}`);
  row('asked for', 'median', 'lowest', 'highest');
  row('---', '---', '---', '---');
  for (const density of DENSITIES) {
    row(`${density} notes a second`, ...spread((await play({ density })).map((of) => of.density)));
  }
  for (const tempo of TEMPOS) {
    row(`${tempo} beats a minute`, ...spread((await play({ tempo })).map((of) => of.tempo)));
  }
  const listed = CHORDS.map((text) => parseChords('chords', text));
  for (const chords of listed) {
    const played = (await play({ chords })).map((of) => of.chords);
    const shares = listed.map((each) => {
      const name = each.map(chordName).join();
      return `${sharedBy(played, each)} of ${played.flat().length} are of ${name}`;
    });
    row(`the chords ${chords.map(chordName).join()}`, ...shares);
  }
}

function sharedBy(played, chords) {
  return played.flat().filter((chord) => chords.includes(chord)).length;
}

/** Median, lowest and highest. */
function spread(measured) {
  const sorted = measured.filter((value) => value !== undefined).sort((a, b) => a - b);
  return [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map((value) => value.toFixed(1));
}

function row(...cells) {
  console.log(`| ${cells.join(' | ')} |`);
}
