import type { PromptStudy } from '@ramble/core/study';

import { attentionLines } from './prompt-lines.js';

/** A study of one layer whose heads look from the last token as given. */
function studyOf(words: readonly string[], heads: readonly number[][]): PromptStudy {
  const study = {
    tokens: words.map((word, token) => ({ token, word })),
    attention: [heads.map((weights) => words.map(() => Float32Array.from(weights)))],
    scoreTable: { layer: 0, head: 0 },
  };
  return study as unknown as PromptStudy; // all members that are used
}

describe('attentionLines', () => {
  it('shades the sentence under each word, and prints numbers and the mean of the heads', () => {
    const lines = attentionLines(
      studyOf(
        ['"A"', '" 日本"', '"\\n"'],
        [
          [0.5, 0.49, 0.01],
          [0.06, 0.03, 0.91],
        ],
      ),
    );
    expect(lines).toEqual([
      '· below 2 %  ░ from 2 %  ▒ from 5 %  ▓ from 15 %  █ from 40 %',
      '',
      '        "A" " 日本" "\\n"',
      'head 0  ███ ███████ ····',
      'head 1  ▒▒▒ ░░░░░░░ ████',
      '',
      'The same in %, by head of layer 0:',
      '          0   1',
      '"A"      50   6',
      '" 日本"  49   3',
      '"\\n"      1  91',
      '',
      'Mean of the heads, by layer:',
      '         "A" " 日本" "\\n"',
      'layer 0  ▓▓▓ ▓▓▓▓▓▓▓ ████',
    ]);
  });

  it('stays within 80 columns, whatever the words, and shows the last 32', () => {
    const words = Array.from({ length: 40 }, (_, i) => `"${'long'.repeat(i % 7)}${i}"`);
    const heads = Array.from({ length: 25 }, () => words.map(() => 1 / 40));
    const lines = attentionLines(studyOf(words, heads));
    expect(lines[0]).toBe('The last 32 of 40 tokens.');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).not.toContain('"7"');
    expect(lines.join('\n')).toContain('"8"'.replace('8', 'long8'));
  });
});
