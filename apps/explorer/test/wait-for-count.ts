import type { Page } from 'playwright-core';

/**
 * Waits until a page has a number of elements, because changes by keys and events are drawn a moment later.
 */
export async function waitForCount(page: Page, selector: string, count: number): Promise<void> {
  await page.waitForFunction(
    ([asked, expected]) => document.querySelectorAll(asked).length === expected,
    [selector, count] as const,
  );
}
