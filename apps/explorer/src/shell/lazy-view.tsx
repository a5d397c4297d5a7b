import type { ComponentType, JSX } from 'preact';
import { lazy, Suspense } from 'preact/compat';

/**
 * Returns a component whose code is loaded when it is first shown. Until then a sentence is shown in its place.
 *
 * @param name - Name of the component in the sentence: `the curves`.
 * @param load - Imports the module, whose default export is the component.
 * @param styles - File name of the style sheet that the component needs. Several components may name the same one.
 */
export function lazyView<Props extends object>(
  name: string,
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
  styles?: string,
): (props: Props) => JSX.Element {
  const View = lazy(async () => {
    const [loaded] = await Promise.all([load(), styles !== undefined && addStyles(styles)]);
    return loaded;
  });
  return (props) => (
    <Suspense fallback={<p class="waiting">Loading {name} …</p>}>
      <View {...props} />
    </Suspense>
  );
}

/** Loads a style sheet once. A sheet that cannot be loaded leaves its view without styles. */
async function addStyles(href: string): Promise<unknown> {
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}
