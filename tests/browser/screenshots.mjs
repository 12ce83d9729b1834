// Takes pictures of the page and of /docs, to look at.
// usage: THUMBD=build/dev/bin/thumbd NODE_PACKAGES=build/dev/tests/browser \
//        node tests/browser/screenshots.mjs [FOLDER]     (default: build/screenshots)
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  inState,
  isLive,
  launchBrowser,
  openPage,
  png,
  startThumbd,
  submit,
  truncatedPng,
} from './support.mjs';

const folder = path.resolve(process.argv[2] ?? 'build/screenshots');
const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

test('screenshots', async (t) => {
  mkdirSync(folder, { recursive: true });
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const thumbd = await startThumbd(t);
  const empty = await startThumbd(t);
  for (let number = 0; number < 6; number += 1) {
    await submit(thumbd.url, png(`landscape ${number}.png`, 1200, 800 + 100 * number, number));
  }
  await submit(thumbd.url, truncatedPng('truncated.png'));
  const waiting = await submit(thumbd.url, png('a rather long name of a photograph, as cameras and people give them.png', 900, 1200, 9));
  await fetch(`${thumbd.url}/v1/jobs/${waiting.id}?wait=20`);

  const shoot = async (name, url, context, at = '/') => {
    const page = await openPage(t, browser, url, { context, at });
    if (at === '/') {
      await isLive(page);
      if (url === thumbd.url) await inState(page, 'truncated.png', 'failed');
    } else {
      await page.locator('.opblock').first().waitFor();
    }
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  };
  await shoot('desktop', thumbd.url, desktop);
  await shoot('desktop-dark', thumbd.url, { ...desktop, colorScheme: 'dark' });
  await shoot('phone', thumbd.url, phone);
  await shoot('phone-dark', thumbd.url, { ...phone, colorScheme: 'dark' });
  await shoot('empty', empty.url, desktop);
  await shoot('docs', thumbd.url, desktop, '/docs');
  console.log(`pictures are in ${folder}`);
});
