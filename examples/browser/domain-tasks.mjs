import { exampleBatches, pieceBatches } from '@ramble/core';
import { choraleDomain, musicDomain, parseMidi, writeMidi } from '@ramble/music';
import { summarizationFactory } from '@ramble/summarization';
import { translationFactory } from '@ramble/translation';

/** Each domain with its training data and a prompt. Domains of long pieces train on crops. */
export const TASKS = {
  music: () => {
    const domain = musicDomain({
      pedal: true,
      drums: false,
      programs: 'all',
      accompaniment: false,
    });
    // A scale up and down, each note held while the next is struck.
    const scale = [60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62];
    const notes = scale.map((pitch, i) => ({
      startStep: 25 * i,
      endStep: 25 * i + 40,
      pitch,
      velocity: 61 + 4 * (i % 4),
    }));
    const piece = parseMidi('scale.mid', writeMidi(notes));
    return { domain, examples: [piece], prompt: { piece, seconds: 1 }, batches: pieceBatches };
  },
  chorales: () => {
    const steps = Array.from({ length: 24 }, (_, i) => [72, 67, 64, 48].map((p) => p + (i >> 2)));
    const prompt = { chorale: steps.slice(0, 2) };
    return { domain: choraleDomain, examples: [steps], prompt, batches: pieceBatches };
  },
  translation: async () => {
    const examples = [
      { source: 'die Wale im Meer', target: 'les baleines de la mer' },
      { source: 'das Schiff im Meer', target: 'le navire de la mer' },
    ];
    const domain = await translationFactory.fit(each(examples), {
      bpeVocabSize: 270,
      sourceLanguage: 'de',
      targetLanguage: 'fr',
      bothDirections: true,
      sourceLoss: 0.5,
      longPairs: 'leave-out',
    });
    return { domain, examples, prompt: { source: 'das Meer' }, batches: exampleBatches };
  },
  summarization: async () => {
    const examples = [
      { document: 'A whale swims. The ship sails.', summary: 'a whale' },
      { document: 'The ship fights the whale.', summary: 'a fight' },
    ];
    const domain = await summarizationFactory.fit(each(examples), {
      bpeVocabSize: 270,
      documentLoss: 0.5,
      cut: 'tf-idf',
    });
    return { domain, examples, prompt: { document: 'The whale sails.' }, batches: exampleBatches };
  },
};

async function* each(examples) {
  for (const example of examples) yield await Promise.resolve(example);
}
