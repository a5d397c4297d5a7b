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

/**
 * A labelled field for a number. A value outside the range is replaced by the nearest limit, an empty value by `min`.
 */
export function NumberField(props: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly isDisabled?: boolean;
  readonly onChange: (value: number) => void;
}): JSX.Element {
  const { label, value, min, max, step, isDisabled = false, onChange } = props;
  const take = (field: HTMLInputElement): void => {
    const given = Math.min(max, Math.max(min, Number(field.value) || min));
    onChange(given);
    field.value = String(given);
  };
  return (
    <label class="number-field">
      {label}{' '}
      <input
        type="number"
        {...{ min, max, step, value }}
        disabled={isDisabled}
        onChange={({ currentTarget }) => take(currentTarget)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Enter') take(currentTarget); // before keys of the surroundings start something
        }}
      />
    </label>
  );
}

/** Saves a file that the page made. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
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
