// The page where thumbd wants a token.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  button,
  choose,
  inState,
  isLive,
  launchBrowser,
  openPage,
  png,
  row,
  startThumbd,
  submit,
  temporaryFolder,
} from './support.mjs';

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const submitToken = 'submit-0123456789abcdef0123456789abcdef';
const readToken = 'read-0123456789abcdef0123456789abcdef';

async function startWithTokens(t) {
  const file = path.join(temporaryFolder(t), 'tokens');
  writeFileSync(file, `submit ${submitToken} page\nread ${readToken} viewer\n`, { mode: 0o600 });
  return startThumbd(t, { args: ['--token-file', file] });
}

async function signIn(page, token) {
  await page.locator('#login[open]').waitFor();
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const refused = /status of (401|403)/;

test('the page asks for a token, and keeps to it as a cookie', async (t) => {
  const thumbd = await startWithTokens(t);
  const job = await submit(thumbd.url, png('secret.png'), { Authorization: `Bearer ${submitToken}` });
  const page = await openPage(t, browser, thumbd.url, { expected: refused });
  await signIn(page, 'wrong-0123456789abcdef0123456789abcdef');
  await page.getByText('This token is not known here.').waitFor();
  assert.equal(await page.locator('.job').count(), 0);

  await signIn(page, submitToken);
  await isLive(page);
  await inState(page, 'secret.png', 'succeeded');
  // Previews and events carry the cookie, which scripts cannot read.
  await row(page, 'secret.png').locator('.preview img').waitFor();
  assert.equal(await page.evaluate(() => document.cookie), '');
  const cookies = await page.context().cookies();
  assert.equal(cookies.length, 1);
  assert.equal(cookies[0].httpOnly, true);
  assert.equal(cookies[0].sameSite, 'Strict');
  assert.ok(!cookies[0].value.includes(submitToken));

  await choose(page, png('sent.png'));
  await inState(page, 'sent.png', 'succeeded');
  await page.reload();
  await isLive(page);
  await inState(page, 'secret.png', 'succeeded');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.locator('#login[open]').waitFor();
  const answer = await page.request.get(`${thumbd.url}/v1/jobs/${job.id}`);
  assert.equal(answer.status(), 401);
});

test('a token that may only read sees jobs and is offered no change', async (t) => {
  const thumbd = await startWithTokens(t);
  await submit(thumbd.url, png('seen.png'), { Authorization: `Bearer ${submitToken}` });
  const page = await openPage(t, browser, thumbd.url, { expected: refused });
  await signIn(page, readToken);
  await isLive(page);
  await inState(page, 'seen.png', 'succeeded');
  assert.equal(await page.locator('#choose').isVisible(), false);
  assert.equal(await button(page, 'seen.png', 'delete').isVisible(), false);
  assert.equal(await button(page, 'seen.png', 'logs').isVisible(), true);

  // Hidden is not forbidden; the server forbids it, and the page says so.
  await choose(page, png('refused.png'));
  await page.getByText('refused.png was not accepted').waitFor({ state: 'attached' });
  assert.equal(await page.locator('.job').count(), 1);
});
