// Draws the attention between the notes of a MIDI file's first seconds, as a page: node
// examples/music/attention-picture.mjs SONG.mid OUT.html [RUN]
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { loadFirstEngine } from '@ramble/core';
import { attentionPicture } from '@ramble/explorer/pages';
import { musicFactory, noteAttention, parseMidi } from '@ramble/music';
import { nativeEngine } from '@ramble/native';
import { wasmEngine } from '@ramble/portable';
import { folderStorage } from '@ramble/runs/node';
import { loadDomain, loadRun } from '@ramble/runs';
import { attentionWeights } from '@ramble/core/study';

const [song, out, folder = join(import.meta.dirname, '../models/piano')] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node examples/music/attention-picture.mjs SONG.mid OUT.html [RUN]');
  process.exit(2);
}
await loadFirstEngine([nativeEngine, wasmEngine]);
const run = await loadRun(folderStorage(folder));
const domain = await loadDomain(run, musicFactory);

const piece = parseMidi(song, readFileSync(song));
// Uses as many seconds as fit into the context, at most fifteen.
const prompt = domain.encodePrompt({ piece, seconds: 15 });
const tokens = Array.from(prompt.tokens).slice(0, run.model.config.contextLength);
const attention = attentionWeights(run.model, { tokens });
const words = tokens.map((token) => ({ token, word: domain.vocabulary.describe(token) }));
const notes = noteAttention({ tokens: words, attention });
writeFileSync(out, attentionPicture({ kind: 'notes', ...notes }, basename(song)));
console.log(
  `${out}: ${attention.length} layers of ${attention[0].length} heads, ${tokens.length} tokens`,
);
