// The page at /: submitting, watching and managing jobs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  button,
  choose,
  hasCount,
  hasText,
  inState,
  isLive,
  launchBrowser,
  openPage,
  png,
  row,
  startThumbd,
  submit,
  truncatedPng,
} from './support.mjs';

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const noWorkers = ['--role', 'api'];

test('the chosen size, fit and format are what comes out', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  await page.getByLabel('Width').fill('64');
  await page.getByLabel('Height').fill('48');
  await page.getByLabel('Fit').selectOption('cover');
  await page.getByLabel('Format').selectOption('webp');
  await choose(page, png('covered.png', 500, 500));
  await inState(page, 'covered.png', 'succeeded');
  assert.match(await row(page, 'covered.png').locator('.facts').textContent(), /→ 64\s×\s48 WEBP/);
  await page.reload();
  assert.equal(await page.getByLabel('Width').inputValue(), '64');
});

test('a job changes before the eyes: queued, then done by a worker elsewhere', async (t) => {
  const thumbd = await startThumbd(t, { args: noWorkers });
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  await choose(page, png('patient.png'));
  await inState(page, 'patient.png', 'queued');
  await startThumbd(t, { data: thumbd.data, args: ['--role', 'worker'] });
  await inState(page, 'patient.png', 'succeeded');
  await hasText(page, '#announce', 'patient.png succeeded');
});

test('a job that another client submits or deletes shows without a reload', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  const job = await submit(thumbd.url, png('elsewhere.png'));
  await inState(page, 'elsewhere.png', 'succeeded');
  await fetch(`${thumbd.url}/v1/jobs/${job.id}`, { method: 'DELETE' });
  await row(page, 'elsewhere.png').waitFor({ state: 'detached' });
});

test('the filter shows one state, follows changes, and counts all', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  await choose(page, png('good.png'), truncatedPng('broken.png'));
  await inState(page, 'good.png', 'succeeded');
  await inState(page, 'broken.png', 'failed');
  await page.getByRole('radio', { name: /^Failed/ }).check({ force: true });
  await row(page, 'good.png').waitFor({ state: 'detached' });
  assert.equal(await row(page, 'broken.png').count(), 1);
  await hasText(page, '[data-count=all]', '2');
  await hasText(page, '[data-count=failed]', '1');

  await choose(page, png('another.png'), truncatedPng('broken too.png'));
  await inState(page, 'broken too.png', 'failed');
  await hasText(page, '[data-count=succeeded]', '2');
  assert.equal(await row(page, 'another.png').count(), 0);

  await page.getByRole('radio', { name: /^Queued/ }).check({ force: true });
  await page.getByText('No job is queued.').waitFor();
});

test('a failed job says why, and its log tells the story', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  await choose(page, truncatedPng('half.png'));
  await inState(page, 'half.png', 'failed');
  assert.match(await row(page, 'half.png').locator('.error').textContent(), /\(image_(truncated|corrupt)\)$/);
  await button(page, 'half.png', 'logs').click();
  await page.locator('#log[open]').waitFor();
  assert.ok((await page.locator('#log-lines tr').count()) >= 2);
  assert.match(await page.locator('#log-lines').textContent(), /attempt 1 failed/i);
  await page.keyboard.press('Escape');
  await page.locator('#log').waitFor({ state: 'hidden' });
});

test('a file that is no image is refused by name, and the others go on', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url, { expected: /status of 415/ });
  await isLive(page);
  await choose(
    page,
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not an image') },
    png('image.png'),
  );
  await page.locator('#upload-errors li', { hasText: 'notes.txt was not accepted' }).waitFor();
  await inState(page, 'image.png', 'succeeded');
  await page.getByRole('button', { name: 'Clear' }).click();
  assert.equal(await page.locator('#uploads').isVisible(), false);
});

test('cancel, retry and delete', async (t) => {
  const thumbd = await startThumbd(t, { args: noWorkers });
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  await choose(page, png('mine.png'));
  await inState(page, 'mine.png', 'queued');
  await button(page, 'mine.png', 'cancel').click();
  await inState(page, 'mine.png', 'cancelled');
  await button(page, 'mine.png', 'retry').click();
  await inState(page, 'mine.png', 'queued');
  await startThumbd(t, { data: thumbd.data, args: ['--role', 'worker'] });
  await inState(page, 'mine.png', 'succeeded');

  await button(page, 'mine.png', 'delete').click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  assert.equal(await row(page, 'mine.png').count(), 1);
  await button(page, 'mine.png', 'delete').click();
  await page.locator('#confirm-delete').getByRole('button', { name: 'Delete' }).click();
  await row(page, 'mine.png').waitFor({ state: 'detached' });
  const list = await (await fetch(`${thumbd.url}/v1/jobs`)).json();
  assert.deepEqual(list.jobs, []);
});

