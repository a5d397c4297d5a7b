import { join } from 'node:path';

import { type Ended, startRamble } from '../test/start-ramble.js';

const MODELS = join(import.meta.dirname, '../../../examples/models');

const DESCRIPTION =
  'Ark manages various archive formats, including tar, gzip, bzip2, rar and zip, as well as CD-ROM images.';

const commandOf = (domain: string, model: string, ...words: string[]): string[] => [
  ...[domain, 'sample', '--model', join(MODELS, model), ...words, '--quiet'],
];
function ask(domain: string, model: string, ...words: string[]): Promise<Ended> {
  return startRamble(commandOf(domain, model, ...words));
}

describe('the models in examples', () => {
  it('translate a short description', async () => {
    const { status, stdout } = await ask('translation', 'en-fr', 'Text editor for programmers');
    expect([status, stdout.trim()]).toEqual([0, 'éditeur de texte pour programmeurs']);
  });

  it('translate lines into lines, be it one', async () => {
    const words = commandOf('translation', 'en-fr', '--n-best', '2');
    const outputs = async (stdin: string): Promise<string[]> =>
      (await startRamble(words, { stdin })).stdout.trimEnd().split('\n');
    const [first, second] = ['Text editor for programmers\n', 'text editor\n'];
    const one = await outputs(first);
    expect(one).toEqual([
      expect.stringMatching(/^1\t-[\d.]+\téditeur de texte pour programmeurs$/),
      expect.stringMatching(/^1\t-[\d.]+\t\S/),
    ]);
    const two = await outputs(first + second);
    expect([two.length, two.slice(0, 2)]).toEqual([4, one]);
  });

  it('sum up a description', async () => {
    const { status, stdout } = await ask('summarization', 'synopses', DESCRIPTION);
    expect([status, stdout.trim()]).toEqual([0, 'Ark manages various archive formats']);
  });
});
