import { checkHost } from './guards.js';

const check =
  (header: string | undefined, host: string, ...allowedHosts: string[]) =>
  () =>
    checkHost(header, { host, allowedHosts });

describe('checkHost', () => {
  it.each([
    ['localhost', '127.0.0.1'],
    ['LOCALHOST:8080', '127.0.0.1'],
    ['localhost.:8080', '127.0.0.1'],
    ['ramble.localhost:8080', '127.0.0.1'],
    ['127.0.0.1:8080', '127.0.0.1'],
    ['127.1.2.3', '127.0.0.1'],
    ['[::1]:8080', '::1'],
    [undefined, '127.0.0.1'],
    ['192.168.1.7:8080', '0.0.0.0'],
    ['[fe80::1]:8080', '::'],
    ['box.lan:8080', 'box.lan'],
  ])('takes %s if it listens on %s', (header, host) => {
    expect(check(header, host)).not.toThrow();
  });

  it.each([
    ['evil.example', '127.0.0.1'],
    ['evil.example:8080', '0.0.0.0'],
    ['localhost.evil.example', '127.0.0.1'],
    ['127.0.0.1.evil.example', '127.0.0.1'],
    ['evil.example@localhost', '127.0.0.1'],
    ['192.168.1.7', '127.0.0.1'],
    ['', '127.0.0.1'],
    ['[evil.example]', '127.0.0.1'],
  ])('refuses %j if it listens on %s', (header, host) => {
    expect(check(header, host)).toThrow(
      `host: expected localhost or an address of this server, got "${header}"; --allowed-host allows other names`,
    );
  });

  it('takes names that were allowed, and all names for *', () => {
    expect(check('api.example.com', '0.0.0.0', 'API.example.com')).not.toThrow();
    expect(check('api.example.com', '0.0.0.0', '*')).not.toThrow();
    expect(check('other.example.com', '0.0.0.0', 'api.example.com')).toThrow('host: expected');
  });
});
