import { nativeEngine } from '@ramble/native';
import { wasmEngine } from '@ramble/portable';

/** Loads the fastest engine that runs here. */
export async function loadEngine() {
  const isNativeHere = (await nativeEngine.check()) === undefined;
  await (isNativeHere ? nativeEngine : wasmEngine).load();
}
