import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { type Random, randomAt } from '@ramble/core';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt } from './attempt.js';
import { expectAnswer, type SmallServer, smallServer } from './small-server.js';

/** Malformed requests: broken HTTP, broken JSON, and JSON that no field takes. */
export const requests: Attack = {
  name: 'requests',
  promise: 'Each is answered or refused by name within ten seconds, none with 5xx; others go on.',
  tries: { small: 300, full: 4000 },
  attempts,
};

const KINDS = ['bytes', 'value', 'value', 'field', 'socket', 'head', 'constraint', 'constraint'];
/** Number of malformed requests between two ordinary ones. */
const BETWEEN = 50;
const WITHIN_MS = 10_000;

async function* attempts({ tries, seed }: AttackSetup): AsyncGenerator<Attempt> {
  const server = await smallServer();
  try {
    for (let turn = 0; turn < tries; turn++) {
      const draw = drawing(randomAt({ seed, purpose: 'sample', step: turn }));
      const kind = draw.one(KINDS);
      const sent = draw.request(kind);
      yield await attempt(`${kind}: ${JSON.stringify(sent.slice(0, 200))}`, async () => {
        const answer = await send(server, sent, kind === 'socket');
        checkAnswer(answer);
        if (turn % BETWEEN === 0) await expectAnswer(server);
        if (server.failures.length > 0) throw new Error(`log: got ${server.failures.join('; ')}`);
      });
    }
  } finally {
    await server.close();
  }
}

/** Sends bytes over a new connection, and reads until the server ends it. */
async function send({ port }: SmallServer, sent: string, endsEarly: boolean): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const timer = setTimeout(() => {
    socket.destroy(new Error(`the server did not answer within ${WITHIN_MS} ms`));
  }, WITHIN_MS);
  try {
    if (endsEarly) socket.end(sent, 'latin1');
    else socket.write(sent, 'latin1');
    return await text(socket);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return ''; // the server refused to read on
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function checkAnswer(answer: string): void {
  if (answer === '') return;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  if (!(status >= 200 && status < 500)) {
    throw new Error(`status: expected one below 500, got ${answer.slice(0, 100)}`);
  }
  if (status < 400 || status === 417) return; // Node itself answers unknown expectations
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(answer)?.[1];
  if (message === undefined || !/^[^]+: /.test(message)) {
    throw new Error(`message: expected a field by its name, got ${answer.slice(-200)}`);
  }
}

const FIELDS = [
  ...['prompt', 'max_tokens', 'temperature', 'top_p', 'n', 'best_of', 'logprobs', 'seed', 'stop'],
  ...['stream', 'echo', 'logit_bias', 'stream_options', 'top_k', 'min_p', 'num_beams', 'suffix'],
  ...['stop_token_ids', 'early_stopping', 'ignore_eos', 'response_format', 'user', 'model'],
];
/** Fields of constraints, with values that some of them take and others refuse. */
const CONSTRAINT_FIELDS = [
  ...['response_format', 'json_schema', 'grammar', 'structured_outputs'],
  ...['guided_json', 'guided_regex', 'guided_grammar', 'guided_choice'],
];
const CONSTRAINTS = [
  ...['{"type":"json_object"}', '{"$ref":"#"}', '{"enum":[]}', '{"type":"whale"}', '{"not":{}}'],
  ...['{"minItems":1e9,"items":{"minLength":1e308}}', '{"pattern":"((a*)*b|(a|a)*)*c"}', 'false'],
  ...['{"properties":{"a":{"$ref":"#"}},"required":["a"]}', '{"oneOf":[{},{}]}', '{"json":{}}'],
  ...['{"type":"json_schema","json_schema":{"name":"a","schema":{"anyOf":[{"$ref":"#"}]}}}'],
  ...['"((a{0,999}){0,999}){0,999}b"', '"(a"', '"a(?=b)"', '["a","a",""]', '{"regex":"(a|ab)*"}'],
  ...['"root ::= root \\"a\\""', '"root ::= (\\"a\\" | \\"\\")*"', '{"choice":[1]}', '"{"'],
  ...[
    '"root ::= \\"a\\" root? root? root?"',
    `{"enum":[${Array.from({ length: 9999 }, (_, at) => at).join()}]}`,
  ],
];
const VALUES = [
  ...['null', 'true', '-1', '0', '0.5', '1e400', '-1e400', '9007199254740993', '1e-320', '""'],
  ...['[]', '{}', '[[]]', '[[[]]]', '"\\ud800"', '"\\u0000"', '{"__proto__":{}}', '[1,"a"]'],
  ...['[null]', '{"constructor":{"prototype":1}}', '"../../etc/passwd"', '[-1]', '[1e9]', 'NaN'],
];

/** Random generator of an attempt: draws an entry of a list, or a request of a kind. */
interface Drawing {
  one<T>(list: readonly T[]): T;
  request(kind: string): string;
}

function drawing(random: Random): Drawing {
  let turn = 0;
  const below = (count: number): number => Math.floor(random.uniform(turn++) * count);
  const one = <T>(list: readonly T[]): T => list[below(list.length)];
  const noise = (): string =>
    Array.from({ length: below(40) }, () => String.fromCharCode(below(256))).join('');
  const value = (): string => {
    const depth = below(8) === 0 ? below(60_000) : 0;
    return (
      '['.repeat(depth) +
      (below(9) === 0 ? JSON.stringify(noise()) : one(VALUES)) +
      ']'.repeat(depth)
    );
  };
  const right = (): string => `{"prompt":"Call me","max_tokens":${below(4)},"seed":${below(9)}}`;
  const posted = (body: string, head = ''): string =>
    'POST /v1/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n' +
    `content-type: application/json\r\n${head}content-length: ${body.length}\r\n\r\n${body}`;
  const mutated = (whole: string): string => {
    const at = below(whole.length);
    return whole.slice(0, at) + noise() + whole.slice(at + below(3));
  };
  return {
    one,
    request: (kind) => {
      if (kind === 'bytes') return posted(mutated(right()));
      if (kind === 'value') return posted(`{"max_tokens":1,"${one(FIELDS)}":${value()}}`);
      if (kind === 'constraint') {
        const given = below(3) === 0 ? value() : one(CONSTRAINTS);
        return posted(`{"max_tokens":9,"prompt":"a","${one(CONSTRAINT_FIELDS)}":${given}}`);
      }
      if (kind === 'field') return posted(`{"prompt":"a",${JSON.stringify(noise())}:${value()}}`);
      if (kind === 'head')
        return posted(right(), `${one(['x', 'host', 'te', 'expect'])}: ${noise()}\r\n`);
      return mutated(posted(right()));
    },
  };
}
