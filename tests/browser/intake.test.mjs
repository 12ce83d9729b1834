// How images get into the page at /: dropped, dropped by the folder, pasted.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  hasCount,
  hasText,
  inState,
  isLive,
  launchBrowser,
  openPage,
  png,
  row,
  startThumbd,
  temporaryFolder,
} from './support.mjs';

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

const noWorkers = ['--role', 'api'];

// A DataTransfer in the page that holds the files.
function transferOf(page, files) {
  return page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, type, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      data.items.add(new File([bytes], name, { type }));
    }
    return data;
  }, files.map((file) => ({
    name: file.name,
    type: file.mimeType,
    base64: file.buffer.toString('base64'),
  })));
}

async function dropOnPage(page, files) {
  const transfer = await transferOf(page, files);
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('#drop', type, { dataTransfer: transfer });
  }
}

// As from the file manager: the browser itself looks into what is dropped.
async function dropFromDisk(page, ...paths) {
  const session = await page.context().newCDPSession(page);
  const { x, y, width, height } = await page.locator('#drop').boundingBox();
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', {
      type,
      x: x + width / 2,
      y: y + height / 2,
      data: { items: [], files: paths, dragOperationsMask: 1 },
    });
  }
}

async function paste(page, target, transfer) {
  return page.locator(target).evaluate(
    (element, data) =>
      element.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
      ),
    transfer,
  );
}

test('dropped images become jobs, and their previews appear', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  assert.equal(await page.locator('#empty').isVisible(), true);

  await dropOnPage(page, [png('first.png'), png('second.png', 100, 300, 1)]);
  for (const name of ['first.png', 'second.png']) {
    await inState(page, name, 'succeeded');
    const preview = row(page, name).locator('.preview img');
    await preview.evaluate((image) => image.decode());
    assert.ok((await preview.evaluate((image) => image.naturalWidth)) > 0);
  }
  assert.equal(await page.locator('#empty').isVisible(), false);
  assert.match(await row(page, 'second.png').locator('.facts').textContent(), /PNG .* 100\s×\s300 → 100\s×\s300/);
  await hasText(page, '[data-count=succeeded]', '2');
});

test('a dropped folder is looked through to its depth', async (t) => {
  const thumbd = await startThumbd(t, { args: noWorkers });
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  const folder = path.join(temporaryFolder(t), 'holiday');
  mkdirSync(path.join(folder, 'first day', 'morning'), { recursive: true });
  mkdirSync(path.join(folder, 'nothing here'));
  const names = ['sea.png', 'first day/hill.png', 'first day/morning/sun.png'];
  for (const [index, name] of names.entries()) {
    writeFileSync(path.join(folder, name), png(name, 20, 20, index).buffer);
  }
  const loose = path.join(temporaryFolder(t), 'loose.png');
  writeFileSync(loose, png('loose.png', 20, 20, 9).buffer);

  await dropFromDisk(page, folder, loose);
  for (const name of ['sea.png', 'hill.png', 'sun.png', 'loose.png']) {
    await inState(page, name, 'queued');
  }
  await hasCount(page.locator('.job'), 4);
});

test('a folder of more files than the browser lists at a time is sent whole', async (t) => {
  const thumbd = await startThumbd(t, { args: noWorkers });
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  const folder = temporaryFolder(t);
  for (let number = 0; number < 130; number += 1) {
    writeFileSync(path.join(folder, `${number}.png`), png('', 8, 8, number).buffer);
  }
  await dropFromDisk(page, folder);
  await hasText(page, '[data-count=queued]', '130');
});

test('a pasted image becomes a job; pasted text stays where it belongs', async (t) => {
  const thumbd = await startThumbd(t);
  const page = await openPage(t, browser, thumbd.url);
  await isLive(page);
  assert.equal(await paste(page, 'body', await transferOf(page, [png('pasted.png', 60, 40)])), false);
  await inState(page, 'pasted.png', 'succeeded');
  assert.match(await row(page, 'pasted.png').locator('.facts').textContent(), /60\s×\s40/);

  const text = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.setData('text/plain', '200');
    return data;
  });
  assert.equal(await paste(page, 'input[name=width]', text), true, 'left to the field');
  await hasText(page, '[data-count=all]', '1');
});
