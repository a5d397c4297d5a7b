import { signal } from '@preact/signals';
import { render } from 'preact';

import { App } from './shell/app.js';
import { startTheme } from './shell/theme-switch.js';
import { createSession } from './state/session.js';
import { httpTransport } from './transport/http.js';
import { takeToken } from './transport/take-token.js';

const lostSeconds = signal<number | undefined>(undefined);
const token = takeToken(location, history, sessionStorage);
const base = new URL('calls/', location.href.replace(/#.*/u, '')).href;
const transport = httpTransport({
  base,
  token,
  onLost: (seconds) => (lostSeconds.value = seconds),
});

startTheme();
const page = document.getElementById('page');
if (page) render(<App session={createSession(transport)} lostSeconds={lostSeconds} />, page);
