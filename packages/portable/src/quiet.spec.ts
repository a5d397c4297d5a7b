import { jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';

import { cpuEngine, wasmEngine } from './engines.js';

describe.each([
  ['cpu', cpuEngine],
  ['wasm', wasmEngine],
])('loading %s', (name, engine) => {
  it("prints nothing and restores the process's listeners", async () => {
    tf.env().set('IS_TEST', false); // tfjs is silent in tests
    const emitter: NodeJS.EventEmitter = process;
    const listeners = (): number[] =>
      ['uncaughtException', 'unhandledRejection'].map((event) => emitter.listenerCount(event));
    const before = listeners();
    const said = [
      jest.spyOn(console, 'warn'),
      jest.spyOn(console, 'log'),
      jest.spyOn(console, 'error'),
      jest.spyOn(process.stdout, 'write'),
      jest.spyOn(process.stderr, 'write'),
    ];
    expect(await engine.check()).toBeUndefined();
    await engine.load();
    tf.tidy(() => tf.tensor1d([1, 2]).dataSync());
    for (const spy of said) expect(spy).not.toHaveBeenCalled();
    said.forEach((spy) => spy.mockRestore());
    expect(listeners()).toEqual(before);
    expect(tf.getBackend()).toBe(name);
  });
});
