import { counted } from '@ramble/core/files';

import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from './note.js';

/** Pixels a second and a semitone. */
const SECOND = 60;
const SEMITONE = 6;
const MARGIN = 34;
const BLACK_KEYS = [1, 3, 6, 8, 10];

/**
 * A piano roll as a picture (SVG): time from left to right, pitch upwards, a note the darker the harder
 * it is struck. Lines are seconds and Cs.
 */
export function drawPianoRoll(notes: readonly StepNote[]): string {
  const pitches = notes.map(({ pitch }) => pitch);
  const low = Math.floor(pitches.reduce((a, b) => Math.min(a, b), 60) / 12) * 12;
  const high = Math.ceil((pitches.reduce((a, b) => Math.max(a, b), 71) + 1) / 12) * 12;
  const seconds = Math.max(
    1,
    Math.ceil(notes.reduce((last, { endStep }) => Math.max(last, endStep), 0) / STEPS_PER_SECOND),
  );
  const [width, height] = [seconds * SECOND, (high - low) * SEMITONE];
  const top = (pitch: number): number => (high - pitch - 1) * SEMITONE;
  const left = (step: number): number => round((step / STEPS_PER_SECOND) * SECOND);

  const rows = Array.from({ length: high - low }, (_, i) => low + i);
  const keys = rows
    .filter((pitch) => BLACK_KEYS.includes(pitch % 12))
    .map((pitch) => `<rect y="${top(pitch)}" width="${width}" height="${SEMITONE}" />`);
  const octaves = rows
    .filter((pitch) => pitch % 12 === 0)
    .map((pitch) => {
      const y = top(pitch) + SEMITONE;
      const name = `<text x="-6" y="${y}" text-anchor="end">C${pitch / 12 - 1}</text>`;
      return `<path d="M0 ${y}H${width}" />${name}`;
    });
  const beats = Array.from({ length: seconds + 1 }, (_, second) => {
    const x = second * SECOND;
    const isNamed = second % 5 === 0;
    const name = `<text x="${x}" y="${height + 16}" text-anchor="middle">${second} s</text>`;
    return `<path d="M${x} 0V${height}" />${isNamed ? name : ''}`;
  });
  const bars = notes.map(({ startStep, endStep, pitch, velocity }) => {
    const opacity = round(0.25 + (0.75 * velocity) / 127);
    const place = `x="${left(startStep)}" y="${top(pitch)}" width="${left(endStep - startStep)}"`;
    return `<rect ${place} height="${SEMITONE - 1}" rx="1" opacity="${opacity}" />`;
  });
  const [fullWidth, fullHeight] = [width + 2 * MARGIN, height + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fullWidth}" height="${fullHeight}" viewBox="${-MARGIN} ${-MARGIN} ${fullWidth} ${fullHeight}">`,
    `<title>Piano roll: ${counted(notes.length, 'note')}, ${seconds} s</title>`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${fullWidth}" height="${fullHeight}" fill="#fff" />`,
    `<g fill="#f1f3f5">${keys.join('')}</g>`,
    `<g fill="#555" stroke="none" font-family="sans-serif" font-size="11">`,
    `<g stroke="#d5d9dd">${[...octaves, ...beats].join('').replaceAll('<text', '<text stroke="none"')}</g></g>`,
    `<g fill="#17458f">${bars.join('\n')}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}
