/**
 * Trains the small model of `examples/models/piano` from pieces in the public domain, writes it in 16 bits
 * and its card with what it measured:
 *   train-piano-model.mjs [MINUTES] [flags of train…]
 */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';

import { countParameters } from '@ramble/core';
import { getCorpus } from '@ramble/datasets';
import {
  applyPedal,
  copiedShare,
  encodeNotes,
  musicDomain,
  parseMidi,
  varyNotes,
} from '@ramble/music';
import { findRun } from '@ramble/run-folder';
import { openRun } from '@ramble/runs';

const DATA = 'piano-public';
const RUN = 'runs/piano-public';
const MODEL = 'examples/models/piano';
const RECIPE = [
  ...['--attention', 'relative', '--n-layer', '3', '--n-head', '4', '--n-embd', '96'],
  ...['--context-length', '256', '--batch-size', '8', '--max-steps', '1600'],
  ...['--learning-rate', '2e-3', '--warmup-steps', '100', '--beta2', '0.99', '--dropout', '0.1'],
  ...['--eval-interval', '100', '--seed', '1'],
];
const SAMPLES = 20;
const SAMPLE_EVENTS = 1024;

const root = join(import.meta.dirname, '..');
const [minutes = '25', ...flags] = process.argv.slice(2);
rmSync(join(root, RUN), { recursive: true, force: true });
const recipe = [...RECIPE, ...flags, '--max-minutes', minutes];
const command = ['music', 'train', '--data', DATA, '--out', RUN, ...recipe];
const training = JSON.parse(ramble(...command, '--json'));
rmSync(join(root, MODEL), { recursive: true, force: true });
narrow();
const { learned, held } = await splitPieces();
const learnedFiles = learned.map(({ path }) => path);
const evaluation = json('evaluate', '--data', held.path, '--train-data', ...learnedFiles);
const comparison = json('evaluate', '--data', DATA, '--samples', String(SAMPLES));
const samples = write();
const card = await describe();
writeFileSync(join(root, MODEL, 'README.md'), card);
console.log(card);

function ramble(...words) {
  return execFileSync(process.execPath, [join(root, 'apps/ramble/bin/ramble.js'), ...words], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function json(verb, ...words) {
  return JSON.parse(ramble('music', verb, '--model', MODEL, ...words, '--json', '--quiet'));
}

/** The best checkpoint as a run of its own, in 16 bits, that does not say where it was trained. */
function narrow() {
  const best = ['--count', '1', '--by', 'best', '--weights', 'f16'];
  ramble('music', 'average', '--model', RUN, '--out', MODEL, ...best, '--quiet');
  const file = join(root, MODEL, 'run.json');
  const description = JSON.parse(readFileSync(file, 'utf8'));
  delete description.origin;
  writeFileSync(file, `${JSON.stringify(description, null, 2)}\n`);
}

/** The pieces, the one apart that `train` validates on: it has the lowest hash of its tokens. */
async function splitPieces() {
  const { files } = await getCorpus(DATA);
  const paths = files.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const domain = musicDomain({ pedal: true, drums: false, programs: 'all', accompaniment: false });
  const pieces = paths.map((path) => {
    const piece = parseMidi(basename(path), readFileSync(path));
    const { tokens } = domain.encodeExample(piece);
    const sha256 = createHash('sha256').update(Int32Array.from(tokens)).digest('hex');
    return { path, piece, sha256, name: basename(path, '.mid') };
  });
  pieces.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  return { held: pieces[0], learned: pieces.slice(1) };
}

/** Events of samples, drawn with the settings that the card names. */
function write() {
  const out = join(root, RUN, 'sample.mid');
  const words = [
    '--count',
    SAMPLES,
    '--max-new-tokens',
    SAMPLE_EVENTS,
    '--seed',
    '1',
    '--out',
    out,
  ];
  return ramble('music', 'sample', '--model', MODEL, ...words.map(String), '--json', '--quiet')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).tokens);
}

