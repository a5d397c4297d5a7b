import { signal } from '@preact/signals';
import type { JSX } from 'preact';

/** A button that looks like a link. */
export function LinkButton(props: {
  readonly label: string;
  readonly onClick: () => void;
}): JSX.Element {
  return (
    <button type="button" class="link-button" onClick={props.onClick}>
      {props.label}
    </button>
  );
}

const KEY = 'ramble-explorer-theme';
/** Whether the page has its dark colours. */
export const isDark = signal(false);

/** Applies the colours that were chosen earlier, else the system's preference. */
export function startTheme(): void {
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const chosen = localStorage.getItem(KEY);
  setTheme(chosen ? chosen === 'dark' : prefersDark.matches);
  prefersDark.addEventListener('change', ({ matches }) => {
    if (localStorage.getItem(KEY) === null) setTheme(matches);
  });
}

/** Switches between dark and light. */
export function ThemeSwitch(): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      aria-pressed={isDark.value}
      aria-label="Dark colours"
      title={isDark.value ? 'Light colours' : 'Dark colours'}
      onClick={() => {
        setTheme(!isDark.value);
        localStorage.setItem(KEY, isDark.value ? 'dark' : 'light');
      }}
    >
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
        <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2" />
        <path d="M12 4 a8 8 0 0 1 0 16 z" fill="currentColor" />
      </svg>
    </button>
  );
}

function setTheme(dark: boolean): void {
  isDark.value = dark;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}
