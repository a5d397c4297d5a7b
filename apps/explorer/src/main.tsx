import { signal } from '@preact/signals';
import { render } from 'preact';

import { App } from './shell/app.js';
import { startTheme } from './shell/buttons.js';
import { createSession } from './state/session.js';
import { httpTransport, isTokenAccepted, type Transport } from './transport/transport.js';
import { answerTabs, askTabs, takeToken } from './transport/page-token.js';
import { workerTransport } from './transport/worker.js';

const lostSeconds = signal<number | undefined>(undefined);
const base = location.href.replace(/#.*/u, '');
// An exported page contains its models and needs no server.
const transport =
  document.documentElement.dataset.models === 'here'
    ? workerTransport(new Worker(new URL('worker.js', base), { type: 'module' }))
    : serverTransport();

/** Makes a transport that calls the page's server, with the access token of this tab or of another tab. */
function serverTransport(): Transport {
  const channel = new BroadcastChannel('ramble-explorer');
  const token = takeToken(location, history, sessionStorage) || askTabs(channel, sessionStorage);
  const server = { base: new URL('calls/', base).href, token };
  answerTabs(channel, token, () => isTokenAccepted(server));
  return httpTransport({ ...server, onLost: (seconds) => (lostSeconds.value = seconds) });
}

// The user opened the address of a restarted server in the tab of the old one.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) location.reload();
});
startTheme();
const page = document.getElementById('page');
page?.replaceChildren(); // the words of an exported page until its program runs
if (page) render(<App session={createSession(transport)} lostSeconds={lostSeconds} />, page);
