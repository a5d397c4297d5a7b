import { parseHTML } from 'linkedom';

import { drawAttention } from './draw-attention.js';

const IDS = [388, 387, 60, 305, 188, 64, 305, 67]; // C4, E4, G4, half a second apart
const STRUCK = [2, 5, 7];
const tokens = IDS.map((token) => ({ token, word: `${token}` }));
/** A head that gives each note its share of a position, the same wherever it looks from. */
const head = (shares: readonly number[]): Float32Array[] =>
  IDS.map((_, position) => {
    const row = new Float32Array(IDS.length);
    STRUCK.forEach((at, i) => (row[at] = at <= position ? shares[i] : 0));
    return row;
  });
const attention = [
  [head([0.5, 0, 0]), head([0, 0.25, 0])],
  [head([0.2, 0.4, 0]), head([0.001, 0, 0])],
];
const html = drawAttention({ tokens, attention }, 'A <b>run</b> & "more"');

/** The page as a reader has it, with its script run. */
function open(page = html) {
  const { document } = parseHTML(page);
  Object.defineProperty(document.getElementById('frame'), 'clientWidth', { value: 800 });
  const script = document.querySelector('script')?.textContent ?? '';
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a page's script runs as text
  const run = new Function('document', 'addEventListener', script) as (
    ...globals: unknown[]
  ) => void;
  run(document, () => undefined);
  const arcs = () =>
    Array.from(document.querySelectorAll('#roll g path'), (arc) => ({
      title: arc.querySelector('title')!.textContent,
      colour: arc.getAttribute('stroke'),
      width: Number(arc.getAttribute('stroke-width')),
    }));
  const click = (id: string): void => document.getElementById(id)!.click();
  return { document, arcs, click };
}

describe('drawAttention', () => {
  it('writes one file that loads nothing from the network', () => {
    expect(html).not.toMatch(
      /(src|href)=["']|@import|url\(|https?:(?!\/\/www\.w3\.org\/2000\/svg)/,
    );
    expect(html).toContain('<h1>A &lt;b&gt;run&lt;/b&gt; &amp; &quot;more&quot;</h1>');
  });

  it('draws an arc from the last note to each that it attends to, as wide as the share', () => {
    const { document, arcs } = open();
    expect(document.getElementById('query')!.textContent).toBe('G4 at 1.00 s');
    expect(arcs().map(({ title }) => title)).toEqual([
      'head 0: 20.0 % to C4 at 0.00 s',
      'head 0: 40.0 % to E4 at 0.50 s',
    ]);
    expect(arcs()[1].width).toBeGreaterThan(arcs()[0].width);
    expect(document.getElementById('share-0')!.textContent).toBe('60 %');
    expect(document.querySelectorAll('#roll .note')).toHaveLength(3);
  });

  it('shows another layer, and its heads in different colours', () => {
    const { arcs, click } = open();
    click('layer-0');
    expect(arcs().map(({ title }) => title)).toEqual([
      'head 1: 25.0 % to E4 at 0.50 s',
      'head 0: 50.0 % to C4 at 0.00 s',
    ]);
    expect(new Set(arcs().map(({ colour }) => colour)).size).toBe(2);
    click('head-0');
    expect(arcs().map(({ title }) => title)).toEqual(['head 1: 25.0 % to E4 at 0.50 s']);
    click('head-0');
    expect(arcs()).toHaveLength(2);
  });

  it('shows the attention of the last note before the slider, or of the selected note', () => {
    const { document, arcs, click } = open();
    const { Event } = document.defaultView!;
    const slider = document.getElementById('time') as HTMLInputElement;
    slider.value = '70';
    slider.dispatchEvent(new document.defaultView!.Event('input'));
    expect(document.getElementById('query')!.textContent).toBe('E4 at 0.50 s');
    expect(arcs().map(({ title }) => title)).toEqual(['head 0: 20.0 % to C4 at 0.00 s']);
    click('before');
    expect(document.getElementById('query')!.textContent).toBe('C4 at 0.00 s');
    expect([arcs(), slider.value]).toEqual([[], '0']);
    click('before');
    click('behind');
    document.querySelectorAll('#roll .note')[2].dispatchEvent(new Event('click'));
    expect(document.getElementById('query')!.textContent).toBe('G4 at 1.00 s');
  });

  it("outlines a melody, and shows the attention of the accompaniment's notes", () => {
    const ids = [388, 389 + 60, 519, 387, 64, 305, 67];
    const rows = ids.map((_, i) => Float32Array.from(ids, (__, seen) => (seen <= i ? 0.5 : 0)));
    const words = ids.map((token) => ({ token, word: '' }));
    const page = drawAttention({ tokens: words, attention: [[rows]] }, '');
    expect(page).toContain('Outlined is the melody that is played to.');
    expect(html).not.toContain('Outlined');
    const { document, click } = open(page);
    expect(document.querySelectorAll('#roll .melody')).toHaveLength(1);
    click('before');
    click('before');
    expect(document.getElementById('query')!.textContent).toBe('E4 at 0.00 s');
  });

  it('needs a note', () => {
    const empty = { tokens: tokens.slice(0, 2), attention: [[[], []]] };
    expect(() => drawAttention(empty, '')).toThrow(
      new RangeError('prompt: expected at least one note, got none'),
    );
  });
});
