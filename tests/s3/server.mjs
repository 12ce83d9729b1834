// The S3 server of the tests: s3rver, which verifies signatures, on a free port of 127.0.0.1. It
// prints `port N` when it listens and ends when its standard input is closed, so that it never
// outlives its test.
//
// usage: node server.mjs FOLDER BUCKET [--conditional] [--tls CERT KEY]
//
// What s3rver lacks is added here: objects are listed in the order of their keys, however many, a
// listing can go on (s3rver wants a cipher that OpenSSL 3 has no more), a PUT is atomic, an empty
// object has no range, and with --conditional a PUT with `If-None-Match: *` is refused where the
// object exists, as Amazon's S3 and others do.
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';

const crypto = createRequire(import.meta.url)('node:crypto');
for (const name of ['createCipheriv', 'createDecipheriv']) {
  const original = crypto[name];
  crypto[name] = (algorithm, key, iv) =>
    algorithm === 'des'
      ? original('des-ede3-cbc', Buffer.concat([key, key, key]), iv)
      : original(algorithm, key, iv);
}

const packages = process.env.NODE_PACKAGES ?? import.meta.dirname;
const packageRequire = createRequire(`${packages}/package.json`);
const S3rver = packageRequire('@20minutes/s3rver');
const S3Object = packageRequire('@20minutes/s3rver/lib/models/object');

const [directory, bucket, ...flags] = process.argv.slice(2);
const tls = flags.indexOf('--tls');
const [cert, key] =
  tls < 0 ? [] : await Promise.all(flags.slice(tls + 1, tls + 3).map((path) => readFile(path)));
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  cert,
  key,
  silent: true,
  directory,
  serviceEndpoint: 'localhost',
  configureBuckets: [{ name: bucket }],
});

const { store } = server;

const objectSuffix = '._S3rver_object';

/** The keys below a folder of the bucket, which may vanish meanwhile. */
function keysBelow(folder, path = '') {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    if (entry.isDirectory()) return keysBelow(`${folder}/${entry.name}`, `${path}${entry.name}/`);
    return entry.name.endsWith(objectSuffix)
      ? [path + entry.name.slice(0, -objectSuffix.length)]
      : [];
  });
}

/** Null if it was deleted meanwhile. */
async function objectOf(name, key) {
  try {
    return new S3Object(name, key, null, await store.getMetadata(name, key));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

// The store's own walks folder by folder, so that `a/b` comes before `a-b`, and opens the files of
// all objects at once, which from some ten thousand on ends by too many open files.
store.listObjects = async (name, { prefix = '', startAfter = '', maxKeys = 1000 }) => {
  const keys = keysBelow(store.getBucketPath(name))
    .filter((key) => key.startsWith(prefix) && key > startAfter)
    .sort();
  const page = keys.slice(0, maxKeys);
  const objects = [];
  while (objects.length < page.length)
    objects.push(
      ...(await Promise.all(
        page.slice(objects.length, objects.length + 100).map((key) => objectOf(name, key)),
      )),
    );
  return {
    objects: objects.filter(Boolean),
    commonPrefixes: [],
    isTruncated: keys.length > page.length,
  };
};

// A PUT takes effect as a whole, or not at all where it breaks off.
const putContent = store.putContent.bind(store);
store.putContent = async (path, content) => {
  const unfinished = `${path}.${randomUUID()}`;
  try {
    const result = await putContent(unfinished, content);
    await rename(unfinished, path);
    return result;
  } finally {
    await rm(unfinished, { force: true });
  }
};

const getObject = store.getObject.bind(store);
store.getObject = async (name, key, options) => {
  const object = await getObject(name, key, options);
  if (object?.range && Number(object.metadata['content-length']) === 0) {
    object.content?.destroy();
    object.content = null;
  }
  return object;
};

// One conditional PUT at a time: between the look and the write nobody else writes.
let turn = Promise.resolve();
function alone(action) {
  const mine = turn.then(action);
  turn = mine.catch(() => {});
  return mine;
}

if (flags.includes('--conditional')) {
  server.middleware.unshift((context, next) => {
    if (context.method !== 'PUT' || context.get('If-None-Match') !== '*') return next();
    return alone(async () => {
      const [, name, ...key] = decodeURIComponent(context.path).split('/');
      if (await store.existsObject(name, key.join('/'))) {
        context.status = 412;
        context.type = 'application/xml';
        context.body = '<Error><Code>PreconditionFailed</Code></Error>';
        context.req.resume();
        return undefined;
      }
      return next();
    });
  });
}

const { port } = await server.run();
console.log(`port ${port}`);
process.stdin.on('close', () => process.exit(0)).resume();
