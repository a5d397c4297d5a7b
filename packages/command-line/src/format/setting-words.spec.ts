import { settingWords } from '../verb/flag.js';

describe('settingWords', () => {
  it('leaves out settings without a value', () => {
    const settings = { nLayer: 2, dropout: 0, bias: false, maxDistance: undefined };
    expect(settingWords(settings)).toEqual({ nLayer: '2', dropout: '0', bias: 'false' });
  });

  it('writes records as JSON', () => {
    const settings = { ropeScaling: { kind: 'linear', factor: 2 } };
    expect(settingWords(settings)).toEqual({ ropeScaling: '{"kind":"linear","factor":2}' });
  });
});
