/**
 * Compares scores of random text, from words to rare Unicode characters, with sacreBLEU's and
 * rouge-score's, which it installs:
 *   check-metrics.mjs [segments] [seed]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { randomAt } from '@ramble/core';
import { corpusBleu, corpusChrf, corpusRouge, corpusTer, formatScore } from '@ramble/metrics';

const [segments = '200', seed = '1'] = process.argv.slice(2);
const random = randomAt({ seed: Number(seed), purpose: 'shuffle', step: 0 });
let drawn = 0;
const below = (count) => random.integer(drawn++, count);
const choose = (list) => list[below(list.length)];

const WORDS = [
  'the',
  'The',
  'whale',
  "whale's",
  'harpooneers',
  'running',
  'relational',
  'sea',
  'a',
  'of',
];
const MARKS = [
  ...[
    '.',
    ',',
    '!',
    '?',
    '-',
    '--',
    "'",
    '"',
    '(',
    ')',
    '$3.50',
    '1,000',
    '3-4',
    'a.b',
    '5.',
    '.5',
    '&amp;',
  ],
  ...[
    '&quot;',
    '<skipped>',
    '-\n',
    '\n-',
    '\n',
    '\r\n',
    '\t',
    '  ',
    '\x1c',
    '\x85',
    '\xa0',
    '\u3000',
    '\ufeff',
  ],
  ...[
    '«',
    '»',
    '…',
    '–',
    '€',
    '²',
    'ß',
    'İ',
    'ΑΣ',
    'naïve',
    'cafe\u0301',
    '\u200b',
    '\ud7ff',
    'ﬁ',
    'Ⅷ',
    '٣',
  ],
  ...[
    '世界',
    '你好。',
    '、',
    'カタカナ',
    'ひらがな',
    '한국어',
    'हिन्दी',
    '😀',
    '👩‍👩‍👧',
    '𝔘',
    '𠀋',
    '㍿',
    '！',
    '（',
  ],
];
/** Returns a random text of up to 3 code points, without surrogates and code points that this Unicode version lacks. */
const anything = () =>
  Array.from({ length: below(4) }, () => {
    const point = below(choose([0x80, 0x300, 0x3000, 0x10000, 0x20000]));
    const character = String.fromCodePoint(point);
    return /\p{Cs}|\p{Cn}/u.test(character) ? '' : character;
  }).join('');

function text(length) {
  const parts = Array.from({ length }, () => {
    const part = choose([
      () => choose(WORDS),
      () => choose(WORDS),
      () => choose(MARKS),
      anything,
    ])();
    return part + choose([' ', ' ', '']);
  });
  return parts.join('');
}

/** Returns a text with some of its words changed, left out or moved. */
function vary(original) {
  const words = original.split(' ');
  const kept = words.flatMap((word) =>
    choose([[word], [word], [word], [word], [], [word, choose(MARKS)]]),
  );
  const from = below(kept.length + 1);
  const moved = kept.splice(from, below(5));
  kept.splice(below(kept.length + 1), 0, ...moved);
  return kept.join(' ');
}

const sets = [
  { length: () => below(12), count: Number(segments) },
  { length: () => 20 + below(40), count: Math.ceil(Number(segments) / 4) },
  { length: () => 120, count: 4 },
];
const OPTIONS = {
  bleu: [
    ...['13a', 'intl', 'zh', 'char', 'none'].map((tokenize) => ({ tokenize })),
    { lowercase: true, smooth_method: 'floor' },
    { smooth_method: 'add-k', smooth_value: 0.7, effective_order: true },
    { smooth_method: 'none', max_ngram_order: 6 },
  ],
  chrf: [
    {},
    { word_order: 2, lowercase: true },
    { whitespace: true, beta: 1, char_order: 3 },
    { eps_smoothing: true, word_order: 1 },
  ],
  ter: [
    {},
    { normalized: true, asian_support: true },
    { no_punct: true, asian_support: true, case_sensitive: true },
    { normalized: true, no_punct: true, case_sensitive: true },
  ],
  rouge: [{}, { use_stemmer: true }],
};
const cases = sets.flatMap(({ length, count }) => {
  const first = Array.from({ length: count }, () => text(length()));
  const texts = { hypotheses: first.map(vary), references: [first, first.map(vary)] };
  const single = [...texts.hypotheses.keys()].slice(0, 80).map((i) => ({
    hypotheses: [texts.hypotheses[i]],
    references: texts.references.map((list) => [list[i]]),
  }));
  return [texts, { ...texts, references: [first] }, ...single].flatMap((pairs) =>
    Object.entries(OPTIONS).flatMap(([metric, list]) =>
      list.map((options) => ({ metric, options, ...pairs })),
    ),
  );
});

const expected = askPeers(cases);
const wrong = cases.filter((each, i) => !agrees(each, expected[i]));
for (const { metric, options, hypotheses, references } of wrong.slice(0, 10)) {
  const shown = hypotheses.length === 1 ? JSON.stringify({ hypotheses, references }) : 'a corpus';
  console.log(`other: ${metric} ${JSON.stringify(options)} of ${shown}`);
}
console.log(
  `${cases.length} scores, ${cases.length - wrong.length} as sacreBLEU and rouge-score have them`,
);
if (wrong.length > 0) process.exitCode = 1;

function askPeers(list) {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-metrics-'));
  try {
    const file = join(folder, 'cases.json');
    writeFileSync(file, JSON.stringify(list));
    const peers = join(import.meta.dirname, 'peers/run-metrics');
    const lines = execFileSync(peers, ['score', file], { encoding: 'utf8', maxBuffer: 1e9 });
    return lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function agrees({ metric, options, hypotheses, references }, { score, line, values }) {
  if (metric === 'rouge') {
    const { use_stemmer: stemmer = false } = options;
    const { rouge1, rouge2, rougeL, rougeLsum } = corpusRouge(hypotheses, references, { stemmer });
    return [rouge1, rouge2, rougeL, rougeLsum].every(({ precision, recall, f1 }, i) =>
      [precision, recall, f1].every((value, j) => Math.abs(value - values[i][j]) < 1e-9),
    );
  }
  const corpusScore = { bleu: corpusBleu, chrf: corpusChrf, ter: corpusTer }[metric];
  const named = Object.entries(options).map(([name, value]) => [
    name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()),
    value,
  ]);
  const found = corpusScore(hypotheses, references, Object.fromEntries(named));
  return Math.abs(found.score - score) < 1e-9 && formatScore(found) === line;
}
