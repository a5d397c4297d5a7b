/** The builds of tfjs's backend: plain, with vectors, and with vectors and threads. */
const NAMES = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const;
const FOLDER = '@tensorflow/tfjs-backend-wasm/dist/';

/**
 * The URLs of tfjs's `.wasm` files that a bundler provides, by name. Vite and webpack look for
 * `new URL('a literal', import.meta.url)`, serve the file that it names, and write its address in its
 * place; so each call must stand here as it does.
 *
 * @returns `undefined` where none did: in Node, which reads them from the package, and under bundlers
 *   that leave such calls as they are, where a page names the files with tfjs's `setWasmPaths`.
 */
export function bundledWasmFiles(): Record<(typeof NAMES)[number], string> | undefined {
  const urls = [
    new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url),
    new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url),
    new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
      import.meta.url,
    ),
  ];
  const isAsWritten = NAMES.some(
    (name, i) => urls[i].href === new URL(FOLDER + name, import.meta.url).href,
  );
  if (isAsWritten) return undefined;
  const [plain, simd, threadedSimd] = urls.map(({ href }) => href);
  return {
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threadedSimd,
  };
}
