// Tasks that the test runs in Node and in a browser, to compare the results.
import {
  bleu,
  corpusBleu,
  corpusChrf,
  corpusRouge,
  corpusTer,
  pairedBootstrap,
} from '@ramble/metrics';
import { applyPedal, decodeEvents, encodeNotes, parseMidi, writeMidi } from '@ramble/music';
import { summarizationFactory } from '@ramble/summarization';
import { gpt2Tokenizer } from '@ramble/tokenizers';
import { translationFactory } from '@ramble/translation';

import { learn } from './learn.mjs';

/** Trains for twenty steps on a text and samples forty tokens. Returns the losses and the output. */
export async function learned(text, engine) {
  const told = [];
  const options = { engine, steps: 20, prompt: 'To ', length: 40, seed: 3 };
  for await (const { loss, written } of learn(text, options)) told.push(loss ?? written);
  return told;
}

/** Returns ids, bytes and scores of every package that needs no engine. */
export async function encoded() {
  const pair = {
    source: 'die Wale im Meer',
    target: 'les baleines de la mer',
    from: 'de',
    to: 'fr',
  };
  const translation = await translationFactory.fit(each(pair), {
    bpeVocabSize: 270,
    sourceLanguage: 'de',
    targetLanguage: 'fr',
    bothDirections: false,
    sourceLoss: 0,
    longPairs: 'leave-out',
  });
  const document = 'A whale swims. The ship sails on. The whale fights the ship.';
  const summarization = await summarizationFactory.fit(each({ document, summary: 'a fight' }), {
    bpeVocabSize: 262,
    documentLoss: 0,
    cut: 'tf-idf',
  });
  const midi = writeMidi(decodeEvents([387, 60, 363, 64, 305, 188, 192]));
  const hypotheses = ['The cat sat on the mat.', 'A whale swims.'];
  const references = [['A cat is on the mat.', 'The whale swims there.']];
  const paired = { baseline: ['A cat.', 'A whale.'], system: hypotheses, references };
  return {
    translation: Array.from(translation.encodeExample(pair).tokens),
    summarization: Array.from(summarization.encodePrompt({ document }).tokens),
    files: { ...translationFactory.save(translation), ...summarizationFactory.save(summarization) },
    midi: Array.from(midi),
    events: encodeNotes(applyPedal(parseMidi('song.mid', midi))),
    gpt2: Array.from((await gpt2Tokenizer()).encode('Call me Ishmael, ¿sí? 🐳')),
    scores: [corpusBleu, corpusChrf, corpusTer].map(
      (scoreOf) => scoreOf(hypotheses, references).score,
    ),
    rouge: corpusRouge(hypotheses, references, { stemmer: true }),
    bootstrap: pairedBootstrap(bleu(), paired, { seed: 1, samples: 50 }),
  };
}

async function* each(example) {
  yield await Promise.resolve(example);
}
