import { readFile } from 'node:fs/promises';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeEngineConformance, describeLlama } from '@ramble/testing';

import { describeOnEngine } from '../test/describe-on-engine.js';
import { tensorflowEngine, whyNot } from './engine.js';

describeOnEngine('conformance', () => describeEngineConformance(tensorflowEngine));

describeOnEngine('the Llama family', () =>
  describeLlama(tensorflowEngine, (path) =>
    readFile(new URL(`../../testing/fixtures/llama/${path}`, import.meta.url)),
  ),
);

const HOW =
  'in a clone of ramble run npm run setup:tensorflow, elsewhere npm install @tensorflow/tfjs-node@4.22.0';

describe('whyNot', () => {
  let project: string;
  let binary: string;
  const install = (): void => {
    const folder = join(project, 'node_modules/@tensorflow/tfjs-node');
    mkdirSync(join(folder, 'lib/napi-v8'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    binary = join(folder, 'lib/napi-v8/tfjs_binding.node');
  };
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'ramble-'));
  });
  afterEach(() => rmSync(project, { recursive: true }));

  it('reports that the package is not installed', () => {
    expect(whyNot(join(project, 'app.js'))).toBe(`@tensorflow/tfjs-node is not installed: ${HOW}`);
  });

  it('reports that its binary is missing', () => {
    install();
    expect(whyNot(join(project, 'app.js'))).toBe(
      `@tensorflow/tfjs-node is installed without its binary: ${HOW}`,
    );
  });

  it('reports the reason why its binary does not load', () => {
    install();
    writeFileSync(binary, 'not a library');
    const reason = whyNot(join(project, 'app.js')) ?? '';
    expect(reason).toMatch(
      /^the binary of @tensorflow\/tfjs-node does not load \(.+\): in a clone/,
    );
  });
});
