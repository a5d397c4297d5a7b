import type { DataFile } from '@ramble/core';

import { choralesApp } from './index.js';

const CHORALES = [
  [[74, 70, 65, 58]],
  [
    [72, 67, 64, 48],
    [72, 67, 64, -1],
  ],
];
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const file: DataFile = {
  name: 'jsb.json',
  chunks: async function* () {
    yield await Promise.resolve(bytes(CHORALES));
  },
};

describe('choralesApp', () => {
  it('reads the chorales of a file', async () => {
    const read: unknown[] = [];
    for await (const chorale of choralesApp.data.readExamples([file])) read.push(chorale);
    expect(read).toEqual(CHORALES);
  });

  it('reads a prompt and an output, and an empty file as an empty prompt', () => {
    expect(choralesApp.readPrompt(bytes(CHORALES[1]))).toEqual(CHORALES[1]);
    expect(choralesApp.readOutput?.(bytes(CHORALES[0]))).toEqual(CHORALES[0]);
    expect(choralesApp.readPrompt(new Uint8Array())).toEqual([]);
    expect(() => choralesApp.readPrompt(bytes(7))).toThrow(
      'prompt: chorale 1: expected a list of steps, got 7',
    );
  });

  it('shows a chorale as MIDI, as a piano roll or as sheet music', () => {
    const chorale = choralesApp.readPrompt(bytes(CHORALES[1]));
    expect(choralesApp.showOutput(chorale)).toMatchObject({ kind: 'file', extension: '.mid' });
    expect(choralesApp.showOutput(chorale, '.svg')).toMatchObject({ kind: 'text' });
    expect(choralesApp.showOutput(chorale, '.musicxml')).toMatchObject({
      kind: 'text',
      text: expect.stringContaining('<part-name>Soprano</part-name>') as unknown,
    });
  });
});
