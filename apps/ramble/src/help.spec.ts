import { VERBS } from '@ramble/command-line';
import { helpExamplesFeature } from '@ramble/command-line/features';

import { askHelp } from '../test/ask-help.js';
import { commandsIn } from '../test/commands-in.js';
import { APPS } from './built-in.js';

/** Every domain with the verbs that its help lists. */
const CASES = APPS.flatMap(({ name, parts }) =>
  VERBS.ofDomains
    .filter(({ needs }) => !needs || parts?.includes(needs.part))
    .map((verb): [string, string] => [name, verb.name]),
);
/** Names in the help examples of text; other domains use other names. */
const OF_TEXT = /book|Call|letters\.txt|pairs\.jsonl|smollm2|'x'/;

/** The answer to a command line whose flags and values all exist. */
const KNOWN = { status: 0 };

async function helpOf(domain: string, verb: string): Promise<string> {
  return (await askHelp([domain, verb])).printed;
}

describe('the help', () => {
  it.each(CASES)('of ramble %s %s has examples with its own flags', async (domain, verb) => {
    const [options, examples] = (await helpOf(domain, verb)).split(/^Examples?:$/m);
    const lines = examples.trim().replaceAll('\\\n', ' ').split('\n');
    for (const line of lines) {
      if (line.trim() === 'ramble data list') continue; // names for import
      expect(line.trim()).toMatch(new RegExp(`^ramble ${domain} ${verb} `));
      for (const [flag] of line.matchAll(/--[a-z-]+/g)) {
        expect(options).toContain(` ${flag.replace('--no-', '--')} `);
      }
      for (const words of commandsIn(line)) expect(await askHelp(words)).toMatchObject(KNOWN);
    }
  });

  it.each(['music', 'band', 'chorales', 'translation', 'summarization'])(
    'of ramble %s has examples of only that domain',
    async (domain) => {
      const own = APPS.find(({ name }) => name === domain);
      const helpExamples = helpExamplesFeature.of(await own!.load()) ?? {};
      for (const [, verb] of CASES.filter(([name]) => name === domain)) {
        expect(Object.keys(helpExamples)).toContain(verb);
        if (['translation', 'summarization'].includes(domain)) continue; // these domains import models of text
        expect((await helpOf(domain, verb)).split(/^Examples?:$/m)[1]).not.toMatch(OF_TEXT);
      }
    },
  );

  it('of every verb names its runs and files as its domain does', async () => {
    const runs = async (domain: string): Promise<Set<string>> => {
      const found = new Set<string>();
      for (const [, verb] of CASES.filter(([name]) => name === domain)) {
        const [, examples] = (await helpOf(domain, verb)).split(/^Examples?:$/m);
        for (const [, run] of examples.matchAll(/--model (\S+)/g)) found.add(run);
      }
      return found;
    };
    expect(await runs('music')).toEqual(new Set(['runs/piano', 'runs/to-melody']));
    expect(await runs('band')).toEqual(new Set(['runs/band']));
    expect(await runs('chorales')).toEqual(new Set(['runs/bach']));
  });

  it('without --help-all shows few options, those that must be given among them', async () => {
    for (const [domain, verb] of CASES) {
      const { printed } = await askHelp([domain, verb], '--help');
      const [options] = printed.split(/^Examples?:$/m);
      const rows = options.match(/^ {2}-.*$/gm) ?? [];
      expect([domain, verb, rows.length]).toEqual([domain, verb, Math.min(rows.length, 16)]);
      const isWhole = printed.includes('For every verb:');
      expect(/Show all \d+ options\./.test(printed)).toBe(!isWhole);
    }
    const { printed } = await askHelp(['text', 'train'], '--help');
    expect(printed.split('\n').length).toBeLessThan(45);
    expect(printed).toMatch(/^ {2}-d, --data <path\.\.\.>/m);
    expect(printed).toMatch(/^ {2}--help-all {2,}Show all \d\d options\.$/m);
  });

  it.each([40, 60, 80, 120])('fits a terminal of %d columns', async (columns) => {
    const words = APPS.flatMap(({ name }) => [[name], [name, 'train'], [name, 'sample']]);
    for (const each of [[], ['metrics'], ['serve'], ['data'], ...words]) {
      for (const flag of ['--help', '--help-all'] as const) {
        const { printed } = await askHelp(each, flag, { columns });
        const long = printed.split('\n').filter((line) => line.length > columns);
        // A word longer than the line cannot be broken: a flag with its value, a path.
        const breakable = long.filter((line) => !/^ *(--?[\w-]+ )?\S+( \\)?$/.test(line));
        expect(breakable).toEqual([]);
      }
    }
  });

  it.each([
    ['music', 'train', ['--source', '--target', '--valid-source', '--valid-target']],
    ['music', 'curve', ['--source', '--target', '--valid-source', '--valid-target']],
    ['music', 'sample', ['--stop']],
    [
      'music',
      'evaluate',
      ['--source', '--target', '--last-word', '--max-characters', '--memory', '--output-scores'],
    ],
    ['music', 'score', ['--source', '--target']],
    ['text', 'evaluate', ['--source', '--target', '--samples', '--output-scores']],
    ['text', 'inspect', ['--attention-picture']],
    ['translation', 'evaluate', ['--stride', '--memory', '--last-word', '--max-characters']],
  ])('of ramble %s %s does not list flags that it refuses', async (domain, verb, refused) => {
    const help = await helpOf(domain, verb);
    expect(refused.filter((flag) => help.includes(`\n  ${flag} `))).toEqual([]);
  });

  it('of a domain that takes them lists them', async () => {
    for (const [domain, verb, flag] of [
      ['translation', 'train', '--valid-target'],
      ['text', 'sample', '--stop'],
      ['text', 'evaluate', '--last-word'],
      ['music', 'evaluate', '--stride'],
      ['translation', 'evaluate', '--output-scores'],
      ['music', 'inspect', '--attention-picture'],
    ]) {
      expect(await helpOf(domain, verb)).toContain(`\n  ${flag} `);
    }
  });

  it('of music gives the number of events of an output', async () => {
    const help = (await helpOf('music', 'sample')).replace(/\s+/g, ' ');
    expect(help).toMatch(/--max-new-tokens <n> [^-]*\(default: 1024\)/);
  });

  it('of a domain that searches with beams gives its own defaults', async () => {
    const help = (await helpOf('translation', 'sample')).replace(/\s+/g, ' ');
    expect(help).toMatch(/--num-beams <n> [^-]*\(default: 4\)/);
  });
});
