import type { EncodeQuestion, ModelView, WriteEvent } from '@ramble/explorer';

import type { Session } from '../state/session.js';
import { Writing } from './writing.js';

const model = { id: 'piano', format: 'mid', joins: false, continues: true } as ModelView;
const settings = { promptSettings: [], outputSettings: [], samplingSettings: [] };

it('decodes the primer of a file once, and again for another prompt', async () => {
  const primers: unknown[] = [];
  const session = {
    calm: () => undefined,
    complain: (error: unknown) => {
      throw error;
    },
    ask: (call: string, question: EncodeQuestion & { prompt?: unknown; output?: unknown[] }) => {
      if (call === 'encode') {
        return Promise.resolve({ prompt: { tokens: [question.file!.length] }, tokens: [] });
      }
      if (question.output?.length === 0) primers.push(question.prompt);
      return Promise.resolve({ kind: 'file', base64: 'TVRoZA==' });
    },
    transport: {
      async *stream(): AsyncGenerator<WriteEvent> {
        await Promise.resolve();
        const token = { id: 7, word: 'E4', text: 'E4', probability: 0.5, rank: 1, entropy: 1 };
        yield { kind: 'token', output: 0, token: { ...token, alternatives: [] } };
      },
    },
  } as unknown as Session;
  const writing = new Writing(session, { ...model, ...settings });
  for (const base64 of ['AAAA', 'AAAA', 'AAAAAAAA']) {
    writing.given.value = { text: '', file: { name: 'song.mid', base64 } };
    await writing.start();
    expect(writing.primer.value).toBe('TVRoZA==');
  }
  expect(primers).toEqual([{ tokens: [4] }, { tokens: [8] }]);
});
