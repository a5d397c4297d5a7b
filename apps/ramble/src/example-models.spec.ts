import { join } from 'node:path';

import { type Ended, startRamble } from '../test/start-ramble.js';

const MODELS = join(import.meta.dirname, '../../../examples/models');

const DESCRIPTION =
  'Ark manages various archive formats, including tar, gzip, bzip2, rar and zip, as well as CD-ROM images.';

function ask(domain: string, model: string, ...words: string[]): Promise<Ended> {
  return startRamble([domain, 'sample', '--model', join(MODELS, model), ...words, '--quiet']);
}

describe('the models in examples', () => {
  it('translate a short description', async () => {
    const { status, stdout } = await ask('translation', 'en-fr', 'Text editor for programmers');
    expect([status, stdout.trim()]).toEqual([0, 'éditeur de texte pour programmeurs']);
  });

  it('sum up a description', async () => {
    const { status, stdout } = await ask('summarization', 'synopses', DESCRIPTION);
    expect([status, stdout.trim()]).toEqual([0, 'Ark manages various archive formats']);
  });
});
