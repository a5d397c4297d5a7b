import type { ComponentChildren, JSX } from 'preact';

import type { PageHead, SettingGroup } from './contents.js';

/** Colours of a page, light and dark: background, text and faint text. */
export const PALETTE = {
  light: { page: '#ffffff', text: '#1a1a1a', faint: '#5c5c5c' },
  dark: { page: '#121212', text: '#ececec', faint: '#a3a3a3' },
} as const;

function rulesOf({
  page,
  text,
  faint,
}: Readonly<Record<'page' | 'text' | 'faint', string>>): string {
  return `--page: ${page}; --text: ${text}; --faint: ${faint};`;
}

/** Returns the CSS variables of the palette, light or dark by the reader's setting. */
export function paletteStyle(): string {
  return `:root { color-scheme: light dark; --line: #8884; ${rulesOf(PALETTE.light)} }
@media (prefers-color-scheme: dark) { :root { ${rulesOf(PALETTE.dark)} } }`;
}

const STYLE = `
${paletteStyle()}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 920px; margin: 2.5rem auto; padding: 0 1.5rem; }
@media (max-width: 480px) { body { margin: 1.25rem auto; padding: 0 1rem; } }
h1 { margin: 0; font-size: 1.9rem; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
.subtitle { margin: .25rem 0 1.5rem; color: var(--faint); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 0; }
.facts div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; }
dt { color: var(--faint); font-size: .8rem; }
dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 2rem; align-items: start; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .75rem 0 .25rem; }
td { border-top: 1px solid var(--line); padding: .2rem .5rem .2rem 0; overflow-wrap: anywhere; vertical-align: top; }
td:first-child { overflow-wrap: break-word; }
th.number { text-align: right; }
.scroll-x { overflow-x: auto; }
summary { cursor: pointer; border-top: 1px solid var(--line); padding: .3rem 0; color: var(--faint); font-size: .9rem; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
`;

/** A page in one file that loads nothing from the network; light or dark by the reader's setting. */
export function Page(
  props: PageHead & {
    /** CSS in addition to the style of all pages. */
    readonly style: string;
    readonly children: ComponentChildren;
  },
): JSX.Element {
  const { title, subtitle, facts, style, children } = props;
  return (
    <Html title={title} style={STYLE + style}>
      <h1>{title}</h1>
      <p class="subtitle">{subtitle}</p>
      <dl class="facts">
        {Object.entries(facts).map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {children}
    </Html>
  );
}

/** An HTML document. */
export function Html(props: {
  readonly title: string;
  readonly style: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { title, style, children } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>{children}</body>
    </html>
  );
}

/** Tables of settings by heading; settings at their defaults are collapsed. */
export function Settings(props: {
  readonly groups: Readonly<Record<string, SettingGroup>>;
}): JSX.Element {
  return (
    <>
      <h2>Settings</h2>
      <div class="tables">
        {Object.entries(props.groups).map(([heading, { chosen, defaults = {} }]) => {
          const count = Object.keys(defaults).length;
          return (
            <div>
              <SettingTable heading={heading} rows={chosen} />
              {count > 0 && (
                <details>
                  <summary>
                    {count} at {count === 1 ? 'its default' : 'their defaults'}
                  </summary>
                  <SettingTable rows={defaults} />
                </details>
              )}
            </div>
          );
        })}
      </div>
    </>
  );
}

function SettingTable(props: {
  readonly heading?: string;
  readonly rows: Readonly<Record<string, string>>;
}): JSX.Element {
  const { heading, rows } = props;
  return (
    <table>
      {heading !== undefined && <caption>{heading}</caption>}
      {Object.entries(rows).map(([name, value]) => (
        <tr>
          <td>{name}</td>
          <td>{value}</td>
        </tr>
      ))}
    </table>
  );
}
