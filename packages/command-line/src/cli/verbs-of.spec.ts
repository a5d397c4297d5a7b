import { VERBS } from '../verbs/verbs.js';
import { verbsOf } from './verbs-of.js';

const namesFor = (parts?: readonly 'streamOutput'[]): string[] =>
  verbsOf({ ...(parts && { parts }) }, VERBS.ofDomains).map(({ name }) => name);

describe('verbsOf', () => {
  it('leaves out verbs that need a part that an app lacks', () => {
    const none = namesFor([]);
    expect(namesFor(['streamOutput']).filter((name) => !none.includes(name))).toEqual(['chat']);
  });

  it('has all verbs for an app whose parts are unknown', () => {
    expect(namesFor()).toHaveLength(VERBS.ofDomains.length);
  });
});
