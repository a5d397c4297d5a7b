interface Fault {
  readonly path: string;
  readonly line: number;
  readonly kind: string;
  readonly found: string;
  readonly advice: string;
  readonly text: string;
}
type Counts = Readonly<Record<string, number>>;
interface Lint {
  findFaults(path: string, source: string): readonly Fault[];
  countByPackage(faults: readonly Fault[]): Counts;
  findRises(counts: Counts, recorded: Counts): readonly (readonly [string, number, number])[];
  lowerCounts(counts: Counts, recorded: Counts): Counts;
  describeFault(fault: Fault): string;
}

const module = new URL('../../../tools/lint/count-english.mjs', import.meta.url).href;
const lint = (await import(module)) as Lint;

/** Counted phrases in some code, each as `LINE KIND PHRASE`. */
const found = (source: string, path = 'packages/core/src/a.ts'): string[] =>
  lint.findFaults(path, source).map(({ line, kind, found }) => `${line} ${kind} ${found}`);

describe('the count of phrases that are hard to read', () => {
  it('counts first words and phrases of doc comments and of each of their tags', () => {
    const comment =
      '/**\n * Number of slots beside\n * those of others.\n *\n * @param n - What it is.\n */';
    expect(found(`${comment}\nconst a = 1;`)).toEqual([
      '2 comment beside',
      '2 comment those of',
      '5 comment What',
    ]);
    expect(found('interface A {\n  /** Told the loss. */\n  b: 1;\n}')).toEqual(['2 comment Told']);
  });

  it('leaves out other comments, code in backticks, citations and @see', () => {
    expect(found('// What is beside it.\nconst a = 1;')).toEqual([]);
    expect(found('/** Prints `beside` and "goes on". */\nconst a = 1;')).toEqual([]);
    expect(found('/**\n * Loss.\n *\n * @see What goes on.\n */\nconst a = 1;')).toEqual([]);
  });

  it('counts descriptions of settings, in which "How to" may begin', () => {
    expect(found(`const a = { description: 'How to run, ' + 'as it is' };`)).toEqual([
      '1 description as it is',
    ]);
    expect(found(`const a = { description: 'How many' };`)).toEqual(['1 description How ']);
  });

  it('counts titles of tests, which may begin with "has"', () => {
    const titles = [
      `it('has those of core', () => {});`,
      `test.each([1])('what %d is', () => {});`,
      'it.each`a`("goes on", () => {});',
      `const isIt = /a/.test('goes on');`,
    ];
    expect(found(titles.join('\n'), 'packages/core/src/a.spec.ts')).toEqual([
      '1 title those of',
      '2 title what',
      '3 title goes on',
    ]);
  });

  it('counts errors with "got none", unless the value is a file', () => {
    const error = 'throw new Error(`${a}: expected b, got none`);';
    expect(found(error)).toEqual(['1 message got none']);
    expect(found(error, 'packages/runs/src/weights/a.ts')).toEqual([]);
    expect(found(error, 'packages/core/src/a.spec.ts')).toEqual([]);
  });

  it('adds up the files of a package, so that moving text between them changes no count', () => {
    const paths = ['packages/core/src/a.ts', 'tools/a/b.mjs', 'packages/core/src/b/c.ts'];
    const faults = paths.flatMap((path) => lint.findFaults(path, '/** What. */\nconst a = 1;'));
    expect(lint.countByPackage(faults)).toEqual({ 'packages/core': 2, tools: 1 });
  });

  it('reports the packages whose count rose, and records only lower counts', () => {
    const counts = { 'apps/a': 1, 'packages/b': 3, tools: 2 };
    const recorded = { 'packages/b': 4, tools: 1 };
    expect(lint.findRises(counts, recorded)).toEqual([
      ['apps/a', 1, 0],
      ['tools', 2, 1],
    ]);
    expect(lint.lowerCounts(counts, recorded)).toEqual({ 'apps/a': 0, 'packages/b': 3, tools: 1 });
  });

  it('prints the place, the sentence and the words to write', () => {
    const faults = lint.findFaults('tools/a.mjs', '/** The loss beside it. */\nconst a = 1;');
    expect(faults.map((fault) => lint.describeFault(fault))).toEqual([
      '  tools/a.mjs:1 (comment) The loss beside it.\n' +
        '    "beside": write "in addition to", "next to" or "compared with"',
    ]);
  });
});
