import { askHelp } from '../test/ask-help.js';
import { commandsIn } from '../test/commands-in.js';
import { APPS } from './apps.js';

const VERBS = ['train', 'sample', 'evaluate', 'score', 'encode', 'decode', 'next', 'inspect'];
const CASES = APPS.flatMap(({ name }) => VERBS.map((verb): [string, string] => [name, verb]));

/** The answer to a command line whose flags and values all exist. */
const KNOWN = { status: 0 };

async function helpOf(domain: string, verb: string): Promise<string> {
  return (await askHelp([domain, verb])).printed;
}

describe('the help', () => {
  it.each(CASES)('of ramble %s %s has examples with its own flags', async (domain, verb) => {
    const [options, examples] = (await helpOf(domain, verb)).split(/^Examples?:$/m);
    const lines = examples.trim().split('\n');
    for (const line of lines) {
      expect(line.trim()).toMatch(new RegExp(`^ramble ${domain} ${verb} `));
      for (const [flag] of line.matchAll(/--[a-z-]+/g)) {
        expect(options).toContain(` ${flag.replace('--no-', '--')} `);
      }
      for (const words of commandsIn(line)) expect(await askHelp(words)).toMatchObject(KNOWN);
    }
  });

  it.each(['music', 'band', 'chorales', 'translation', 'summarization'])(
    'of ramble %s does not speak of books',
    async (domain) => {
      for (const verb of VERBS) {
        expect((await helpOf(domain, verb)).split(/^Examples?:$/m)[1]).not.toMatch(/book|Call/);
      }
    },
  );

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
  ])('of ramble %s %s does not list what it refuses', async (domain, verb, refused) => {
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

  it('of music tells how many events an output has', async () => {
    const help = (await helpOf('music', 'sample')).replace(/\s+/g, ' ');
    expect(help).toMatch(/--max-new-tokens <n> [^-]*\(default: 1024\)/);
  });

  it('of a domain that searches with beams tells its own defaults', async () => {
    const help = (await helpOf('translation', 'sample')).replace(/\s+/g, ' ');
    expect(help).toMatch(/--num-beams <n> [^-]*\(default: 4\)/);
  });
});
