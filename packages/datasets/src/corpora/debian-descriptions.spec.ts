import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fakeApt } from '../../test/fake-apt.js';
import { debianDescriptions, parseDescriptions } from './debian-texts.js';

const FRENCH = `Package: 0ad
Description-md5: d943033bedada21853d2ae54a2578a7b
Description-fr: jeu de stratégie\u00a0– temps réel
 0 A.D. est un jeu
 de stratégie.
 .
 Options\u202f:
  - une
  - deux
 .

Package: 2ping
Description-md5: 00
Description-fr: ping

`;

describe('parseDescriptions', () => {
  it('reads synopses and paragraphs, each as one line with plain spaces', () => {
    expect(parseDescriptions(FRENCH)).toEqual([
      {
        key: '0ad d943033bedada21853d2ae54a2578a7b',
        synopsis: 'jeu de stratégie – temps réel',
        paragraphs: ['0 A.D. est un jeu de stratégie.', 'Options : - une - deux'],
      },
      { key: '2ping 00', synopsis: 'ping', paragraphs: [] },
    ]);
  });

  it('skips entries that are not descriptions', () => {
    expect(parseDescriptions('Package: a\nVersion: 1\n\nnothing\n')).toEqual([]);
  });
});

describe('debianDescriptions', () => {
  const fake = (): { folder: string; environment: NodeJS.ProcessEnv } => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-apt-'));
    return { folder, environment: fakeApt(folder, { fr: FRENCH }) };
  };

  it('has apt-get fetch the lists into a folder of ours', async () => {
    const [french] = await debianDescriptions('debian-en-fr', ['fr'], fake());
    expect(french.map(({ synopsis }) => synopsis)).toContain('ping');
  });

  it('reports the language without descriptions', async () => {
    await expect(debianDescriptions('debian-en-xx', ['fr', 'xx'], fake())).rejects.toThrow(
      new Error('debian-en-xx: apt-get has no descriptions in xx'),
    );
  });
});
