/**
 * Whether a small music model learns the same in PyTorch, plain and with relative attention:
 *   pytorch-loss.mjs FOLDER [steps]
 * Trains on the pieces of a folder of MIDI files but for every tenth, gives PyTorch the same first values,
 * batches and learning rates, and prints a line of JSON for each kind of attention: both losses of the
 * pieces held out, and how far the two losses of a batch were ever apart.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  createModel,
  cropBatches,
  evaluateLoss,
  memoryTokens,
  train,
  trainingConfig,
  windowBatches,
} from '@ramble/core';
import { musicDomain, parseMidi } from '@ramble/music';
import { nativeEngine } from '@ramble/native';

const [pieces, steps = '300'] = process.argv.slice(2);
if (pieces === undefined) {
  throw new Error('pytorch-loss.mjs: the first argument must be a folder of MIDI files');
}
// As `music-kinds.mjs` trains.
const SHAPE = { contextLength: 512, nLayer: 4, nHead: 4, nEmbd: 256 };
const WINDOW = { contextLength: SHAPE.contextLength, batchSize: 8 };
const HELD_OUT_WINDOWS = 20;
const config = trainingConfig({
  ...{ maxSteps: Number(steps), batchSize: WINDOW.batchSize },
  ...{ learningRate: 1.5e-3, warmupSteps: 100, beta2: 0.99 },
});

await nativeEngine.load();
const domain = musicDomain({ pedal: true, drums: false, programs: 'all', accompaniment: false });
const shape = { ...SHAPE, vocabSize: domain.vocabulary.size };
const { learned, held } = readPieces();
for (const attention of ['causal', 'relative']) {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-pytorch-loss-'));
  try {
    const ours = await learn(attention, folder);
    const theirs = JSON.parse(
      execFileSync(join(import.meta.dirname, '../peers/run'), ['train_music.py', folder]),
    );
    const apart = ours.losses.map((loss, i) => Math.abs(loss - theirs.losses[i]));
    const [ramble, pytorch] = [ours.heldOutLoss, theirs.heldOutLoss];
    const difference = ramble - pytorch;
    const mostApart = Math.max(...apart);
    console.log(JSON.stringify({ attention, steps, ramble, pytorch, difference, mostApart }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Events of the pieces, one after another; held-out events fill whole windows. */
function readPieces() {
  const names = readdirSync(pieces, { recursive: true }).filter((name) => /\.midi?$/i.test(name));
  const events = names.sort().map((name) => {
    const piece = parseMidi(name, readFileSync(join(pieces, name)));
    return Array.from(domain.encodeExample(piece).tokens);
  });
  const isHeld = (i) => i % 10 === 9;
  const windows = HELD_OUT_WINDOWS * SHAPE.contextLength + 1;
  return {
    learned: memoryTokens(events.filter((_, i) => !isHeld(i)).flat()),
    held: memoryTokens(
      events
        .filter((_, i) => isHeld(i))
        .flat()
        .slice(0, windows),
    ),
  };
}

/** Trains, and leaves what PyTorch needs to do the same in a folder. */
async function learn(attention, folder) {
  const model = createModel({ ...shape, attention }, { seed: 0 });
  const { parameters } = model;
  writeNumbers(
    'parameters',
    parameters.specs.map(({ name }) => parameters.read(name)),
  );
  const batches = cropBatches(learned, { ...WINDOW, seed: 0 });
  const [losses, learningRates] = [[], []];
  for await (const report of train({ model, config, batches, clock: performance })) {
    if (report.kind !== 'step') continue;
    losses.push(report.loss);
    learningRates.push(report.learningRate);
  }
  const { loss: heldOutLoss } = await evaluateLoss(model, windowBatches(held, WINDOW));
  const drawn = await Promise.all(losses.map((_, step) => batches.batch(step)));
  writeNumbers(
    'batches',
    drawn.flatMap(({ tokens, targets }) => [tokens, targets]),
  );
  writeNumbers('held-out', [await held.read(0, held.length)]);
  const { gradClip, beta2, weightDecay } = config;
  const setup = {
    ...{ shape, relative: attention === 'relative', batchSize: WINDOW.batchSize },
    ...{ learningRates, gradClip, beta2, weightDecay, specs: parameters.specs },
  };
  writeFileSync(join(folder, 'setup.json'), JSON.stringify(setup));
  model.dispose();
  return { losses, heldOutLoss };

  function writeNumbers(name, arrays) {
    const bytes = arrays.map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength),
    );
    writeFileSync(join(folder, name), Buffer.concat(bytes));
  }
}
