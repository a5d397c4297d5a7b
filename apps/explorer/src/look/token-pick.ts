import { type ReadonlySignal, useSignal } from '@preact/signals';

/** The query token whose attention is shown: the one under the pointer, or one that a click has locked. */
export interface TokenPick {
  /** Position of the token, if there is one. */
  readonly row: ReadonlySignal<number | undefined>;
  readonly isLocked: ReadonlySignal<boolean>;
  /** Shows a token, unless another is locked. */
  point(position: number): void;
  /** Locks a token, or releases it if it is the locked one. */
  toggle(position: number): void;
  /** Shows no token, unless one is locked. */
  leave(): void;
  /** Moves to another token by the arrow keys; Enter locks and releases it, and Escape releases it. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * Returns the token that is picked in a picture.
 *
 * @param count - Number of tokens.
 */
export function useTokenPick(count: number): TokenPick {
  const row = useSignal<number | undefined>(undefined);
  const isLocked = useSignal(false);
  const toggle = (position: number) => {
    isLocked.value = !isLocked.value || row.value !== position;
    row.value = position;
  };
  return {
    row,
    isLocked,
    toggle,
    point: (position) => {
      if (!isLocked.value) row.value = position;
    },
    leave: () => {
      if (!isLocked.value) row.value = undefined;
    },
    onKeyDown(event) {
      if (!(event.target as Element).closest('.picture-box')) return;
      const down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (down !== undefined) {
        event.preventDefault();
        row.value = Math.min(Math.max((row.value ?? 0) + down, 0), count - 1);
      } else if (event.key === 'Enter') toggle(row.value ?? 0);
      else if (event.key === 'Escape') isLocked.value = false;
    },
  };
}
