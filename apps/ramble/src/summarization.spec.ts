import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Outcome, runHere } from '../test/run-here.js';

const SUBJECTS = ['cat', 'dog', 'whale', 'ship', 'bird'];
const PLACES = ['sea', 'house', 'garden', 'street'];
const LINES = SUBJECTS.flatMap((subject) =>
  PLACES.map((place) => ({
    document: `It is a fine day. A ${subject} was seen in the ${place}. Nobody knows why.`,
    summary: `${subject} in ${place}`,
  })),
);

/** In UTF-8, and in Latin-1. */
const LINES_OF_TWO_KINDS =
  '{"document": "caf\xc3\xa9 a", "summary": "b"}\n{"document": "caf\xe9 a", "summary": "b"}\n';

let folder: string;
const at = (path: string): string => join(folder, path);

function summarization(...words: string[]): Promise<Outcome> {
  return runHere(['summarization', ...words], { cacheFolder: at('cache') });
}

interface Scored {
  readonly scores: readonly { readonly name: string; readonly score: number }[];
  readonly baselines: readonly (Pick<Scored, 'scores'> & { readonly name: string })[];
}

let trained: Outcome;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-summarization-'));
  const long = { document: 'A whale was seen. '.repeat(40), summary: 'whale' };
  const lines = [long, ...LINES].map((line) => JSON.stringify(line));
  await writeFile(at('data.jsonl'), lines.join('\n'));
  const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '32', '--context-length', '64'];
  trained = await summarization(
    ...['train', '--data', at('data.jsonl'), '--out', at('run'), '--max-steps', '60', ...size],
    ...['--bpe-vocab-size', '300', '--batch-size', '8', '--learning-rate', '0.01'],
    ...['--valid', at('data.jsonl'), '--cut', 'tf-idf'],
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('ramble summarization', () => {
  it('learns from lines of JSON, and reports that a document was cut', () => {
    expect(trained.status).toBe(0);
    expect(trained.stderr).toContain(
      '21 examples to train on, 21 to validate on, 2 longer than the context cut\n',
    );
  });

  it('shows summaries next to the references in its report, with their attention to the document', async () => {
    const report = await readFile(at('run/report.html'), 'utf8');
    const boldTexts = [...report.matchAll(/<pre><b>(.*?)<\/b>/gs)].map(([, text]) => text);
    expect(boldTexts.map((text) => text.replaceAll(/<[^>]+>/g, '').trim())).toContain(
      LINES[0].document,
    );
    expect(boldTexts[1]).toMatch(/<span class="shaded" style="--weight:1">/);
    expect(report).toContain(`<i>${LINES[0].summary}</i>`);
  });

  it('sums a document up, the same each time', async () => {
    await writeFile(at('document.txt'), `${LINES[0].document}\r\n`);
    const words = ['sample', '--model', at('run'), '--prompt-file', at('document.txt')];
    const { status, stdout } = await summarization(...words, '--json');
    expect(status).toBe(0);
    const { text } = JSON.parse(stdout) as { text: string };
    expect(text).toMatch(/^[a-z ]+$/);
    expect((await summarization(...words)).stdout).toBe(`${text}\n`);
  });

  it('cuts a document of a megabyte with a warning, and writes nothing for an empty document', async () => {
    await writeFile(at('long.txt'), 'A whale was seen at sea. '.repeat(40_000));
    const sample = ['sample', '--model', at('run'), '--prompt-file'];
    const { status, stdout, stderr } = await summarization(...sample, at('long.txt'), '--json');
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^warning: prompt 1 has \d+ tokens; cut \(tf-idf\) to what a context of 64/,
    );
    const { text, cut } = JSON.parse(stdout) as { text: string; cut: Record<string, number> };
    expect(text).not.toBe('');
    expect(cut).toMatchObject({ rule: 'tf-idf' });
    expect(cut.tokens).toBeGreaterThan(300_000);
    expect(cut.kept).toBeLessThan(64);
    await writeFile(at('empty.txt'), '\n');
    expect(await summarization(...sample, at('empty.txt'))).toMatchObject({
      status: 0,
      stdout: '\n',
    });
  });

  it.each<[string, string[]]>([
    ['next', ['--prompt-file', 'long.txt']],
    ['score', ['--prompt-file', 'long.txt', '--output', 'whale in sea']],
  ])('cuts the document of %s like sample, with a note', async (verb, words) => {
    await writeFile(at('long.txt'), 'A whale was seen at sea. '.repeat(40));
    const files = words.map((word) => (word.endsWith('.txt') ? at(word) : word));
    const { status, stderr } = await summarization(verb, '--model', at('run'), ...files);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^warning: prompt 1 has \d+ tokens; cut \(tf-idf\) to what a context of 64 has room for\n$/,
    );
  });

  it('scores an output of a long document like the pair of both', async () => {
    const pair = { document: 'A whale was seen at sea. '.repeat(40), summary: 'whale in sea' };
    await writeFile(at('pair.jsonl'), JSON.stringify(pair));
    const score = ['score', '--model', at('run'), '--json'];
    const pairFlags = ['--prompt', pair.document, '--output', pair.summary];
    const alone = await summarization(...score, ...pairFlags);
    const read = await summarization(...score, '--data', at('pair.jsonl'));
    expect(JSON.parse(alone.stdout)).toEqual(JSON.parse(read.stdout));
    expect(read.stderr).toBe(
      'warning: 1 of 1 example longer than the context of 64, cut (tf-idf)\n',
    );
    const long = ['--prompt', 'A whale.', '--output', 'whale '.repeat(100)];
    expect((await summarization(...score, ...long)).stderr).toMatch(
      /^error: --output: expected one that fits into the context of 64, got \d+ tokens\n$/,
    );
  });

  it('takes a document without sentences, and refuses one that is not UTF-8', async () => {
    await writeFile(at('words.txt'), 'whale ship sea '.repeat(300));
    const sample = ['sample', '--model', at('run'), '--prompt-file'];
    expect((await summarization(...sample, at('words.txt'))).status).toBe(0);
    await writeFile(at('latin.txt'), Buffer.from('Un caf\xe9 \xe0 la mer', 'latin1'));
    expect(await summarization(...sample, at('latin.txt'))).toMatchObject({
      status: 1,
      stderr: `error: ${at('latin.txt')}: expected text in UTF-8, got other bytes\n`,
    });
  });

  it('learns from Windows lines, a megabyte and summaries longer than documents; not from mixed encodings', async () => {
    const lines = [
      { document: 'A whale was seen. '.repeat(60_000), summary: 'whale' },
      { document: 'a cat', summary: 'a cat that is a cat and nothing but a cat '.repeat(3) },
      { document: 'word '.repeat(200), summary: 'words' },
      { document: '', summary: 'nothing' },
    ].map((line) => `${JSON.stringify(line)}\r\n`);
    await writeFile(at('odd.jsonl'), lines.join(''));
    const size = ['--n-layer', '1', '--n-head', '1', '--n-embd', '8', '--context-length', '64'];
    const few = ['--bpe-vocab-size', '300', '--max-steps', '1', '--scored-examples', '0'];
    const words = ['train', '--valid', at('data.jsonl'), ...size, ...few, '--cut', 'head-and-tail'];
    const odd = await summarization(...words, '--data', at('odd.jsonl'), '--out', at('odd'));
    expect(odd.status).toBe(0);
    expect(odd.stderr).toContain('1 of 4 pairs with an empty side');
    expect(odd.stderr).toContain('3 examples to train on');
    await writeFile(at('mixed.jsonl'), Buffer.from(LINES_OF_TWO_KINDS, 'latin1'));
    expect(
      await summarization(...words, '--data', at('mixed.jsonl'), '--out', at('mixed')),
    ).toMatchObject({
      status: 1,
      stderr: `error: ${at('mixed.jsonl')}: expected UTF-8 text, got byte 0xe9 at offset 57; iconv converts text of another encoding\n`,
    });
  });

  it('warns of documents that are learned from and validated on', () => {
    expect(trained.stderr).toContain(
      'warning: 21 of 21 examples to validate on have a prompt of the training data; name others with --valid\n',
    );
  });

  it('validates on documents and summaries that are not trained on, also after a resume', async () => {
    const texts = ['a', 'b', 'c'].flatMap((word) => Array.from('defghij', (end) => word + end));
    const twins = texts.map((text, i) => ({
      document: texts[i - (i % 7)],
      summary: `It is ${text}`,
    }));
    await writeFile(at('twins.jsonl'), twins.map((line) => JSON.stringify(line)).join('\n'));
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '64'];
    const first = ['--bpe-vocab-size', '280', '--max-steps', '1', ...size];
    const train = (...words: string[]): Promise<Outcome> =>
      summarization('train', '--out', at('twins'), ...words);
    const begun = await train(...first, '--data', at('twins.jsonl'));
    expect(begun.stderr).toContain('14 examples to train on, 7 to validate on');
    expect(begun.stderr).not.toContain('have the prompt');
    const description = await readFile(at('twins/run.json'), 'utf8');
    const again = await train('--resume', '--max-steps', '2');
    expect(again.stderr).toContain('14 examples to train on, 7 to validate on');

    // As a run has it that was begun when the last tenth validated.
    const old = description.replace('"split": "components",', '');
    await writeFile(at('twins/run.json'), old.replace(/ *"checksum": .*\n/, ''));
    const resumed = await train('--resume', '--max-steps', '3');
    expect(resumed.stderr).toContain('18 examples to train on, 3 to validate on');
    expect(resumed.stderr).toContain(
      '3 of 3 examples to validate on have a prompt of the training data',
    );

    const same = twins.map(({ summary }) => JSON.stringify({ document: 'A whale.', summary }));
    await writeFile(at('same.jsonl'), same.join('\n'));
    expect(
      await summarization('train', ...first, '--data', at('same.jsonl'), '--out', at('same')),
    ).toMatchObject({
      status: 2,
      stderr:
        'error: --data: expected validation examples that share no text with the others, ' +
        'got 21 that all share text; name other data with --valid\n',
    });
  });

  it('refuses to train if no summary fits into the context, and names the flag', async () => {
    const long = { document: 'A whale.', summary: 'a whale was seen at sea '.repeat(40) };
    await writeFile(at('longsum.jsonl'), [long, LINES[0]].map((l) => JSON.stringify(l)).join('\n'));
    await writeFile(at('long.jsonl'), JSON.stringify(long));
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '64'];
    const train = ['train', '--bpe-vocab-size', '280', '--max-steps', '1', ...size];
    const reason = 'expected an example that fits into the context of 64, got none of 1';
    const longSummary = ['--data', at('longsum.jsonl'), '--out', at('none')];
    expect(await summarization(...train, ...longSummary)).toMatchObject({
      status: 2,
      stderr: `error: --data: ${reason}; use a longer context\n`,
    });
    const longValid = [
      '--data',
      at('data.jsonl'),
      '--valid',
      at('long.jsonl'),
      '--out',
      at('none'),
    ];
    expect(await summarization(...train, ...longValid)).toMatchObject({
      status: 2,
      stderr: `error: --valid: ${reason}; use a longer context\n`,
    });
  });

  it('reports that the scores of outputs count examples that the loss leaves out', async () => {
    const long = { document: 'A whale.', summary: 'a whale was seen at sea '.repeat(40) };
    await writeFile(at('one.jsonl'), JSON.stringify(LINES[0]));
    await writeFile(at('two.jsonl'), [LINES[0], long].map((l) => JSON.stringify(l)).join('\n'));
    const evaluate = (file: string, ...words: string[]): Promise<Outcome> =>
      summarization('evaluate', '--model', at('run'), '--data', at(file), ...words);
    const asJson = ['--json', '--no-output-scores'];
    const reports: Record<string, unknown>[] = [];
    for (const file of ['one.jsonl', 'two.jsonl']) {
      const { stdout } = await evaluate(file, ...asJson);
      reports.push(JSON.parse(stdout) as Record<string, unknown>);
    }
    const [one, two] = reports;
    const speed = expect.any(Number) as number;
    expect(two).toEqual({ ...one, leftOut: 1, tokensPerSecond: speed });
    const { stdout } = await evaluate('two.jsonl', '--num-beams', '1');
    expect(stdout).toMatch(/^left out +1 +longer than the context; the scores below count them$/m);
  });

  it('evaluates a method that needs no model, compared with the baselines', async () => {
    await writeFile(
      at('free.jsonl'),
      LINES.slice(0, 2)
        .map((l) => JSON.stringify(l))
        .join('\n'),
    );
    const words = ['evaluate', '--method', 'textrank', '--data', at('free.jsonl')];
    const { status, stdout } = await summarization(...words, '--summary-sentences', '1');
    expect(status).toBe(0);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/)[0]);
    expect(rows.slice(1, 4)).toEqual([
      'textrank',
      expect.stringMatching(/^lead words \(\d+\)$/),
      'lead sentence',
    ]);
    const { stdout: json } = await summarization(...words, '--summary-sentences', '1', '--json');
    const report = JSON.parse(json) as { readonly method: string; readonly examples: number };
    expect(report).toMatchObject({ method: 'textrank', examples: 2 });
    for (const [wrong, message] of [
      [
        ['--stride', '2'],
        'error: --stride: expected no value with --method textrank, which needs no model, got one',
      ],
      [
        ['--model', at('run')],
        'error: --model: expected no value with --method textrank, which needs no model, got one',
      ],
    ] as const) {
      const { status, stderr } = await summarization(...words, ...wrong);
      expect([status, stderr.split('\n')[0]]).toEqual([2, message]);
    }
    const none = await summarization('evaluate', '--data', at('free.jsonl'));
    expect(none.stderr).toContain(
      '--model: expected a value, or --method textrank or tf-idf or lead, got nothing',
    );
  });

  it('evaluates by ROUGE, compared with extractive baselines', async () => {
    const data = ['--data', at('data.jsonl'), '--json', '--num-beams', '1'];
    const { status, stdout, stderr } = await summarization(
      ...['evaluate', '--model', at('run'), ...data],
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^warning: 1 of 21 examples longer than the context of 64, cut \(tf-idf\)$/m,
    );
    expect(stderr).toMatch(/^warning: prompt 1 has \d+ tokens; cut \(tf-idf\) to what/m);
    const { outputs } = JSON.parse(stdout) as { outputs: Scored };
    const named = [outputs.scores, ...outputs.baselines.map(({ scores }) => scores)];
    for (const scores of named) {
      expect(scores.map(({ name }) => name).slice(0, 4)).toEqual([
        ...['ROUGE-1', 'ROUGE-2', 'ROUGE-L', 'ROUGE-Lsum'],
      ]);
    }
    expect(outputs.baselines.map(({ name }) => name)).toEqual([
      ...['lead words (3)', 'lead sentence', 'lead sentences (3)'],
      ...['tf-idf sentences (3)', 'TextRank sentences (3)'],
    ]);
  });

  it('prompts a text model with TL;DR: for --zero-shot', async () => {
    await writeFile(at('text.txt'), 'A whale. It swims.\nTL;DR: a whale swims.\n'.repeat(40));
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '160'];
    const text = ['text', 'train', '--data', at('text.txt'), '--out', at('text'), ...size];
    const run = await runHere([...text, '--max-steps', '2'], { cacheFolder: at('cache') });
    expect(run.status).toBe(0);
    const words = ['--model', at('text'), '--prompt', 'A whale. It swims.'];
    const whole = ['--zero-shot', '--json', '--min-new-tokens', '100'];
    const { status, stdout } = await summarization('sample', ...words, ...whole);
    expect(status).toBe(0);
    const { tokens } = JSON.parse(stdout) as { tokens: number[] };
    expect(tokens).toHaveLength(100);
    const without = await summarization('sample', ...words);
    expect(without.status).toBe(1);
    expect(without.stderr).toMatch(
      /text: expected a run of the domain summarization, got text; use npx ramble text sample .*, or ask this model with --zero-shot\n$/,
    );
    const own = await summarization(
      'sample',
      ...[...words.slice(2), '--model', at('run'), '--zero-shot'],
    );
    expect([own.status, own.stderr]).toEqual([
      1,
      `error: ${at('run')}: expected a run of the domain text with --zero-shot, got one of summarization; leave --zero-shot out\n`,
    ]);
  });

  it('starts from a model of text, whose tokens it keeps', async () => {
    const text = LINES.map(({ document }) => JSON.stringify({ text: document })).join('\n');
    await writeFile(at('plain.jsonl'), text);
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '32'];
    const tokens = ['--tokenizer', 'bpe', '--bpe-vocab-size', '290', '--max-steps', '2'];
    const plain = ['text', 'train', '--data', at('plain.jsonl'), '--out', at('plain')];
    const pretrained = await runHere([...plain, ...size, ...tokens], {
      cacheFolder: at('cache'),
    });
    expect(pretrained.status).toBe(0);

    const tune = ['train', '--data', at('data.jsonl'), '--init-from', at('plain')];
    const out = ['--out', at('tuned'), '--max-steps', '2', '--preset', 'tiny'];
    const longer = ['--context-length', '48', '--batch-size', '2'];
    const tuned = await summarization(...tune, ...out, ...longer);
    expect(tuned.status).toBe(0);
    const run = JSON.parse(await readFile(at('tuned/run.json'), 'utf8')) as object;
    expect(run).toMatchObject({
      domain: { name: 'summarization', options: { bpeVocabSize: 290 } },
      model: { vocabSize: 291, contextLength: 48, nEmbd: 16 },
      origin: { kind: 'run', path: at('plain'), step: 2 },
    });
    const sample = ['sample', '--model', at('tuned'), '--prompt', 'A whale. It swims.'];
    expect((await summarization(...sample)).status).toBe(0);

    const others = ['--out', at('other'), '--bpe-vocab-size', '300'];
    expect(await summarization(...tune, ...others)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        `--bpe-vocab-size: expected 290, the value of ${at('plain')}, got 300`,
      ) as string,
    });
  });

  it('draws a curve over fractions of the data, with a model that it trains on their text first', async () => {
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '48'];
    const pace = ['--max-steps', '2', '--batch-size', '4', '--bpe-vocab-size', '290'];
    const data = ['--data', at('data.jsonl'), '--valid', at('data.jsonl')];
    const words = [...data, '--shares', '50', '--pretrain-steps', '2', ...size, ...pace];
    const { status, stdout } = await summarization('curve', ...words, '--out', at('curve'));
    expect(status).toBe(0);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 3));
    expect(rows.slice(1, 4)).toEqual([
      ['50 %', 'from random numbers', '2'],
      ['50 %', 'from another model', '2'],
      ['', 'lead words (3)', expect.stringMatching(/^\d/)],
    ]);
    const text = await readFile(at('curve/plain.jsonl'), 'utf8');
    expect(text.trim().split('\n')).toHaveLength(21);
    expect(text).not.toContain(`"${LINES[0].summary}"`);
    const runs = ['pretraining', '50-percent', '50-percent-pretrained'].map(async (run) => {
      return JSON.parse(await readFile(at(`curve/${run}/run.json`), 'utf8')) as object;
    });
    expect(await Promise.all(runs)).toMatchObject([
      { domain: { name: 'text' }, model: { vocabSize: 290, nEmbd: 16 } },
      { domain: { name: 'summarization' }, model: { vocabSize: 291, nEmbd: 16 } },
      { model: { vocabSize: 291 }, origin: { path: at('curve/pretraining'), step: 2 } },
    ]);
  });

  it('writes summaries without a model, in the output format of a model', async () => {
    const document =
      'Snow fell. Cracks were seen in the bridge. It was cold. The bridge has cracks.';
    const words = [
      'sample',
      '--method',
      'textrank',
      '--summary-sentences',
      '2',
      '--prompt',
      document,
    ];
    const summary = 'Cracks were seen in the bridge. The bridge has cracks.';
    const plain = await summarization(...words);
    expect([plain.status, plain.stdout, plain.stderr]).toEqual([0, `${summary}\n`, '']);
    const { stdout } = await summarization(...words, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ text: summary, tokens: [], logProbability: 0 });
    for (const [flags, complaint] of [
      [[], '--model: expected a value, or --method textrank or tf-idf or lead, got nothing'],
      [
        ['--method', 'lead', '--top-k', '3'],
        '--top-k: expected no value with --method lead, which needs no model, got one',
      ],
      [
        ['--method', 'lead', '--model', at('run')],
        '--model: expected no value with --method lead, which needs no model, got one',
      ],
      [
        ['--model', at('run'), '--summary-words', '9'],
        '--summary-words: expected --method textrank or tf-idf or lead with it, got none',
      ],
    ] as const) {
      const { status, stderr } = await summarization('sample', ...flags, '--prompt', document);
      expect([status, stderr]).toEqual([2, `error: ${complaint}\n`]);
    }
  });

  it('refuses a run of another domain', async () => {
    const words = ['sample', '--model', at('run'), '--prompt', 'a'];
    const ended = await runHere(['translation', ...words], { cacheFolder: at('cache') });
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toMatch(/^error: .*translation/);
  });
});
