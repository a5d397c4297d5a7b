import { type AnyApp, type DataFile, type DomainFactory, type Files, randomAt } from '@ramble/core';
import { scoringFeature } from '@ramble/core/app';

import { type Dna, dna, dnaApp, dnaFactory, END } from '../../test/dna-app.js';
import {
  companionFeature,
  measureFeature,
  oneLineFeature,
  statisticsFeature,
} from '../features.js';
import { checkedApp } from './import-app.js';

async function* noExamples(): AsyncGenerator<never> {
  // No data to learn from.
}

const boom = (): never => {
  throw new Error('boom');
};

/** The app in the old form without `data` and `features`: all parts are members of the app. */
const flatApp = { ...dnaApp, ...dnaApp.data, data: undefined };

const appWith = (change: object): AnyApp => checkedApp('./dna.js', { ...flatApp, ...change });
const madeBy = (factory: object): AnyApp => appWith({ factory: { ...dnaFactory, ...factory } });

/** Fits an app whose domain differs from `dna` by one change, and returns the checked domain. */
const fitted = (change: object): ReturnType<AnyApp['factory']['fit']> => {
  const domain = { ...dna, ...change };
  const factory = { fit: () => Promise.resolve(domain), load: () => Promise.resolve(domain) };
  return madeBy(factory).factory.fit(noExamples(), {});
};

