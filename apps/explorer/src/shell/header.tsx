import type { JSX } from 'preact';

import { useSession } from '../state/session.js';
import { ModelChooser } from './model-chooser.js';
import { ThemeSwitch } from './theme-switch.js';

/** Name of the page, its views, the models, and the switch of colours. */
export function Header(): JSX.Element {
  const session = useSession();
  const views = [
    ['write', 'Write'],
    ['look', 'Look inside'],
    ...(session.hasRuns.value ? [['watch', 'Watch'] as const] : []),
  ] as const;
  const { view } = session.place.value;
  return (
    <header class="header">
      <h1 class="brand">
        <Mark />
        <span>ramble</span> <span class="brand-light">Explorer</span>
      </h1>
      <nav class="tabs" aria-label="Views">
        {views.map(([name, title]) => (
          <a
            key={name}
            class="tab"
            href={session.linkTo(name)}
            aria-current={view === name ? 'page' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <div class="header-end">
        {view !== 'watch' && <ModelChooser />}
        <ThemeSwitch />
      </div>
    </header>
  );
}

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d="M3 18 C6 6 10 6 11 12 S15 20 16 12 S19 5 21 7" />
      <circle cx="21" cy="7" r="2" />
    </svg>
  );
}
