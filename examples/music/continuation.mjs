// Continues the first ten seconds of a MIDI file for twenty seconds: node examples/music/continuation.mjs
// SONG.mid OUT.mid [RUN] [SEED]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { generate, loadFirstEngine } from '@ramble/core';
import { musicFactory, parseMidi, performanceGrammar, writeMidi } from '@ramble/music';
import { nativeEngine } from '@ramble/native';
import { wasmEngine } from '@ramble/portable';
import { folderStorage } from '@ramble/runs/node';
import { loadDomain, loadRun } from '@ramble/runs';

const [song, out, folder = join(import.meta.dirname, '../models/piano'), seed = '7'] =
  process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node examples/music/continuation.mjs SONG.mid OUT.mid [RUN] [SEED]');
  process.exit(2);
}
await loadFirstEngine([nativeEngine, wasmEngine]);
const run = await loadRun(folderStorage(folder));
const domain = await loadDomain(run, musicFactory);

const piece = parseMidi(song, readFileSync(song));
const prompt = domain.encodePrompt({ piece, seconds: 10 });
const maxNewTokens = 1500;
const tokens = Array.from(prompt.tokens);
for await (const event of generate(run.model, prompt, {
  seed: Number(seed),
  temperature: 0.95,
  maxNewTokens,
  stopTokens: domain.stopTokens,
  grammar: performanceGrammar({ lengthSeconds: 20, maxEvents: maxNewTokens }),
})) {
  if (event.kind === 'token') tokens.push(event.token);
}
const notes = domain.decodeOutput(tokens);
writeFileSync(out, writeMidi(notes));
console.log(
  `${out}: ${notes.length} notes, of which ${domain.decodeOutput(Array.from(prompt.tokens)).length} were there`,
);
