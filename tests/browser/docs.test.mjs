// /docs: interactive, whole, and without a network.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hasCount, launchBrowser, openPage, startThumbd } from './support.mjs';

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

for (const at of ['/docs', '/docs/']) {
  test(`${at} shows every operation of openapi.json and fetches nothing from elsewhere`, (t) => showsAll(t, at));
}

async function showsAll(t, at) {
  const thumbd = await startThumbd(t);
  const description = await (await fetch(`${thumbd.url}/openapi.json`)).json();
  const methods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];
  const operations = Object.values(description.paths)
    .flatMap((item) => Object.keys(item))
    .filter((name) => methods.includes(name)).length;
  assert.ok(operations >= 15);

  // openPage fails the test for an error on the console and for a request to another host.
  const page = await openPage(t, browser, thumbd.url, { at });
  await hasCount(page.locator('.opblock'), operations);
}

test('a call can be tried from the page', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url, { at: '/docs' });
  const operation = page.locator('.opblock').filter({ has: page.locator('[data-path="/v1/stats"]') });
  await operation.locator('.opblock-summary').click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();
});
