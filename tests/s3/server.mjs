// The S3 server of the tests: s3rver, which verifies signatures, on a free port of 127.0.0.1. It
// prints `port N` when it listens and ends when its standard input is closed, so that it never
// outlives its test.
//
// usage: node server.mjs FOLDER BUCKET [--conditional] [--tls CERT KEY]
//
// What s3rver lacks is added here: objects are listed in the order of their keys, a listing can go
// on (s3rver wants a cipher that OpenSSL 3 has no more), a PUT is atomic, an empty object has no
// range, and with --conditional a PUT with `If-None-Match: *` is refused where the object exists,
// as Amazon's S3 and others do.
import { randomUUID } from 'node:crypto';
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
const S3rver = createRequire(`${packages}/package.json`)('@20minutes/s3rver');

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

// The store itself walks folder by folder, so that `a/b` comes before `a-b`.
const listInFolderOrder = store.listObjects.bind(store);
store.listObjects = async (name, { maxKeys = 1000, startAfter = '', ...options }) => {
  const { objects } = await listInFolderOrder(name, options);
  const rest = objects
    .filter(({ key }) => key > startAfter)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    objects: rest.slice(0, maxKeys),
    commonPrefixes: [],
    isTruncated: rest.length > maxKeys,
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
