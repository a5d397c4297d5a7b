import { measureFeature } from '@ramble/command-line/features';
import { unitScores } from '@ramble/core/training';
import { textDomain } from '@ramble/language';
import { byteTokenizer } from '@ramble/tokenizers';

import { textApp } from './text-app.js';

const domain = textDomain(byteTokenizer());
/**
 * Losses of made-up tokens of sentences told a character, a byte and a word, by formula in Python: nll in nats; bits =
 * nats / ln 2; characters are Unicode code points; words are white-space separated; word perplexity = exp(total nll /
 * words).
 */
const CASES = [
  {
    text: "and that done, we undressed and went to bed, at peace with our own consciences and all the world. A Sag Harbor ship visited his father's bay, and Queequeg sought a passage to Christian lands.",
    characters: 191,
    bytes: 191,
    words: 35,
    totalNll: 47.1106,
    bitsPerCharacter: 0.3558441309,
    bitsPerByte: 0.3558441309,
    wordPerplexity: 3.842092511,
  },
  {
    text: 'yes, two of them, one for Queequeg, and one for me. The bar-room was now full of the boarders who had been dropping in the night previous, and whom I had not as yet had a good look at. 中文',
    characters: 187,
    bytes: 191,
    words: 40,
    totalNll: 116.8472,
    bitsPerCharacter: 0.901469925,
    bitsPerByte: 0.8825909737,
    wordPerplexity: 18.56317909,
  },
  {
    text: 'Are these last throwing out oblique hints touching Tophet? After supper, and another social chat and smoke, we went to our room together. The perpendicular parts of this side ladder, as is usually the case with swinging ones, were of cloth-covered rope, only the rounds were of wood, so that at every step there was a joint. naïve café ☕',
    characters: 337,
    bytes: 341,
    words: 60,
    totalNll: 100.4858,
    bitsPerCharacter: 0.4301791256,
    bitsPerByte: 0.4251330362,
    wordPerplexity: 5.337531784,
  },
  {
    text: 'the little Moss tossed the quick foam from her bows, as a young colt his snortings. the clouds are rolling off—serenest azure is at hand." Nor was the pulpit itself without a trace of the same sea-taste that had achieved the ladder and the picture.',
    characters: 248,
    bytes: 250,
    words: 45,
    totalNll: 107.1554,
    bitsPerCharacter: 0.6233571136,
    bitsPerByte: 0.6183702567,
    wordPerplexity: 10.81821309,
  },
  {
    text: 'We cannibals must help these Christians." CHAPTER 14. By all accounts Tarshish could have been no other city than the modern Cadiz. 中文',
    characters: 134,
    bytes: 138,
    words: 23,
    totalNll: 34.6561,
    bitsPerCharacter: 0.3731207732,
    bitsPerByte: 0.3623056783,
    wordPerplexity: 4.512209553,
  },
  {
    text: 'The bar-room was now full of the boarders who had been dropping in the night previous, and whom I had not as yet had a good look at. In a countryman, this sudden flame of friendship would have seemed far too premature, a thing to be much distrusted; to my no small surprise, nearly every man maintained a profound silence. naïve café ☕',
    characters: 335,
    bytes: 339,
    words: 63,
    totalNll: 96.698,
    bitsPerCharacter: 0.4164350002,
    bitsPerByte: 0.4115213129,
    wordPerplexity: 4.640809856,
  },
  {
    text: "As with all sinners among men, the sin of this son of Amittai was in his wilful disobedience of the command of God—never mind now what that command was, or how conveyed—which he found a hard command. Thinks I, Queequeg, this is using Rogers's best cutlery with a vengeance. naïve café ☕",
    characters: 286,
    bytes: 294,
    words: 52,
    totalNll: 133.7053,
    bitsPerCharacter: 0.6744614449,
    bitsPerByte: 0.6561087526,
    wordPerplexity: 13.08224241,
  },
  {
    text: 'And not only that, but they looked embarrassed. Delight,—top-gallant delight is to him, who acknowledges no law or lord, but the Lord his God, and is only a patriot to heaven. In the complexion of a third still lingers a tropic tawn, but slightly bleached withal;',
    characters: 263,
    bytes: 265,
    words: 46,
    totalNll: 66.257,
    bitsPerCharacter: 0.3634549252,
    bitsPerByte: 0.3607118691,
    wordPerplexity: 4.222255928,
  },
  {
    text: "It may seem ridiculous, but it reminded me of General Washington's head, as seen in the popular busts of him. Two enormous wooden pots painted black, and suspended by asses' ears, swung from the cross-trees of an old top-mast, planted in front of an old doorway. Why, unite with me in my particular Presbyterian form of worship.",
    characters: 328,
    bytes: 328,
    words: 57,
    totalNll: 113.9307,
    bitsPerCharacter: 0.5011196826,
    bitsPerByte: 0.5011196826,
    wordPerplexity: 7.380078021,
  },
  {
    text: 'what a pregnant lesson to us is this prophet! naïve café ☕',
    characters: 58,
    bytes: 62,
    words: 12,
    totalNll: 97.5901,
    bitsPerCharacter: 2.427461264,
    bitsPerByte: 2.27085086,
    wordPerplexity: 3403.325543,
  },
];

describe('the loss of a text in its units', () => {
  it.each(CASES)('equals the formulas: $text', ({ text, totalNll, ...expected }) => {
    const units = measureFeature.of(textApp)?.({ text, endsDocument: true }, domain) ?? {};
    expect(units).toEqual({
      character: expected.characters,
      byte: expected.bytes,
      word: expected.words,
    });
    const scores = unitScores(totalNll, units).map(({ kind, unit, value }) => [kind, unit, value]);
    expect(scores).toEqual([
      ['bits', 'character', expect.closeTo(expected.bitsPerCharacter, 6)],
      ['bits', 'byte', expect.closeTo(expected.bitsPerByte, 6)],
      ['perplexity', 'word', expect.closeTo(expected.wordPerplexity, 6)],
    ]);
  });
});
