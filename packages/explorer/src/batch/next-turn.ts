type Global = typeof globalThis & { readonly setImmediate?: (then: () => void) => unknown };

/**
 * Lets other work of the process, or of the page, have its turn; sooner than a timer would, and in pages that
 * nobody looks at too.
 */
export function nextTurn(): Promise<void> {
  const { setImmediate } = globalThis as Global;
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