test('everything can be done with the keyboard alone', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  const tabTo = async (locator) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      if (await locator.evaluate((node) => node === document.activeElement)) {
        const outline = await locator.evaluate((node) => {
          const shown = node.matches('input[type=radio]') ? node.nextElementSibling : node;
          return getComputedStyle(shown).outlineStyle;
        });
        assert.notEqual(outline, 'none', 'the focus can be seen');
        return;
      }
    }
    assert.fail('Tab does not get there');
  };

  const chooser = page.waitForEvent('filechooser');
  await tabTo(page.locator('#choose'));
  await page.keyboard.press('Enter');
  await (await chooser).setFiles([png('one.png'), truncatedPng('two.png')]);
  await inState(page, 'one.png', 'succeeded');
  await inState(page, 'two.png', 'failed');

  await tabTo(page.locator('#filter input:checked'));
  for (const press of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight']) {
    await page.keyboard.press(press);
  }
  await row(page, 'one.png').waitFor({ state: 'detached' });
  await tabTo(button(page, 'two.png', 'delete'));
  await page.keyboard.press('Enter');
  await page.locator('#confirm-delete[open]').waitFor();
  await page.keyboard.press('Enter');
  await row(page, 'two.png').waitFor({ state: 'detached' });
  await page.getByText('No job is failed.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'jobs-title');
});

test('a phone shows everything without scrolling sideways', async (t) => {
  const thumbd = await startThumbd(t);
  const name = `a_very_long_name_without_any_space_in_it_${'x'.repeat(150)}.png`;
  await submit(thumbd.url, png(name));
  await submit(thumbd.url, truncatedPng('broken.png'));
  const page = await openPage(t, browser, thumbd.url, {
    context: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  });
  await isLive(page);
  await inState(page, 'a_very_long', 'succeeded');
  await inState(page, 'broken.png', 'failed');
  const excess = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.equal(await excess(), 0);
  const right = await page.evaluate(() =>
    Math.max(...[...document.querySelectorAll('.job button:not([hidden])')].map((node) => node.getBoundingClientRect().right)),
  );
  assert.ok(right <= 360, `buttons reach to ${right}`);
  await button(page, 'a_very_long', 'delete').tap();
  await page.locator('#confirm-delete[open]').waitFor();
  assert.equal(await excess(), 0);
});

test('names from strangers stay text', async (t) => {
  const thumbd = await startThumbd(t);
  const name = '<img src=x onerror=alert(1)><b>.png';
  await submit(thumbd.url, png(name));
  const page = await openPage(t, browser, thumbd.url);
  page.on('dialog', () => assert.fail('a script of the file name ran'));
  await isLive(page);
  await page.locator('.job .name').waitFor();
  assert.equal(await page.locator('.job .name img').count(), 0);
  assert.match(await page.locator('.job .name').textContent(), /^<img src=x/);
});

test('long lists come in pages, newest first, without a gap', async (t) => {
  const thumbd = await startThumbd(t, { args: noWorkers });
  const names = [];
  for (let number = 0; number < 60; number += 1) {
    names.unshift(`image ${number}.png`);
    await submit(thumbd.url, png(names[0], 8, 8, number));
  }
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  const shown = page.locator('.job .name');
  await hasCount(shown, 50);
  await submit(thumbd.url, png('newest.png', 8, 8));
  await row(page, 'newest.png').waitFor();
  await page.getByRole('button', { name: 'Load more' }).click();
  await hasCount(shown, 61);
  assert.deepEqual(await shown.allTextContents(), ['newest.png', ...names]);
  assert.equal(await page.locator('#more').isVisible(), false);
});

test('after a restart of thumbd the page goes on by itself', async (t) => {
  const first = await startThumbd(t);
  const page = await openPage(t, browser, first.url, {
    expected: /Failed to load resource|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/,
  });
  await isLive(page);
  await choose(page, png('before.png'));
  await inState(page, 'before.png', 'succeeded');
  assert.deepEqual(await first.stop(), { code: 0, signal: null });
  await page.locator('#connection[data-state=offline]').waitFor();

  const second = await startThumbd(t, { data: first.data, listen: new URL(first.url).host });
  await submit(second.url, png('meanwhile.png'));
  await isLive(page);
  await inState(page, 'meanwhile.png', 'succeeded');
  assert.equal(await row(page, 'before.png').count(), 1);
});

test('a thumbd with another history makes the page list anew', async (t) => {
  const first = await startThumbd(t);
  const page = await openPage(t, browser, first.url, {
    expected: /Failed to load resource|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/,
  });
  await isLive(page);
  await choose(page, png('of the first.png'));
  await inState(page, 'of the first.png', 'succeeded');
  await first.stop();
  await page.locator('#connection[data-state=offline]').waitFor();

  const second = await startThumbd(t, { listen: new URL(first.url).host });
  await submit(second.url, png('of the second.png'));
  await inState(page, 'of the second.png', 'succeeded');
  await row(page, 'of the first.png').waitFor({ state: 'detached' });
});

test('a file over the limit is refused at once, with the limit', async (t) => {
  const thumbd = await startThumbd(t, { args: ['--max-upload-bytes', '100KiB'] });
  const page = await openPage(t, browser, thumbd.url, { expected: /status of 413/ });
  await isLive(page);
  const large = { ...png('large.png'), buffer: Buffer.alloc(3_000_000, 7) };
  await choose(page, large, png('small.png', 32, 24));
  await page.locator('#upload-errors li', { hasText: /^large.png was not accepted: .*102,?400/ }).waitFor();
  await inState(page, 'small.png', 'succeeded');
});
