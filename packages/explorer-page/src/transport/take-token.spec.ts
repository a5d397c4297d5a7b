import { takeToken } from './take-token.js';

function browser(hash: string, kept: Record<string, string> = {}) {
  const addresses: string[] = [];
  const token = takeToken(
    { hash },
    { replaceState: (_data, _unused, url) => void addresses.push(String(url)) },
    {
      getItem: (name) => kept[name] ?? null,
      setItem: (name, value) => void (kept[name] = value),
    },
  );
  return { token, addresses, kept };
}

describe('takeToken', () => {
  it('takes the token out of the address and keeps it for the tab', () => {
    const { token, addresses, kept } = browser('#token=a%2Fb');
    expect(token).toBe('a/b');
    expect(addresses).toEqual(['#']);
    expect(browser('#/look?model=book', kept)).toMatchObject({ token: 'a/b', addresses: [] });
  });

  it('leaves the place that follows the token', () => {
    expect(browser('#token=abc&/look?model=book').addresses).toEqual(['#/look?model=book']);
  });

  it('is empty where none was given', () => {
    expect(browser('').token).toBe('');
  });
});
