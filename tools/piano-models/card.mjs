import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { countParameters } from '@ramble/core/model';
import { applyPedal, copiedShare, encodeNotes } from '@ramble/music';
import { findRun } from '@ramble/runs/node';
import { openRun } from '@ramble/runs';

import { inAllKeys } from './pieces.mjs';

const NOTE_ONS = 128;
const thousands = (number) => number.toLocaleString('en-US');
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Returns the card of a model: its training, measurements, memorized fraction and statistics of its samples. */
export async function cardOf(facts) {
  const { root, recipe, model, commands, runs, held, evaluation, comparison } = facts;
  const { description } = await openRun(findRun(join(root, model)).storage);
  const trainings = runs.map((run) => readTraining(join(root, run)));
  const minutes = (trainings.reduce((sum, { seconds }) => sum + seconds, 0) / 60).toFixed(0);
  const parameters = thousands(countParameters(description.model));
  const { loss, baselines, natsPerNote, natsPerSecond, tokens } = evaluation;
  const apart = held.length === 1 ? 'the held-out piece' : `the ${held.length} held-out pieces`;
  return `# ${recipe.title}

${recipe.introduction({ parameters, minutes })}

\`\`\`sh
npx ramble music sample --model ${model} --length-seconds 30 --seed 1
\`\`\`

- **Data**: ${recipe.dataWords({ held: held[0].name })}
- **Command**: ${commands.map((command) => `\`ramble ${command.join(' ')}\``).join(', then ')}, by \`node tools/train-piano-model.mjs ${facts.name}\`.
- **Time**: ${trainings.map(stageWords).join(', then ')} on ${cpus()[0].model.trim()}, ${cpus().length} threads. The checkpoint is the best of the ${runs.length > 1 ? 'last training' : 'training'}.

| on ${apart}, ${thousands(tokens)} events | nats |
| --- | --- |
| **the model**, an event | **${loss.toFixed(3)}** |
| the model, a note | ${natsPerNote.toFixed(3)} |
| the model, a second | ${natsPerSecond.toFixed(3)} |
| the uniform baseline: all events are equally likely | ${baselines.uniform.toFixed(3)} |
| the unigram baseline, counted in the other pieces | ${baselines.unigram.toFixed(3)} |
| the bigram baseline, counted in the other pieces | ${baselines.bigram.toFixed(3)} |
${samplesSection(facts)}
## What it memorized

${heartWords(facts)}

## Statistics of its samples

${statisticsTable(comparison.statistics, recipe.pieces)}
`;
}

/** Returns steps, events and seconds of a run, from its settings and its log. */
function readTraining(run) {
  const { model, training } = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
  const lines = readFileSync(join(run, 'log.jsonl'), 'utf8').trim().split('\n').map(JSON.parse);
  const { step, elapsedSeconds } = lines.at(-1);
  return {
    steps: step,
    events: step * training.batchSize * model.contextLength,
    seconds: elapsedSeconds,
  };
}

function stageWords({ steps, events, seconds }) {
  return `${thousands(steps)} steps of ${thousands(events)} events in ${(seconds / 60).toFixed(1)} minutes`;
}

function samplesSection({ recipe, model }) {
  if (recipe.samples.length === 0) return '';
  const rows = recipe.samples.map(
    (flags, i) =>
      `npx ramble music sample --model ${model} ${flags.join(' ')} --out ${i + 1}.mid --wav`,
  );
  return `
## Samples

The folder \`samples\` has these samples as MIDI. Each command writes one again, with its sound (if the system has no instruments, name some with \`--soundfont\`):

\`\`\`sh
${rows.join('\n')}
\`\`\`
`;
}

/**
 * Returns sentences on the fractions of an output that are copied from the training data, in the same key and in any
 * key.
 */
function heartWords({ written, learned }) {
  const pitches = (ids) => Array.from(ids).filter((id) => id < NOTE_ONS);
  const asTheyAre = copiedShare(
    written,
    learned.map(({ piece }) => encodeNotes(applyPedal(piece))),
  );
  const inAnyKey = copiedShare(written, inAllKeys(learned));
  const byPitch = copiedShare(
    written.map(pitches),
    (function* () {
      for (const ids of inAllKeys(learned)) yield pitches(ids);
    })(),
  );
  return `The model generated ${written.length} samples of up to 1,024 events (seed 1, temperature 1). **${percent(asTheyAre)}** of their spans of 32 events are copies of spans in the training pieces, or ${percent(inAnyKey)} if all seven keys of training count. ${percent(byPitch)} of their spans of 32 notes have the same pitches as a span there, at any times.`;
}

/** Formats `evaluate --samples` as a table. */
function statisticsTable({ samples: ours, data, spread: { low, high } }, pieces) {
  const rows = ours.flatMap((statistic) => {
    const of = (each) => {
      const { shares, values, value } = each.find(({ name }) => name === statistic.name) ?? {};
      return shares ?? values ?? { '': value };
    };
    const all = [ours, data, low, high].map(of);
    const format = (number) => {
      if (statistic.shares) return percent(number ?? 0);
      return number?.toFixed(3) ?? '';
    };
    const labels = [...new Set(all.flatMap(Object.keys))];
    return labels.map((label) => {
      const [own, known, least, most] = all.map((numbers) => format(numbers[label]));
      const name = label === '' ? statistic.name : `${statistic.name}: ${label}`;
      return [name, own, known, `${least} to ${most}`];
    });
  });
  const head = ['', 'samples', pieces, 'nine of ten pieces have'];
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