describe('checkedApp', () => {
  it('behaves like the app', async () => {
    const app = appWith({});
    const domain = await app.factory.fit(noExamples(), {});
    expect(domain.encodeExample('ACG')).toEqual(dna.encodeExample('ACG'));
    expect(domain.encodePrompt('A')).toEqual({ tokens: [END, 0] });
    expect(domain.encodeOutput!('A')).toEqual([0, END]);
    expect(domain.decodeOutput([3, 0])).toBe('TA');
    expect([...domain.grammar!.allowed(undefined)]).toEqual([0, 1, 2, 3, 4, END]);
    expect(app.factory.save(domain)).toEqual({ 'dna.txt': 'ACGTN' });
    expect(app.showOutput('ACG')).toEqual({ kind: 'text', text: 'ACG' });
  });

  it('calls methods of instances with the right `this`', async () => {
    class Own {
      readonly #letters = 'ab';
      readonly name = 'dna';
      readonly stopTokens = [2];
      get vocabulary(): Dna['vocabulary'] {
        return { size: 3, describe: (id) => this.#letters[id] ?? '<end>' };
      }
      encodeExample(text: string): ReturnType<Dna['encodeExample']> {
        const { tokens } = this.encodePrompt(text);
        return { tokens: [...tokens, 2], lossWeights: [...tokens.map(() => 1), 1] };
      }
      encodePrompt(text: string): { tokens: number[] } {
        return { tokens: [2, ...Array.from(text, (letter) => this.#letters.indexOf(letter))] };
      }
      decodeOutput(tokens: readonly number[]): string {
        return tokens.map((id) => this.#letters[id] ?? '').join('');
      }
      get letters(): string {
        return this.#letters;
      }
    }
    class Factory {
      fit(): Promise<Own> {
        return this.load();
      }
      save(domain: Own): Files {
        return { 'letters.txt': domain.letters };
      }
      load(): Promise<Own> {
        return Promise.resolve(new Own());
      }
    }
    const app = appWith({ factory: new Factory() });
    const domain = await app.factory.fit(noExamples(), {});
    const alone = { ...domain };
    expect(alone.encodeExample('ab')).toEqual({ tokens: [2, 0, 1, 2], lossWeights: [1, 1, 1, 1] });
    expect([alone.vocabulary.describe(1), alone.decodeOutput([1, 0])]).toEqual(['b', 'ba']);
    const loaded = await app.factory.load({});
    expect(app.factory.save(loaded)).toEqual({ 'letters.txt': 'ab' });
  });

  it.each<[string, object, string]>([
    [
      'ids out of range',
      { encodeExample: () => tokens(0, 6) },
      'encodeExample of "ACG": expected ids from 0 to 5, got 6',
    ],
    [
      'ids that are no integers',
      { encodeExample: () => tokens(0, 1.5) },
      'encodeExample of "ACG": expected ids from 0 to 5, got 1.5',
    ],
    [
      'unequal lengths',
      { encodeExample: () => ({ tokens: [0, 1, 2], lossWeights: [1, 1] }) },
      'encodeExample of "ACG": expected 3 weights, one per token, got 2',
    ],
    [
      'tokens alone',
      { encodeExample: () => [0, 1, 2] },
      'encodeExample of "ACG": expected { tokens, lossWeights }, got [0,1,2]',
    ],
    [
      'an encoding that is not there yet',
      { encodeExample: () => Promise.resolve(tokens(0, 1)) },
      'encodeExample of "ACG": expected { tokens, lossWeights }, got a Promise',
    ],
    [
      'an encoding that throws',
      { encodeExample: () => (undefined as unknown as string).length },
      'encodeExample of "ACG": Cannot read properties of undefined (reading \'length\')',
    ],
    [
      'a grammar that blocks its own examples',
      { grammar: { ...dna.grammar, allowed: () => [0, 1, END] } },
      'grammar of "ACG": expected every token of the example allowed, got 2 (G) forbidden as token 3 of its output',
    ],
    [
      'a grammar that allows nothing',
      { grammar: { ...dna.grammar, allowed: () => [] } },
      'grammar of "ACG": grammar.allowed: expected at least one token, got none',
    ],
  ])('names the function and the example of %s', async (_, change, complaint) => {
    const domain = await fitted(change);
    expect(() => domain.encodeExample('ACG')).toThrow(`./dna.js: ${complaint}`);
  });

  it.each<[string, object, string]>([
    ['start', { start: boom }, 'grammar of "ACG": grammar.start: boom'],
    ['advance', { advance: boom }, 'grammar of "ACG": grammar.advance: boom'],
    ['allowed', { allowed: boom }, 'grammar of "ACG": grammar.allowed: boom'],
    ['mustEnd', { mustEnd: boom }, 'grammar of "ACG": grammar.mustEnd: boom'],
    [
      'allowed, that gives no list',
      { allowed: () => 3 },
      'grammar of "ACG": grammar.allowed: expected a list of ids, got 3',
    ],
  ])('names the function of a grammar: %s', async (_, change, complaint) => {
    const domain = await fitted({ grammar: { ...dna.grammar, ...change } });
    expect(() => domain.encodeExample('ACG')).toThrow(`./dna.js: ${complaint}`);
  });

  it('names the function of a grammar that fails while an output is written', async () => {
    const domain = await fitted({ grammar: { ...dna.grammar, advance: boom } });
    expect(() => domain.grammar!.advance(undefined, 0)).toThrow('./dna.js: grammar.advance: boom');
  });

  it('describes the tokens of the first examples, so that training does not end in a mistake', async () => {
    const failing = await fitted({ vocabulary: { size: 6, describe: boom } });
    expect(() => failing.encodeExample('ACG')).toThrow('./dna.js: vocabulary.describe of 5: boom');
    const wordless = await fitted({ vocabulary: { size: 6, describe: (id: number) => id } });
    expect(() => wordless.encodeExample('ACG')).toThrow(
      './dna.js: vocabulary.describe of 5: expected a string, got 5',
    );
  });

  it.each<[string, object, string]>([
    ['fail', { segments: boom }, 'boom'],
    [
      'are no list',
      { segments: () => Promise.resolve([]) },
      'expected a list of { tokens, lossWeights }, got a Promise',
    ],
    [
      'are no sequences',
      { segments: () => [3] },
      'segment 1: expected { tokens, lossWeights }, got 3',
    ],
    [
      'have ids out of range',
      { segments: () => [tokens(0, 1), tokens(0, 6)] },
      'segment 2: expected ids from 0 to 5, got 6',
    ],
    [
      'do not fit',
      { segments: () => [tokens(0, 1, 2, 3)] },
      'segment 1: expected at most 3 tokens (contextLength + 1), got 4',
    ],
    [
      'never end',
      {
        segments: function* () {
          for (;;) yield tokens(0, 1);
        },
      },
      'expected at most 5 segments, one per token, got more',
    ],
  ])('refuses segments that %s', async (_, change, complaint) => {
    const domain = await fitted(change);
    expect(() => [...domain.segments!(dna.encodeExample('ACG'), 2)]).toThrow(
      `./dna.js: segments of [5,0,1,2,5]: ${complaint}`,
    );
  });

  it.each<[string, () => unknown, string]>([
    ['fail', boom, 'boom'],
    ['are too long', () => tokens(0, 1, 2, 5), 'expected at most 3 tokens, got 4'],
    ['have other ids', () => tokens(0, 9), 'expected ids from 0 to 5, got 9'],
    ['are none', () => undefined, 'expected { tokens, lossWeights }, got none'],
  ])('refuses crops that %s', async (_, crop, complaint) => {
    const domain = await fitted({ crop });
    expect(() => domain.crop!(dna.encodeExample('ACG'), 2, 3)).toThrow(
      `./dna.js: crop of [5,0,1,2,5] from 2: ${complaint}`,
    );
  });

  it('names variations and outputs that fail or are promises', async () => {
    const failing = await fitted({ augment: boom });
    expect(() =>
      failing.augment!('ACG', randomAt({ seed: 1, purpose: 'augment', step: 0 })),
    ).toThrow('./dna.js: augment of "ACG": boom');
    const late = await fitted({ decodeOutput: () => Promise.resolve('ACG') });
    expect(() => late.decodeOutput([0, 1])).toThrow(
      './dna.js: decodeOutput of [0,1]: expected a synchronous result, got a Promise',
    );
  });

  it('names the function and the prompt, the output or the tokens', async () => {
    const domain = await fitted({
      encodePrompt: () => ({ tokens: [] }),
      encodeOutput: () => [7],
      decodeOutput: (ids: number[]) => ids.at(9)!.toString(),
      grammar: { ...dna.grammar, allowed: () => [9] },
    });
    expect(() => domain.encodePrompt('A')).toThrow(
      './dna.js: encodePrompt of "A": expected at least 1 token, got none; begin every sequence with a start token',
    );
    expect(() => domain.encodeOutput!('A')).toThrow(
      './dna.js: encodeOutput of "A": expected ids from 0 to 5, got 7',
    );
    expect(() => domain.decodeOutput([3, 4])).toThrow(
      "./dna.js: decodeOutput of [3,4]: Cannot read properties of undefined (reading 'toString')",
    );
    expect(() => domain.grammar!.allowed(undefined)).toThrow(
      './dna.js: grammar.allowed: expected ids from 0 to 5, got 9',
    );
  });

  it.each<[string, object, string]>([
    [
      'a domain without a function',
      { decodeOutput: undefined },
      'factory.fit: decodeOutput: expected a function, got none',
    ],
    [
      'a vocabulary without words',
      { vocabulary: { size: 6 } },
      'factory.fit: vocabulary.describe: expected a function, got none',
    ],
    [
      'a vocabulary of nothing',
      { vocabulary: { size: 0, describe: String } },
      'factory.fit: vocabulary.size: expected an integer of at least 1, got 0',
    ],
    [
      'a grammar without a function',
      { grammar: { ...dna.grammar, mustEnd: true } },
      'factory.fit: grammar.mustEnd: expected a function, got true',
    ],
    [
      'a stop token that is none',
      { stopTokens: [6] },
      'stopTokens: expected ids from 0 to 5, got 6',
    ],
    [
      'a domain of another name',
      { name: 'rna' },
      "factory.fit: expected a domain of the app's name, dna, got rna",
    ],
  ])('refuses %s', async (_, change, complaint) => {
    await expect(fitted(change)).rejects.toThrow(`./dna.js: ${complaint}`);
  });

  it.each<[string, Partial<Record<keyof DomainFactory<Dna, string, object>, unknown>>, string]>([
    ['nothing', { fit: () => Promise.resolve() }, 'factory.fit: expected a domain, got none'],
    ['no files', { save: () => 'ACGTN' }, 'factory.save: expected texts by file name, got "ACGTN"'],
    [
      'no texts',
      { save: () => ({ 'dna.json': [1] }) },
      'factory.save: expected texts by file name, got {"dna.json":[1]}',
    ],
    [
      'files that are not there yet',
      { save: () => Promise.resolve({}) },
      'factory.save: expected texts by file name, got a Promise',
    ],
    [
      'files outside the run',
      { save: () => ({ '../dna.txt': '' }) },
      'factory.save: ../dna.txt: expected a file name of letters, digits, ".", "-" and "_" that begins with a letter or digit',
    ],
    ['no domain but an error', { fit: boom }, 'factory.fit: boom'],
    ['a domain but cannot load it', { load: boom }, 'factory.load: boom'],
    [
      'no loaded domain',
      { load: () => Promise.resolve({ name: 'dna' }) },
      'factory.load: vocabulary: expected an object, got none',
    ],
    [
      'another vocabulary',
      { load: () => Promise.resolve({ ...dna, vocabulary: { size: 5, describe: String } }) },
      'factory.load: expected a vocabulary of 6, the value before it was saved, got 5',
    ],
    [
      'other stop tokens',
      { load: () => Promise.resolve({ ...dna, stopTokens: [4] }) },
      'factory.load: expected stopTokens [5], the value before it was saved, got [4]',
    ],
    [
      'other files',
      { save: countedFiles() },
      'factory.load: expected a domain that is saved with fingerprint',
    ],
  ])('refuses a factory that makes %s', async (_, change, complaint) => {
    await expect(madeBy(change).factory.fit(noExamples(), {})).rejects.toThrow(
      `./dna.js: ${complaint}`,
    );
  });

  it('names the example that a loaded domain encodes otherwise', async () => {
    const other = {
      ...dna,
      encodeExample: (text: string) => dna.encodeExample(text.replaceAll('A', 'T')),
    };
    const domain = await madeBy({ load: () => Promise.resolve(other) }).factory.fit(
      noExamples(),
      {},
    );
    expect(() => domain.encodeExample('GC')).not.toThrow();
    expect(() => domain.encodeExample('GA')).toThrow(
      './dna.js: factory.load: encodeExample of "GA": expected [5,2,0,5], the value before it was saved, got [5,2,3,5]; save all that load needs',
    );
  });

  it('names the reader that fails, and passes on errors of the data', async () => {
    const app = appWith({
      readExamples: async function* () {
        yield await Promise.resolve('ACG');
        boom();
      },
    });
    await expect(app.factory.fit(app.data.readExamples([]), {})).resolves.toBeDefined();
    const failing = madeBy({ fit: (examples: AsyncIterable<unknown>) => drain(examples) });
    const broken = (): AsyncIterable<unknown> => app.data.readExamples([]);
    await expect(failing.factory.fit(broken(), {})).rejects.toThrow(
      /^\.\/dna\.js: readExamples: boom$/,
    );
  });

  it('passes on an error of a file', async () => {
    const app = appWith({
      readExamples: async function* ([file]: DataFile[]) {
        yield* file.chunks();
      },
    });
    const gone = new Error('dna.txt: expected a file, got none');
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.reject<Uint8Array>(gone);
    };
    const reading = app.data.readExamples([{ name: 'dna.txt', chunks }])[Symbol.asyncIterator]();
    await expect(reading.next()).rejects.toBe(gone);
  });

  it.each<[string, () => unknown, string]>([
    ['fail', boom, 'boom'],
    [
      'are a number',
      () => 5,
      'expected a list of { name, value }, { name, values } or { name, shares }, got 5',
    ],
    [
      'have no number',
      () => [{ name: 'letters', value: '5' }],
      'expected a list of { name, value }, { name, values } or { name, shares }, got [{"name":"letters","value":"5"}]',
    ],
  ])('refuses statistics that %s', (_, statistics, complaint) => {
    expect(() => statisticsFeature.of(appWith({ statistics }))!([])).toThrow(
      `./dna.js: statistics: ${complaint}`,
    );
  });

  it('returns the statistics of a module unchanged', () => {
    const found = [
      { name: 'letters', value: 5 },
      { name: 'bases', shares: { A: 0.5, C: 0.5 } },
    ];
    expect(statisticsFeature.of(appWith({ statistics: () => found }))!([])).toBe(found);
  });

  it.each<[string, object, string]>([
    ['promptOf that fails', { promptOf: boom }, 'scoring.promptOf of "ACG": boom'],
    ['score that fails', { score: boom }, 'scoring.score: boom'],
    [
      'a score that is none',
      { score: () => 5 },
      'scoring.score: expected a list of { name, score, signature }, got 5',
    ],
    [
      'no score',
      { score: () => [] },
      'scoring.score: expected a list of { name, score, signature }, got []',
    ],
    [
      'a score without a number',
      { score: () => [{ name: 'same', score: NaN, signature: '' }] },
      'scoring.score: expected a finite number for same, got NaN',
    ],
    ['baselines that fail', { baselines: boom }, 'scoring.baselines: boom'],
    [
      'baselines that are none',
      { baselines: () => ['copy'] },
      'scoring.baselines: expected { name, outputs }, got "copy"',
    ],
    [
      'too few outputs',
      { baselines: () => [{ name: 'copy', outputs: [] }] },
      'scoring.baselines: expected 1 output of copy, one per example, got 0',
    ],
  ])('refuses scoring with %s', async (_, change, complaint) => {
    const right = { promptOf: String, score: () => [{ name: 'same', score: 1, signature: '' }] };
    const scoring = scoringFeature.of(appWith({ scoring: { ...right, ...change } }));
    const use = async (): Promise<void> => {
      scoring!.promptOf('ACG');
      scoring!.score(['ACG'], ['ACG']);
      await scoring!.baselines?.(['ACG']);
    };
    await expect(use()).rejects.toThrow(`./dna.js: ${complaint}`);
  });

  it.each<[string, () => unknown, string]>([
    ['fail', boom, 'boom'],
    ['are one text', () => 'ACG', 'expected a list of texts, got "ACG"'],
    ['are none', () => [5], 'expected a list of texts, got [5]'],
  ])('refuses texts of an example that %s', (_, textsOf, complaint) => {
    const app = appWith({ textsOf });
    expect(() => app.data.textsOf!('ACG')).toThrow(`./dna.js: textsOf of "ACG": ${complaint}`);
    expect(appWith({ textsOf: (dna: string) => [dna] }).data.textsOf!('ACG')).toEqual(['ACG']);
  });

  it('refuses a companion of another kind', async () => {
    const opened = { make: (text: string) => Promise.resolve(text) };
    const companion = { settings: {}, open: () => Promise.resolve(opened) };
    const maker = await companionFeature.of(appWith({ companion }))!.open({});
    await expect(maker!.make('ACG')).rejects.toThrow(
      './dna.js: companion of "ACG": expected { kind:',
    );
  });

  it('refuses examples and outputs of another kind', () => {
    const app = appWith({ readExamples: () => ['ACG'], showOutput: (text: string) => text });
    expect(() => app.data.readExamples([])).toThrow(
      './dna.js: readExamples: expected an async generator, as `async function*` makes one, got ["ACG"]',
    );
    expect(() => app.showOutput('ACG')).toThrow(
      `./dna.js: showOutput of "ACG": expected { kind: 'text', text } or { kind: 'file', extension, bytes }, got "ACG"`,
    );
  });
});

describe('the parts of an app', () => {
  it('are all present in an app that passes', () => {
    expect(() => checkedApp('./dna.js', dnaApp)).not.toThrow();
  });

  it('may be in data and features, or members of the app, as in the old form', async () => {
    const features = { oneLine: true, statistics: () => [{ name: 'letters', value: 5 }] };
    const defaults = { nLayer: 1 };
    const presets = { tiny: { nLayer: 2 } };
    const data = { ...dnaApp.data, textsOf: (text: string) => [text] };
    const apps = [
      checkedApp('./dna.js', { ...dnaApp, data, features, presets: { ...presets, defaults } }),
      checkedApp('./dna.js', { ...flatApp, ...data, ...features, presets, defaults }),
      checkedApp('./dna.js', { ...dnaApp, textsOf: data.textsOf, features, presets, defaults }),
    ];
    for (const app of apps) {
      expect(app.data.extensions).toEqual(['.txt']);
      for await (const example of app.data.readExamples([])) expect(example).toBe('ACGT');
      expect(app.data.textsOf!('ACG')).toEqual(['ACG']);
      expect(oneLineFeature.of(app)).toBe(true);
      expect(statisticsFeature.of(app)!([])).toEqual([{ name: 'letters', value: 5 }]);
      expect(app.presets).toEqual({ tiny: { nLayer: 2 }, defaults: { nLayer: 1 } });
    }
  });

  it('may be methods of instances of classes', () => {
    class Own {
      readonly #letters = 5;
      readonly data = dnaApp.data;
      readonly features = {
        statistics: (): object[] => [{ name: 'letters', value: this.#letters }],
      };
      measure(text: string): object {
        return { letter: text.length + this.#letters };
      }
    }
    const app = checkedApp(
      './dna.js',
      Object.assign(new Own(), { ...dnaApp, data: undefined, ...dnaApp.data }),
    );
    expect(statisticsFeature.of(app)!([])).toEqual([{ name: 'letters', value: 5 }]);
    expect(measureFeature.of(app)!('ACG', dna)).toEqual({ letter: 8 });
  });

  it('keep the other functions of a grammar in addition to the allowed ids', async () => {
    const instead = (): object[] => [{ refused: [0], by: [1] }];
    const restate = (): number[] => [END];
    const domain = await fitted({ grammar: { ...dna.grammar, instead, restate, prior: boom } });
    expect(domain.grammar!.instead!(undefined)).toEqual(instead());
    expect(domain.grammar!.restate!([0])).toEqual([END]);
    expect(() => domain.grammar!.prior!(undefined)).toThrow('./dna.js: grammar.prior: boom');
  });

  it.each<[object, string]>([
    [{ name: undefined }, 'name: expected a non-empty string, got none'],
    [{ readExamples: undefined }, 'readExamples: expected a function, got none'],
    [{ packing: 'lines' }, "packing: expected 'examples', 'stream' or 'pieces', got \"lines\""],
    [{ extensions: '.txt' }, 'extensions: expected a list of endings, [\'.txt\'], got ".txt"'],
    [{ readOutput: 'text' }, 'readOutput: expected a function or none, got "text"'],
    [{ factory: { fit: () => dna } }, 'factory.save: expected a function, got none'],
    [{ options: { gap: 5 } }, 'options.gap: expected an object, got 5'],
    [
      { options: { gap: { kind: 'float', description: 'A gap.' } } },
      'options.gap.kind: expected one of integer, number, choice, boolean, string, got "float"',
    ],
    [
      { options: { gap: { kind: 'integer' } } },
      'options.gap.description: expected a non-empty string, got none',
    ],
    [{ presets: { big: null } }, 'presets.big: expected an object, got null'],
    [{ presets: { big: 5 } }, 'presets.big: expected an object, got 5'],
    [{ scoring: { promptOf: () => '' } }, 'scoring.score: expected a function, got none'],
    [{ defaults: 5 }, 'defaults: expected an object or none, got 5'],
    [{ oneLine: 1 }, 'oneLine: expected true, false or none, got 1'],
    [
      { outputExtensions: 1 },
      "outputExtensions: expected a list of endings or none, ['.txt'], got 1",
    ],
    [{ data: 5 }, 'data: expected an object, got 5'],
    [{ features: 5 }, 'features: expected an object or none, got 5'],
    [{ features: { answer: 5 } }, 'answer: expected a function or none, got 5'],
    [
      { data: { ...dnaApp.data, fields: {} } },
      "fields.names: expected a list of names, ['text'], got none",
    ],
  ])('refuses %j', (change, complaint) => {
    expect(() => checkedApp('./dna.js', { ...flatApp, ...change })).toThrow(
      `./dna.js: ${complaint}`,
    );
  });
});

const tokens = (...ids: number[]): object => ({ tokens: ids, lossWeights: ids.map(() => 1) });

async function drain(examples: AsyncIterable<unknown>): Promise<void> {
  for await (const example of examples) expect(example).toBe('ACG');
}

/** Files whose content differs at each read. */
function countedFiles(): () => Files {
  let count = 0;
  return () => ({ 'dna.txt': `${count++}` });
}
