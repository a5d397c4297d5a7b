// Learns to accompany melodies from some MIDI files, then accompanies the melody of another: node
// examples/music/accompaniment.mjs MELODY.mid OUT.mid STEPS SONG.mid... 600 steps take some minutes; the
// model then memorizes the songs instead of their style.
import { readFileSync, writeFileSync } from 'node:fs';

import {
  createModel,
  exampleBatches,
  generate,
  loadFirstEngine,
  train,
  trainingConfig,
} from '@ramble/core';
import { musicDomain, parseMidi, writeMidi } from '@ramble/music';
import { nativeEngine } from '@ramble/native';
import { wasmEngine } from '@ramble/portable';

const [melody, out, steps, ...songs] = process.argv.slice(2);
if (songs.length === 0) {
  console.error(
    'usage: node examples/music/accompaniment.mjs MELODY.mid OUT.mid STEPS SONG.mid...',
  );
  process.exit(2);
}
const read = (path) => parseMidi(path, readFileSync(path));
await loadFirstEngine([nativeEngine, wasmEngine]);
const domain = musicDomain({ pedal: true, drums: false, programs: 'all', accompaniment: true });
const contextLength = 256;

// Each example is a section of a song: its melody, then its performance.
const sections = songs.flatMap((song) => [
  ...domain.segments(domain.encodeExample(read(song)), contextLength),
]);
const source = {
  length: sections.length,
  lengthOf: (i) => sections[i].tokens.length,
  read: (i) => Promise.resolve(sections[i]),
};
const vocabSize = domain.vocabulary.size;
const model = createModel({ vocabSize, contextLength, nLayer: 2, nHead: 4, nEmbd: 64 });
const config = trainingConfig({ maxSteps: Number(steps), batchSize: 4, learningRate: 2e-3 });
const batches = exampleBatches(source, { contextLength, batchSize: config.batchSize, seed: 1 });
for await (const report of train({ model, config, batches, clock: performance })) {
  if (report.kind === 'step' && report.step % 20 === 0) {
    console.log(`step ${report.step}: ${report.loss.toFixed(3)} nats an event`);
  }
}

const prompt = domain.encodePrompt({ melody: read(melody), seconds: 6 });
const { stopTokens, grammar } = domain;
const options = {
  maxNewTokens: contextLength - prompt.tokens.length,
  stopTokens,
  grammar,
  seed: 3,
};
const tokens = [];
for await (const event of generate(model, prompt, options)) {
  if (event.kind === 'token') tokens.push(event.token);
}
const notes = domain.decodeOutput(tokens);
writeFileSync(out, writeMidi(notes));
console.log(`${out}: ${notes.length} notes`);
