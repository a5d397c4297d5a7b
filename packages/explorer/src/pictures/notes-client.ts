import { h, hydrate } from 'preact';

import type { NoteAttention } from './contents.js';
import { NotesPicture } from './notes-picture.js';

/**
 * The script of the page of notes. `notes-client.gen.ts` contains the bundled script, which is embedded in
 * the page.
 */
const data = document.getElementById('data')?.textContent ?? '';
const place = document.getElementById('picture');
if (place) hydrate(h(NotesPicture, JSON.parse(data) as NoteAttention), place);
