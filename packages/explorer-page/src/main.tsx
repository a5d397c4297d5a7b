import { signal } from '@preact/signals';
import { render } from 'preact';

import { App } from './shell/app.js';
import { startTheme } from './shell/theme-switch.js';
import { createSession } from './state/session.js';
import { httpTransport } from './transport/http.js';
import { takeToken } from './transport/take-token.js';
import { workerTransport } from './transport/worker.js';

const lostSeconds = signal<number | undefined>(undefined);
const base = location.href.replace(/#.*/u, '');
// A page that was exported has its models beside it, and no server that runs them.
const transport =
  document.documentElement.dataset.models === 'here'
    ? workerTransport(new Worker(new URL('worker.js', base), { type: 'module' }))
    : httpTransport({
        base: new URL('calls/', base).href,
        token: takeToken(location, history, sessionStorage),
        onLost: (seconds) => (lostSeconds.value = seconds),
      });

// The address of a server that was started anew, opened in the tab of the old one.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) location.reload();
});
startTheme();
const page = document.getElementById('page');
if (page) render(<App session={createSession(transport)} lostSeconds={lostSeconds} />, page);
