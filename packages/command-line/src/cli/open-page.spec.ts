import { hasDisplay } from './process-io.js';

describe('hasDisplay', () => {
  it.each([
    ['linux', {}, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['linux', { WSL_DISTRO_NAME: 'Debian' }, true],
    ['linux', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '10.0.0.1 22 10.0.0.2 22' }, false],
    ['darwin', {}, true],
    ['darwin', { SSH_CONNECTION: '10.0.0.1 22 10.0.0.2 22' }, false],
    ['win32', {}, true],
  ] as const)('finds whether %s with %j has a display', (platform, environment, expected) => {
    expect(hasDisplay(environment, platform)).toBe(expected);
  });
});