/** Shares of what was written that stands in what was learned. */
function copies() {
  const notes = learned.map(({ piece }) => applyPedal(piece));
  const inKeys = [-3, -2, -1, 0, 1, 2, 3].flatMap((semitones) =>
    notes.map((each) => varyNotes(each, { semitones, stretch: 1 }, [0, 127])),
  );
  const pitches = (ids) => Array.from(ids).filter((id) => id < 128);
  const known = inKeys.map(encodeNotes);
  return {
    asTheyAre: copiedShare(samples, notes.map(encodeNotes)),
    inAnyKey: copiedShare(samples, known),
    byPitch: copiedShare(samples.map(pitches), known.map(pitches)),
  };
}

async function describe() {
  const { description } = await openRun(findRun(join(root, MODEL)).storage);
  const { asTheyAre, inAnyKey, byPitch } = copies();
  const { loss, baselines, natsPerNote, natsPerSecond, tokens } = evaluation;
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const parameters = countParameters(description.model);
  const minutesTaken = training.elapsedSeconds / 60;
  return `# A small model of piano music

${parameters.toLocaleString('en-US')} parameters in 16 bits, ${DATA}: what ${minutesTaken.toFixed(0)} minutes of training make of ten pieces. It plays ragtime of sorts, a little too thick, and forgets where it was going: half an hour of music is enough to try things out with, and no more.

\`\`\`sh
ramble music sample --model ${MODEL} --length-seconds 30 --seed 7
\`\`\`

- **Data**: the corpus \`${DATA}\`, ten pieces of Mutopia in the public domain: eight by Joplin, one each by Debussy and Satie. Typeset, not played: all notes are as loud as the score says, on the beat. \`${held.name}\` was held out, by content as always.
- **Command**: \`ramble ${command.join(' ')}\`, by \`node tools/train-piano-model.mjs\`.
- **Time**: ${training.step.toLocaleString('en-US')} steps, ${training.tokensSeen.toLocaleString('en-US')} events in ${minutesTaken.toFixed(1)} minutes on ${cpus()[0].model.trim()}, ${cpus().length} threads, beside other work. The checkpoint is the best of them, of step ${(training.bestStep ?? training.step).toLocaleString('en-US')}.

| on the piece held out, ${tokens.toLocaleString('en-US')} events | nats |
| --- | --- |
| **the model**, an event | **${loss.toFixed(3)}** |
| the model, a note | ${natsPerNote.toFixed(3)} |
| the model, a second | ${natsPerSecond.toFixed(3)} |
| one to whom all events are alike | ${baselines.uniform.toFixed(3)} |
| one who counted in the other pieces how often each comes | ${baselines.unigram.toFixed(3)} |
| one who counted there how often each comes behind each other | ${baselines.bigram.toFixed(3)} |

## What it has by heart

Of the spans of 32 events in ${SAMPLES} samples of up to ${SAMPLE_EVENTS} events (seed 1, temperature 1) **${percent(asTheyAre)}** stand in the pieces that it learned from, ${percent(inAnyKey)} in one of the seven keys that it learned them in. Of the spans of 32 notes ${percent(byPitch)} have the pitches of one there, whatever their times.

## What its samples are like

${statisticsTable(comparison.statistics)}
`;
}

/** `evaluate --samples` as a table. */
function statisticsTable({ samples: ours, data, spread: { low, high } }) {
  const rows = ours.flatMap((statistic) => {
    const of = (each) => {
      const { shares, values, value } = each.find(({ name }) => name === statistic.name) ?? {};
      return shares ?? values ?? { '': value };
    };
    const all = [ours, data, low, high].map(of);
    const format = (number) => {
      if (statistic.shares) return `${(100 * (number ?? 0)).toFixed(1)} %`;
      return number?.toFixed(3) ?? '';
    };
    const labels = [...new Set(all.flatMap(Object.keys))];
    return labels.map((label) => {
      const [own, known, least, most] = all.map((numbers) => format(numbers[label]));
      const name = label === '' ? statistic.name : `${statistic.name}: ${label}`;
      return [name, own, known, `${least} to ${most}`];
    });
  });
  const head = ['', 'samples', 'the ten pieces', 'nine of ten pieces have'];
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
